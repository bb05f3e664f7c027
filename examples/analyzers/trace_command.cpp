// SPDX-License-Identifier: MIT
// infoflow trace: one prompt as tensors, for other tools to be checked against.
#include <memory>

#include <fmt/format.h>

#include <infoflow/core/version.hpp>
#include <infoflow/files/safetensors_writer.hpp>
#include <infoflow/text/printable.hpp>

#include "options.hpp"
#include "progress_bar.hpp"

namespace infoflow::analyzers {

namespace {

struct TraceOptions {
  ModelOptions model;
  PromptOptions prompt;
  SmoothingOptions smoothing;
  std::string weighting = "mean";
  std::string site = "post_attention_norm";
  std::string target = "sum";
  std::string output;
};

std::span<const float> values(const HostMatrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// [L, 4]: shares averaged over the answer's tokens.
HostMatrix mean_shares(const Trace& trace) {
  HostMatrix shares(static_cast<Index>(trace.attention.size()), static_cast<Index>(role_count));
  for (std::size_t l = 0; l < trace.attention.size(); ++l) {
    const RoleShares mean = trace.attention[l].mean_shares();
    std::copy(mean.begin(), mean.end(), shares.row(static_cast<Index>(l)).begin());
  }
  return shares;
}

/// [L · T, P + T]: the rows of all layers below each other.
HostMatrix stacked_rows(const Trace& trace) {
  const Index tokens = trace.partition.answer_length();
  HostMatrix rows(static_cast<Index>(trace.attention.size()) * tokens, trace.partition.size());
  for (std::size_t l = 0; l < trace.attention.size(); ++l) {
    rows.middleRows(static_cast<Index>(l) * tokens, tokens) = trace.attention[l].rows;
  }
  return rows;
}

/// [L, N_img], for encoder_last [1, patches of all views]: heat before normalisation, a row per site.
HostMatrix heat_rows(const Trace& trace, const std::string& weighting) {
  if (trace.heat.empty()) return HostMatrix(0, trace.partition.count(Role::image));
  const std::vector<SiteHeat>& sites = trace.heat.front().sites;
  HostMatrix heat(static_cast<Index>(sites.size()), sites.front()[weighting].mean().size());
  for (std::size_t l = 0; l < sites.size(); ++l) {
    heat.row(static_cast<Index>(l)) = sites[l][weighting].mean().transpose();
  }
  return heat;
}

std::string layers_with(const Trace& trace, const std::string& weighting, HeatStatus status) {
  std::string layers;
  if (trace.heat.empty()) return layers;
  for (const SiteHeat& site : trace.heat.front().sites) {
    if (site[weighting].status() != status) continue;
    layers += (layers.empty() ? "" : ",") + std::to_string(site.site.layer);
  }
  return layers;
}

void write_trace(const TraceOptions& options, const TraceRequest& request, const ModelInfo& model,
                 const Trace& trace) {
  std::vector<std::uint8_t> roles;
  for (const Role role : trace.partition.roles()) roles.push_back(static_cast<std::uint8_t>(role));
  const HostMatrix shares = mean_shares(trace);
  const HostMatrix rows = stacked_rows(trace);
  const HostMatrix heat = heat_rows(trace, options.weighting);
  const auto layers = static_cast<std::int64_t>(trace.attention.size());

  SafetensorsWriter file;
  file.add("input_ids", {trace.partition.size()}, std::span<const std::int64_t>(trace.ids));
  file.add("roles", {trace.partition.size()}, std::span<const std::uint8_t>(roles));
  file.add("answer_ids", {trace.partition.answer_length()},
           std::span<const std::int64_t>(trace.answer_ids));
  file.add("logits", {trace.logits.rows(), trace.logits.cols()}, values(trace.logits));
  file.add("attention_share", {shares.rows(), shares.cols()}, values(shares));
  file.add("attention_rows", {layers, trace.partition.answer_length(), trace.partition.size()},
           values(rows));
  file.add("cam", {heat.rows(), heat.cols()}, values(heat));
  file.note("infoflow_version", std::string(version));
  file.note("model", model.name);
  if (request.is_question) file.note("template", model.question_template);
  file.note("dtype", model.dtype);
  if (!model.half_products.empty()) file.note("half_products", model.half_products);
  file.note("cam_samples", std::to_string(options.smoothing.settings.samples));
  file.note("cam_noise", fmt::format("{}", options.smoothing.noise));
  file.note("cam_noise_space", "standard deviation in [0,1] pixels before mean and std");
  file.note("seed", std::to_string(options.smoothing.settings.seed));
  file.note("cam_weighting", options.weighting);
  file.note("cam_site", options.site);
  file.note("cam_target", options.target);
  file.note("layers_without_flow",
            layers_with(trace, options.weighting, HeatStatus::structurally_zero));
  file.note("layers_that_cancel", layers_with(trace, options.weighting, HeatStatus::cancelled));
  file.write(options.output);
}

void run(const TraceOptions& options, const CLI::App& command) {
  std::vector<std::string> notes;
  TraceRequest request = options.prompt.request(command, notes);
  const auto site = site_kind(options.site);
  if (!site)
    throw Error("no site is called \"" + options.site + "\"", "--cam-site",
                "use post_attention_norm, input_norm, v_proj, block_input, block_output, "
                "projector or encoder_last");
  request.sites = {*site};
  request.weightings = {options.weighting};
  request.targets = {parse_cam_target(options.target)};
  request.smoothing = options.smoothing.settings;
  request.noise_sigma = options.smoothing.noise;

  const std::unique_ptr<Model> model = open_model(options.model.load);
  ProgressBar progress("trace");
  const Trace trace = model->trace(request, std::ref(progress));
  if (trace.answer_ids.empty()) notes.push_back("the answer has no tokens: tensors are empty");
  write_trace(options, request, model->info(), trace);
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", printable(note));
  const std::size_t count = trace.answer_ids.size();
  fmt::print("{} ({} answer {}: {})\n", printable(options.output), count,
             count == 1 ? "token" : "tokens", printable(trace.answer));
}

}  // namespace

void add_trace_command(CLI::App& program) {
  const auto options = std::make_shared<TraceOptions>();
  CLI::App* command =
      program.add_subcommand("trace", "Write one prompt's tensors to a safetensors file");
  options->model.add_to(*command);
  options->prompt.add_to(*command);
  options->smoothing.add_to(*command);
  command->add_option("--cam-weighting", options->weighting, "How channels are weighted")
      ->check(CLI::IsMember({"mean", "relu-mean", "hires", "layer-cam"}))
      ->capture_default_str();
  command->add_option("--cam-site", options->site, "Where features and gradients are taken")
      ->capture_default_str();
  command->add_option("--cam-target", options->target, "sum or token:I")->capture_default_str();
  command->add_option("--output", options->output, "The .safetensors file to write")->required();
  command->callback([options, command] { run(*options, *command); });
}

}  // namespace infoflow::analyzers
