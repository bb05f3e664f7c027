// SPDX-License-Identifier: MIT
// infoflow analyze: one question about pictures, as pictures, tables and a page.
#include <memory>

#include <fmt/format.h>

#include <infoflow/io/policy_file.hpp>

#include "analysis_folder.hpp"
#include "command_line.hpp"
#include "flow_table.hpp"
#include "hit_rates.hpp"
#include "options.hpp"
#include "progress_bar.hpp"
#include "terminal.hpp"

namespace infoflow::analyzers {

namespace {

struct AnalyzeOptions {
  ModelOptions model;
  PromptOptions prompt;
  SmoothingOptions smoothing;
  std::string colours = "turbo";
  std::string between = "bilinear";
  std::string hit_rates;
  std::string policy_file;
  std::string output;
};

/// Attention maps are drawn as cells of about this many in a row, at most.
constexpr Index most_bins = 120;

StudyRequest request_for(const AnalyzeOptions& options, const CLI::App& command,
                         std::vector<std::string>& notes) {
  StudyRequest request = options.prompt.request(command, notes);
  request.weightings = {"mean", "hires"};
  request.targets_per_token = 8;
  request.most_map_bins = most_bins;
  request.smoothing = options.smoothing.settings;
  request.noise_sigma = options.smoothing.noise;
  return request;
}

void run(const AnalyzeOptions& options, const CLI::App& command) {
  Analysis analysis;
  analysis.request = request_for(options, command, analysis.notes);
  if (!options.hit_rates.empty()) analysis.rates = read_hit_rates(options.hit_rates);
  if (!options.policy_file.empty()) {
    const PolicyFile file = read_policy_file(options.policy_file);
    analysis.request.cut =
        truncation_of(file, 0, options.smoothing.settings.seed, options.policy_file);
    analysis.policy = file.policy;
    if (file.cut_layer) analysis.policy += fmt::format(" from layer {}", *file.cut_layer);
  }
  prepare_folder(options.output);
  analysis.picture_files = options.prompt.images;
  analysis.command = command_line(command);
  analysis.as_in_paper = options.colours == "jet";
  analysis.between =
      options.between == "nearest" ? Interpolation::nearest : Interpolation::bilinear;

  const std::unique_ptr<Model> model = open_model(options.model.load);
  analysis.model = model->info();
  {
    ProgressBar progress("analyze");
    analysis.study = model->study(analysis.request, std::ref(progress));
  }
  fmt::print("{}\n", flow_table(analysis));
  for (const std::string& note : all_notes(analysis)) {
    fmt::print(stderr, "note: {}\n", printable(note));
  }
  ProgressBar progress("pictures");
  fmt::print("{}", write_folder(options.output, analysis, std::ref(progress)));
}

}  // namespace

void add_analyze_command(CLI::App& program) {
  const auto options = std::make_shared<AnalyzeOptions>();
  options->smoothing.settings.samples = 8;
  CLI::App* command = program.add_subcommand(
      "analyze", "Answer a question about pictures, and show what flowed from them to the answer");
  options->model.add_to(*command);
  options->prompt.add_to(*command);
  command->get_option("--image")->required();
  options->smoothing.add_to(*command);
  command
      ->add_option("--colours", options->colours,
                   "turbo, or jet: as in the paper, at 0.4 above half of the maximum")
      ->check(CLI::IsMember({"turbo", "jet"}))
      ->capture_default_str();
  command->add_option("--between", options->between, "How heat between patches is filled in")
      ->check(CLI::IsMember({"nearest", "bilinear"}))
      ->capture_default_str();
  command->add_option("--hit-rates", options->hit_rates,
                      "A point.json: captions then say what each map is worth");
  command->add_option("--policy-file", options->policy_file,
                      "A policy.json of a sweep: what the model says under this cut, too");
  command->add_option("--output", options->output, "Folder to write")->required();
  command->callback([options, command] { run(*options, *command); });
}

}  // namespace infoflow::analyzers
