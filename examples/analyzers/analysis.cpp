// SPDX-License-Identifier: MIT
#include "analysis.hpp"

#include <filesystem>

#include <fmt/format.h>

#include <infoflow/core/version.hpp>

namespace infoflow::analyzers {

std::string spell(const ModelInfo& model) {
  return fmt::format("{} ({}, {} on {}, {} layers)", model.name, model.family, model.dtype,
                     model.device, model.layers);
}

std::string spell_smoothing(const StudyRequest& request) {
  if (request.smoothing.samples == 0) return "one pass on the clean picture";
  return fmt::format(
      "{} noisy {}, standard deviation {} in [0,1] pixels before mean and std, seed {}",
      request.smoothing.samples, request.smoothing.samples == 1 ? "copy" : "copies",
      request.noise_sigma, request.smoothing.seed);
}

std::string layers_with(const Analysis& analysis, HeatStatus status) {
  std::string layers;
  for (const SiteHeat& site : analysis.sites()) {
    if (site.heat.front().status() != status) continue;
    layers += (layers.empty() ? "" : ", ") + std::to_string(site.site.layer);
  }
  return layers;
}

std::string spell_cut(const Analysis& analysis) {
  const CutAnswer& cut = *analysis.study.cut;
  return fmt::format("{}: {}, {}, KL {:.4f} nats, {} image tokens left", analysis.policy,
                     cut.answer, cut.compared.agrees ? "the same tokens" : "another answer",
                     cut.compared.kl, cut.compared.image_tokens);
}

std::vector<std::pair<std::string, std::string>> facts(const Analysis& analysis) {
  const Study& study = analysis.study;
  std::vector<std::pair<std::string, std::string>> facts{
      {"model", spell(analysis.model)},
      {analysis.request.is_question ? "question" : "prompt", analysis.request.text},
      {"answer", analysis.request.answer ? "forced"
                 : study.stopped
                     ? "the model's own, greedily, to its stop token"
                     : "the model's own, greedily, cut at the limit of " +
                           std::to_string(analysis.request.max_new_tokens) + " tokens"}};
  if (analysis.request.is_question) {
    facts.emplace_back("template", analysis.model.question_template);
  }
  for (const std::string& file : analysis.picture_files) facts.emplace_back("picture", file);
  facts.emplace_back(
      "tokens",
      fmt::format("{} prompt ({} of them image) + {} answer", study.partition.prompt_length(),
                  study.partition.count(Role::image), study.partition.answer_length()));
  facts.emplace_back("CAM", spell_smoothing(analysis.request));
  facts.emplace_back("CAM site", std::string(to_string(analysis.request.sites.front())));
  facts.emplace_back("CAM target", "sum of the answer's logits (eq. 1), and its first " +
                                       std::to_string(analysis.request.targets_per_token) +
                                       " tokens one by one");
  if (analysis.study.cut) facts.emplace_back("cut", spell_cut(analysis));
  facts.emplace_back("command", analysis.command);
  facts.emplace_back("version", "infoflow " + std::string(version));
  return facts;
}

std::vector<std::string> all_notes(const Analysis& analysis) {
  std::vector<std::string> notes = analysis.notes;
  if (analysis.study.answer_ids.empty()) {
    notes.emplace_back("the answer has no tokens: there is no flow to show");
  }
  if (!analysis.study.stopped && !analysis.request.answer) {
    notes.push_back(fmt::format("the answer was cut at the limit of {} tokens",
                                analysis.request.max_new_tokens));
  }
  if (const auto layers = layers_with(analysis, HeatStatus::structurally_zero); !layers.empty()) {
    notes.push_back("no flow in layer " + layers +
                    ": the gradient is exactly 0 there, no path leads from the image's rows at "
                    "this site to the answer (always so in the last layer)");
  }
  if (const auto layers = layers_with(analysis, HeatStatus::clipped); !layers.empty()) {
    notes.push_back("empty heat in layer " + layers +
                    ": there is a gradient, but the weighted sum is negative everywhere (clipped)");
  }
  if (const auto layers = layers_with(analysis, HeatStatus::cancelled); !layers.empty()) {
    notes.push_back("heat cancels out in layer " + layers +
                    ": the norm that reads this site does not see scale, so that gradient times "
                    "feature sums to 0 over channels whatever the picture shows");
  }
  return notes;
}

namespace {

/// One target with one weighting, out of all sites.
ReportHeat heat_of(const TargetHeat& target, std::size_t weighting, const std::string& name) {
  ReportHeat heat{.token = target.target.token, .weighting = name, .layers = {}, .status = {}};
  for (const SiteHeat& site : target.sites) {
    heat.layers.push_back(site.heat[weighting].mean());
    heat.status.push_back(site.heat[weighting].status());
  }
  return heat;
}

}  // namespace

FlowReport report_of(const Analysis& analysis) {
  const Study& study = analysis.study;
  FlowReport report;
  report.model = analysis.model.name;
  report.question = analysis.request.text;
  report.answer = study.answer;
  report.partition = study.partition;
  report.pieces = study.pieces;
  report.probabilities = study.probabilities;
  report.attention = study.attention;
  report.site = analysis.request.sites.front();
  for (const TargetHeat& target : study.heat) {
    for (std::size_t w = 0; w < analysis.request.weightings.size(); ++w) {
      report.heat.push_back(heat_of(target, w, analysis.request.weightings[w]));
    }
  }
  for (const SiteHeat& site : analysis.sites()) report.cam_mass.push_back(site.mass());
  for (std::size_t i = 0; i < study.layouts.size(); ++i) {
    const std::filesystem::path file(analysis.picture_files[i]);
    report.pictures.push_back(
        {file.filename().string(), analysis.request.images[i], study.layouts[i]});
  }
  report.rates = analysis.rates;
  report.run = facts(analysis);
  report.notes = all_notes(analysis);
  report.as_in_paper = analysis.as_in_paper;
  report.between = analysis.between;
  return report;
}

}  // namespace infoflow::analyzers
