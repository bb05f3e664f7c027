// SPDX-License-Identifier: MIT
/// \file From a trace and what was asked of it to what pages and pictures show: facts and notes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/version.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/run/trace_request.hpp>
#include <infoflow/run/trace_result.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// What neither a trace nor its request knows. All but the model's name may be left out.
struct TraceNames {
  std::string model;
  std::string loaded{};                 ///< "llava, float32 on cpu, 24 layers"
  std::string question_template{};      ///< Through which questions go, by name.
  std::vector<std::string> pictures{};  ///< The files; else the pictures are numbered.
  std::string cut{};                    ///< The cut that was tried: "drop-all from layer 5".
  std::string command{};                ///< As it could be typed again.
};

namespace detail {

/// "8 noisy copies, standard deviation 0.1 in [0,1] pixels before mean and std, seed 0"
[[nodiscard]] inline std::string smoothing_text(const TraceRequest& request) {
  const int samples = request.smoothing.samples;
  if (samples == 0) return "one pass on the clean picture";
  return std::to_string(samples) + " noisy " + (samples == 1 ? "copy" : "copies") +
         ", standard deviation " + shortest(request.noise_sigma) +
         " in [0,1] pixels before mean and std, seed " + std::to_string(request.smoothing.seed);
}

/// "drop-all from layer 5: red, the same tokens, KL 0.0012 nats, 0 image tokens left"
[[nodiscard]] inline std::string cut_text(const CutAnswer& cut, const std::string& name) {
  return name + ": " + cut.answer + ", " +
         (cut.compared.agrees ? "the same tokens" : "another answer") + ", KL " +
         fixed(cut.compared.kl, 4) + " nats, " + std::to_string(cut.compared.image_tokens) +
         " image tokens left";
}

/// What gradients are taken of: "sum of the answer's logits (eq. 1), and its first 8 tokens one by one".
[[nodiscard]] inline std::string target_text(const TraceRequest& request) {
  std::string text;
  for (const CamTarget& target : request.targets) {
    text += text.empty() ? "" : ", ";
    text += target.token ? target.name() : "sum of the answer's logits (eq. 1)";
  }
  if (request.targets_per_token == 0) return text;
  return text + ", and its first " + std::to_string(request.targets_per_token) +
         " tokens one by one";
}

/// Where the answer comes from, and how it ended.
[[nodiscard]] inline std::string answer_source(const TraceRequest& request, const Trace& trace) {
  if (request.answer) return "forced";
  if (trace.stopped) return "the model's own, greedily, to its stop token";
  return "the model's own, greedily, cut at the limit of " +
         std::to_string(request.max_new_tokens) + " tokens";
}

/// "3, 7": the layers at which the first target's first weighting is of this status.
[[nodiscard]] inline std::string layers_with(const Trace& trace, HeatStatus status) {
  std::string layers;
  for (const SiteHeat& site : trace.sites()) {
    if (site.maps.empty() || site.maps.front().heat.status() != status) continue;
    layers += (layers.empty() ? "" : ", ") + std::to_string(site.site.layer);
  }
  return layers;
}

using Facts = std::vector<std::pair<std::string, std::string>>;

/// What was run, by name; the same words in the page and in flow.json.
[[nodiscard]] inline Facts facts_of(const TraceRequest& request, const Trace& trace,
                                    const TraceNames& names) {
  const std::string loaded = names.loaded.empty() ? "" : " (" + names.loaded + ")";
  Facts facts{{"model", names.model + loaded},
              {request.is_question ? "question" : "prompt", request.text},
              {"answer", answer_source(request, trace)}};
  if (request.is_question && !names.question_template.empty()) {
    facts.emplace_back("template", names.question_template);
  }
  for (const std::string& file : names.pictures) facts.emplace_back("picture", file);
  facts.emplace_back("tokens", std::to_string(trace.partition.prompt_length()) + " prompt (" +
                                   std::to_string(trace.partition.count(Role::image)) +
                                   " of them image) + " +
                                   std::to_string(trace.partition.answer_length()) + " answer");
  if (!request.sites.empty() && !request.targets.empty()) {
    facts.emplace_back("CAM", smoothing_text(request));
    facts.emplace_back("CAM site", std::string(to_string(request.sites.front())));
    facts.emplace_back("CAM target", target_text(request));
  }
  if (trace.cut) facts.emplace_back("cut", cut_text(*trace.cut, names.cut));
  if (!names.command.empty()) facts.emplace_back("command", names.command);
  facts.emplace_back("version", "infoflow " + std::string(version));
  return facts;
}

/// What the results themselves ask to be said.
[[nodiscard]] inline std::vector<std::string> notes_of(const TraceRequest& request,
                                                       const Trace& trace) {
  std::vector<std::string> notes;
  if (trace.answer_ids.empty()) {
    notes.emplace_back("the answer has no tokens: there is no flow to show");
  }
  if (!trace.stopped && !request.answer) {
    notes.push_back("the answer was cut at the limit of " + std::to_string(request.max_new_tokens) +
                    " tokens");
  }
  if (const auto layers = layers_with(trace, HeatStatus::structurally_zero); !layers.empty()) {
    notes.push_back("no flow in layer " + layers +
                    ": the gradient is exactly 0 there, no path leads from the image's rows at "
                    "this site to the answer (always so in the last layer)");
  }
  if (const auto layers = layers_with(trace, HeatStatus::clipped); !layers.empty()) {
    notes.push_back("empty heat in layer " + layers +
                    ": there is a gradient, but the weighted sum is negative everywhere (clipped)");
  }
  if (const auto layers = layers_with(trace, HeatStatus::cancelled); !layers.empty()) {
    notes.push_back("heat cancels out in layer " + layers +
                    ": the norm that reads this site does not see scale, so that gradient times "
                    "feature sums to 0 over channels whatever the picture shows");
  }
  return notes;
}

}  // namespace detail

/// The report of a trace: its facts are the request's and the trace's, its notes what a reader must
/// know of the result. `notes` may be added to; colours and rates are set afterwards.
/// \param request  what was asked, with its pictures. \param trace  what trace() gave for it
/// \throws Error if the request has another number of pictures than the trace, or some but not all of
///         them have names
[[nodiscard]] inline FlowReport report_of(const TraceRequest& request, Trace trace,
                                          const TraceNames& names) {
  const std::size_t pictures = trace.layouts.size();
  const bool named = names.pictures.empty() || names.pictures.size() == pictures;
  if (request.images.size() != pictures || !named) {
    throw Error("a trace of " + std::to_string(pictures) + " pictures beside " +
                    std::to_string(request.images.size()) + " in its request and " +
                    std::to_string(names.pictures.size()) + " names",
                "report_of", "give the request of this trace, and a name for each picture or none");
  }
  FlowReport report;
  report.model = names.model;
  report.question = request.text;
  for (std::size_t i = 0; i < pictures; ++i) {
    const std::string name = names.pictures.empty()
                                 ? "picture " + std::to_string(i + 1)
                                 : std::filesystem::path(names.pictures[i]).filename().string();
    report.pictures.push_back({name, request.images[i], trace.layouts[i]});
  }
  report.run = detail::facts_of(request, trace, names);
  report.notes = detail::notes_of(request, trace);
  if (const int samples = request.smoothing.samples; samples > 0) {
    report.smoothing = std::to_string(samples) + " noisy copies, sigma " +
                       shortest(request.noise_sigma) + " in [0,1] pixels, seed " +
                       std::to_string(request.smoothing.seed);
  }
  report.trace = std::move(trace);
  return report;
}

}  // namespace infoflow
