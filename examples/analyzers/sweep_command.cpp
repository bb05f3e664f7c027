// SPDX-License-Identifier: MIT
// infoflow sweep: every cut of a data set's questions, scored, and what follows from it.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include <fmt/format.h>

#include <infoflow/benchmarks/benchmark_files.hpp>
#include <infoflow/cliff/policy_file.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/files/sha256.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/output/sweep_folder.hpp>
#include <infoflow/output/sweep_run_file.hpp>
#include <infoflow/sweep/decision_text.hpp>
#include <infoflow/sweep/finished_sweep.hpp>
#include <infoflow/sweep/sweep_run.hpp>
#include <infoflow/text/printable.hpp>

#include "command_line.hpp"
#include "options.hpp"
#include "progress_bar.hpp"
#include "stop_signals.hpp"

namespace infoflow::analyzers {

namespace {

struct SweepOptions {
  ModelOptions model;
  SweepData data;
  PictureOptions pictures;
  SweepCuts cuts;
  std::string policy_file;
  std::string shard = "1/1";
  std::vector<std::string> merge;
  bool resume = false;
  double margin = 0.01;
  Index max_new_tokens = 0;
  std::string output;
};

/// What tells a checkpoint from another without reading gigabytes: its configuration, and size,
/// beginning and end of every weights file.
std::string digest_of_checkpoint(const std::filesystem::path& directory) {
  std::string text;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".json" || extension == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    constexpr std::size_t part = 1U << 16U;
    const auto size = std::filesystem::file_size(path);
    std::ifstream file(path, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(std::min<std::uintmax_t>(size, part)), '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    text += path.filename().string() + '\0' + std::to_string(size) + '\0' + bytes;
    if (size > part) {
      file.seekg(-static_cast<std::streamoff>(part), std::ios::end);
      file.read(bytes.data(), static_cast<std::streamsize>(part));
      text += bytes;
    }
  }
  return hex(sha256(text));
}

JournalHeader header_of(const SweepOptions& options, const ModelInfo& model, const SweepPlan& plan,
                        const SweepQuestions& questions, Index answer_limit) {
  JournalHeader header = sweep_header(
      model.name + " " + digest_of_checkpoint(options.model.load.directory), plan, questions);
  header.prompt = model.family + ", as its evaluation puts " + options.data.task;
  header.seed = options.cuts.seed;
  header.settings["dtype"] = model.dtype;
  if (!model.half_products.empty()) header.settings["half_products"] = model.half_products;
  header.settings["max_new_tokens"] = std::to_string(answer_limit);
  if (options.data.apply_exif) header.settings["exif"] = "apply";
  header.shard = parse_shard(options.shard);
  return header;
}

/// What is asked for on the command line or in a policy file.
SweepCuts cuts_of(const SweepOptions& options) {
  SweepCuts cuts = options.cuts;
  if (!options.policy_file.empty()) {
    const PolicyFile file = read_policy_file(options.policy_file);
    if (names_schedule(file.policy)) {
      cuts.controls.push_back(file.policy);
    } else {
      cuts.policy = file.policy;
      cuts.layers = std::to_string(*file.cut_layer);
    }
    cuts.score = std::string(to_string(file.score));
    cuts.positions = std::string(to_string(file.positions));
  }
  return cuts;
}

/// So that the folder can be read again from anywhere.
SweepData with_absolute_paths(SweepData data) {
  for (std::string& file : data.files) file = std::filesystem::absolute(file).string();
  data.images = std::filesystem::absolute(data.images).string();
  return data;
}

void name_skipped(const std::vector<std::string>& rows) {
  for (const std::string& row : rows) fmt::print(stderr, "skipped: {}\n", printable(row));
}

/// Lines that say what lies where.
std::string written_files(const std::filesystem::path& folder) {
  std::string lines = fmt::format(
      "{0}/report.html  the whole sweep as a page\n"
      "{0}/curve.csv, controls.csv  numbers; curve.svg, .png  Fig. 5\n"
      "{0}/decision.json  the cliff and what it saves\n",
      folder.string());
  if (std::filesystem::exists(folder / "policy.json")) {
    lines += fmt::format("{}/policy.json  what `analyze` and `sweep` take as --policy-file\n",
                         folder.string());
  }
  return lines;
}

void finish(const std::filesystem::path& folder, const SweepRunFile& run,
            const SweepQuestions& questions, const OrderedOutcomes& outcomes, Decision decision) {
  decision.latency = run.latency;
  decision.skipped = skipped_rows(questions, outcomes.skipped);
  write_sweep_folder(folder, decision, questions, outcomes.items, run.manner);
  write_run_file(folder, run);
  fmt::print("{}\n\n{}", printable(decision_text(decision)), written_files(folder));
  name_skipped(decision.skipped);
  if (!decision.skipped.empty()) {
    fmt::print("rows of the data that were skipped: {}\n", decision.skipped.size());
  }
}

void require_items(const OrderedOutcomes& outcomes, const SweepQuestions& questions,
                   const std::string& where) {
  if (!outcomes.items.empty()) return;
  const std::vector<std::string> skipped = skipped_rows(questions, outcomes.skipped);
  throw Error(
      "no item could be asked" + (skipped.empty() ? "" : ", the first since " + skipped.front()),
      where, "mend the data");
}

/// Asks everything that the journal does not have. \throws Stopped by a signal, after the item at hand
OrderedOutcomes asked(Sweeper& sweeper, const SweepPlan& plan, const SweepQuestions& questions,
                      const SweepJournal& journal) {
  SweepRun run = [&] {
    ProgressBar progress("prompts");
    return SweepRun(sweeper, plan, questions, journal, std::ref(progress));
  }();
  if (run.torn_bytes() > 0) {
    fmt::print(stderr,
               "note: the journal's last line was torn ({} bytes); its item is asked again\n",
               run.torn_bytes());
  }
  const StopAfterItem stop;
  ProgressBar progress("sweep");
  if (!run.ask(std::ref(progress), [&] { return stop.signal() != 0; })) {
    const std::string line =
        fmt::format("infoflow: {} after the item at hand; {} items are kept, --resume goes on\n",
                    signal_name(stop.signal()), run.finished_items());
    std::fputs(line.c_str(), stderr);  // The terminal of a hang-up is gone: that is no error.
    throw Stopped{stop.signal()};
  }
  return run.outcomes();
}

void merge(const SweepOptions& options) {
  std::vector<std::filesystem::path> journals;
  for (const std::string& folder : options.merge) {
    journals.push_back(std::filesystem::path(folder) / "journal.jsonl");
  }
  SweepRunFile run = read_run_file(options.merge.front());
  run.latency.reset();
  const std::filesystem::path folder(options.output);
  const std::filesystem::path journal = folder / "journal.jsonl";
  if (std::filesystem::exists(journal)) {
    throw Error("a journal is here already", journal.string(), "join into another folder");
  }
  const SweepInput input = read_sweep_data(run.data);
  const SweepQuestions& questions = input.questions;
  const FinishedSweep finished = read_finished(journals, run.model, run.policy, questions);
  for (const std::string& id : finished.doubled) {
    fmt::print(stderr, "note: item {} stands in several journals, counted once\n", printable(id));
  }
  const OrderedOutcomes& outcomes = finished.outcomes;
  require_items(outcomes, questions, options.merge.front());
  prepare_folder(folder);
  finish(folder, run, questions, outcomes,
         decide(outcomes.items, questions.benchmark(), decision_request(run, questions)));
  // Last: a folder with a journal is a finished one, and joining again needs one without.
  write_file(journal, journal_text(finished.header, outcomes.items, outcomes.skipped));
}

void sweep(const SweepOptions& options, const std::string& command) {
  // Before the model, which takes longer: faults of the data are told at once.
  SweepData data = options.data;
  SweepInput input = read_sweep_data(data);
  for (const std::string& note : input.picture_notes) {
    fmt::print(stderr, "note: {}\n", printable(note));
  }
  prepare_folder(options.output);
  const std::unique_ptr<Model> model = open_model(options.model.load);
  if (const std::string rule = model->answer_rule(data.task); data.rule.empty() && !rule.empty()) {
    data.rule = rule;
    input = read_sweep_data(data);
  }
  const SweepQuestions& questions = input.questions;
  const SweepCuts cuts = cuts_of(options);
  const SweepPlan plan = plan_sweep(cuts, model->info().layers);
  const Index limit =
      options.max_new_tokens > 0 ? options.max_new_tokens : model->answer_limit(options.data.task);
  const std::unique_ptr<Sweeper> sweeper = model->sweeper(options.data.task, limit);
  const std::filesystem::path folder(options.output);
  const SweepJournal journal{.path = folder / "journal.jsonl",
                             .header = header_of(options, model->info(), plan, questions, limit),
                             .resume = options.resume,
                             .skip_bad = options.data.skip_bad};
  const OrderedOutcomes outcomes = asked(*sweeper, plan, questions, journal);

  SweepRunFile file{.data = with_absolute_paths(data),
                    .model = model->info().name,
                    .policy = plan.policy,
                    .margin = options.margin,
                    .manner = {.prompts = model->info().evaluation_template,
                               .score = cuts.score,
                               .positions = cuts.positions,
                               .command = command}};
  const Shard shard = journal.header.shard;
  if (shard.count > 1) {
    write_run_file(folder, file);
    name_skipped(skipped_rows(questions, outcomes.skipped));
    fmt::print("shard {} is finished: {} items, {} skipped; join all shards by --merge\n",
               to_string(shard), outcomes.items.size(), outcomes.skipped.size());
    return;
  }
  require_items(outcomes, questions, options.data.files.front());
  Decision decision =
      decide(outcomes.items, questions.benchmark(), decision_request(file, questions));
  if (decision.cliff.cliff_layer && decision.cliff.status == CliffStatus::found) {
    for (const PlannedRun& planned : plan.runs) {
      if (planned.policy == plan.policy && planned.cut_layer == *decision.cliff.cliff_layer) {
        file.latency = measure_latency(*sweeper, questions, outcomes.items, planned.truncation);
      }
    }
  }
  finish(folder, file, questions, outcomes, std::move(decision));
}

}  // namespace

void add_sweep_command(CLI::App& program) {
  const auto options = std::make_shared<SweepOptions>();
  CLI::App* command = program.add_subcommand(
      "sweep", "Cut the image's tokens at every layer, score a data set, and find the cliff");
  options->model.add_to(*command);
  command->get_option("--model")->required(false);
  command->add_option("--task", options->data.task, benchmark_names());
  command->add_option("--data", options->data.files, "The data set's files");
  command->add_option("--images", options->data.images, "Folder that the pictures lie in");
  options->pictures.add_to(*command);
  command->add_option("--rule", options->data.rule, "How answers are read; see score --help");
  auto* policy =
      command
          ->add_option(
              "--policy", options->cuts.policy,
              "drop-all, top-k:64, top-p:0.9, random:64, uniform:64, inverse:64, fastv:0.5")
          ->capture_default_str();
  command->add_option("--policy-file", options->policy_file, "A policy.json: its policy and layer")
      ->excludes(policy);
  command->add_option(
      "--control", options->cuts.controls,
      "Further policies or schedules to compare with (unless given, top-k, random and "
      "inverse choice of a quarter, at about four layers)");
  auto* policy_file = command->get_option("--policy-file");
  command->add_option("--score", options->cuts.score, "Attention that ranks: before, at, user-mean")
      ->excludes(policy_file)
      ->capture_default_str();
  command->add_option("--positions", options->cuts.positions, "Position ids: keep or renumber")
      ->excludes(policy_file)
      ->capture_default_str();
  command->add_option("--layers", options->cuts.layers, "all, 0,4,8 or 8:24; 0 and L always count")
      ->capture_default_str();
  command->add_option("--margin", options->margin, "Loss that counts as none; 0.01 is a point")
      ->check(CLI::Range(0.0001, 0.5))
      ->capture_default_str();
  command->add_option("--seed", options->cuts.seed, "Of policies that draw")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--limit", options->data.limit, "Use only the first items; 0: all")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--max-new-tokens", options->max_new_tokens,
                   "Longest answer (as the task's evaluation unless given)")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("--shard", options->shard, "I/N: only this part of the items")
      ->capture_default_str();
  auto* merged =
      command->add_option("--merge", options->merge, "Folders of all shards, to be joined");
  command->add_flag("--resume", options->resume, "Go on with the journal in --output");
  command->add_flag("--skip-bad", options->data.skip_bad, "Leave out rows that cannot be used");
  // The shards' folders say what was run; anything else would be ignored.
  for (CLI::Option* other : command->get_options()) {
    if (other != merged && other != command->get_help_ptr()) merged->excludes(other);
  }
  command->add_option("--output", options->output, "Folder to write")->required();
  command->callback([options, command] {
    if (!options->merge.empty()) return merge(*options);
    for (const char* needed : {"--model", "--task", "--data", "--images"}) {
      if (command->count(needed) == 0) throw CLI::RequiredError(needed);
    }
    options->data.apply_exif = options->pictures.applies_exif();
    sweep(*options, command_line(*command));
  });
}

}  // namespace infoflow::analyzers
