// SPDX-License-Identifier: MIT
// infoflow analyze: one question about pictures, as pictures, tables and a page.
#include <memory>

#include <fmt/format.h>

#include <infoflow/cliff/policy_file.hpp>
#include <infoflow/output/flow_folder.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/page/traced_report.hpp>
#include <infoflow/text/printable.hpp>

#include "command_line.hpp"
#include "flow_table.hpp"
#include "hit_rates.hpp"
#include "options.hpp"
#include "progress_bar.hpp"

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

TraceRequest request_for(const AnalyzeOptions& options, const CLI::App& command,
                         std::vector<std::string>& notes) {
  TraceRequest request = options.prompt.request(command, notes);
  request.weightings = {"mean", "hires"};
  request.targets_per_token = 8;
  request.most_map_bins = most_bins;
  request.smoothing = options.smoothing.settings;
  request.noise_sigma = options.smoothing.noise;
  return request;
}

/// "llava, float32 on cpu, 24 layers"
std::string spell_loading(const ModelInfo& model) {
  return fmt::format("{}, {} on {}, {} layers", model.family, model.dtype, model.device,
                     model.layers);
}

/// The cut of a policy file goes into the request. \return what it is called; empty without a file
std::string add_cut(TraceRequest& request, const AnalyzeOptions& options) {
  if (options.policy_file.empty()) return "";
  const PolicyFile file = read_policy_file(options.policy_file);
  request.cut = truncation_of(file, 0, options.smoothing.settings.seed, options.policy_file);
  return file.policy + (file.cut_layer ? fmt::format(" from layer {}", *file.cut_layer) : "");
}

/// Lines that say what lies where.
std::string written_files(const std::string& folder, const FlowReport& report) {
  std::string lines = fmt::format("in {}:\n", std::filesystem::path(folder).string());
  lines += "  report.html                      a page for the browser\n";
  lines += "  flow.json, shares.csv, cam.npy   the numbers\n";
  if (report.trace.attention.empty()) return lines;
  const std::string any = report.pictures.size() > 1 ? "image_N_" : "";
  lines += "  shares, flow, attention/layer_NN: .svg and .png\n";
  lines += fmt::format("  {0}cam_strip.png, {0}hires_strip.png, {0}attention_strip.png\n", any);
  return lines + fmt::format("  cam/{}layer_NN.png\n", any);
}

void run(const AnalyzeOptions& options, const CLI::App& command) {
  std::vector<std::string> notes;
  TraceRequest request = request_for(options, command, notes);
  std::vector<MeasuredRate> rates;
  if (!options.hit_rates.empty()) rates = read_hit_rates(options.hit_rates);
  const std::string cut = add_cut(request, options);
  prepare_folder(options.output);

  const std::unique_ptr<Model> model = open_model(options.model.load);
  Trace trace;
  {
    ProgressBar progress("analyze");
    trace = model->trace(request, std::ref(progress));
  }
  FlowReport report = report_of(request, std::move(trace),
                                {.model = model->info().name,
                                 .loaded = spell_loading(model->info()),
                                 .question_template = model->info().question_template,
                                 .pictures = options.prompt.images,
                                 .cut = cut,
                                 .command = command_line(command)});
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  report.rates = std::move(rates);
  report.as_in_paper = options.colours == "jet";
  report.between = options.between == "nearest" ? Interpolation::nearest : Interpolation::bilinear;
  fmt::print("{}\n", flow_table(report));
  for (const std::string& note : report.notes) fmt::print(stderr, "note: {}\n", printable(note));
  ProgressBar progress("pictures");
  write_flow_folder(options.output, report, std::ref(progress));
  fmt::print("{}", written_files(options.output, report));
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
