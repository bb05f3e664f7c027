// SPDX-License-Identifier: MIT
#include "sweep_folder.hpp"

#include <cmath>

#include <fmt/format.h>

#include <infoflow/io/curve_figure.hpp>
#include <infoflow/io/instruments_figure.hpp>
#include <infoflow/io/json_fields.hpp>
#include <infoflow/io/kept_tokens_figure.hpp>
#include <infoflow/io/policy_file.hpp>
#include <infoflow/io/read_file.hpp>
#include <infoflow/io/sweep_report_html.hpp>
#include <infoflow/io/sweep_tables.hpp>
#include <infoflow/io/table1_figure.hpp>
#include <infoflow/io/text_alone_figure.hpp>
#include <infoflow/io/write_figure.hpp>
#include <infoflow/truncation/setting_names.hpp>

namespace infoflow::analyzers {

namespace {

using nlohmann::json;

json number(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

json interval_json(double value, const Interval& interval) {
  return {{"value", number(value)}, {"low", interval.low}, {"high", interval.high}};
}

json point_json(const CurvePoint& point) {
  json values = json::object();
  for (const NamedValue& v : point.values) values[v.name] = v.value;
  return {{"policy", point.policy}, {"cut_layer", point.cut_layer},
          {"n", point.n},           {"metric", interval_json(main_value(point), point.interval)},
          {"values", values},       {"agreement", point.agreement},
          {"kl", point.kl}};
}

json floors_json(const SweepFindings& findings) {
  const int layers = findings.all.layers;
  const auto floor = [&](const char* what, const CurvePoint* point) {
    json entry = point == nullptr ? json(nullptr) : point_json(*point);
    if (point != nullptr) entry["what"] = what;
    return entry;
  };
  return {{"untouched", floor("the untouched model", untouched(findings.all))},
          {"gap", floor("text alone, the image's position gap kept (drop-all at layer 0)",
                        point_of(findings.all, "drop-all", 0))},
          {"no_image",
           floor("the prompt without the image", point_of(findings.all, "no-image", layers))},
          {"other_image",
           floor("another item's image", point_of(findings.all, "other-image", layers))}};
}

json latency_json(const std::optional<Latency>& latency) {
  if (!latency || latency->items == 0) return nullptr;
  return {
      {"items", latency->items},
      {"untouched_seconds", latency->untouched},
      {"cut_seconds", latency->cut},
      {"speedup", latency->cut > 0 ? number(latency->untouched / latency->cut) : json(nullptr)}};
}

void write_json(const std::filesystem::path& path, const json& value) {
  write_file(path, value.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::vector<std::pair<std::string, std::string>> run_lines(const SweepRunFile& run,
                                                           const SweepFindings& findings) {
  return {{"model", run.model},
          {"data", run.data.task + ", rule " + findings.rule},
          {"template", run.prompts.empty() ? "of the family's evaluation" : run.prompts},
          {"policy", run.policy},
          {"scores", run.score},
          {"positions", run.positions},
          {"margin", points_text(run.margin)},
          {"command", run.command}};
}

void write_figures(const std::filesystem::path& folder, const SweepFindings& findings) {
  write_figure(folder / "curve", curve_figure(findings.all));
  write_figure(folder / "instruments", instruments_figure(findings.all, findings.instruments));
  write_figure(folder / "table1", table1_figure(std::vector<Table1Row>{findings.held_out}));
  if (findings.needy) {
    write_figure(folder / "without_text_alone", text_alone_figure(findings.all, *findings.needy));
  }
  std::size_t top_k = 0;
  for (const std::string& policy : policies_of(findings.all)) top_k += policy.starts_with("top-k:");
  if (top_k >= 2) write_figure(folder / "kept_tokens", kept_tokens_figure(findings.all));
}

}  // namespace

json decision_json(const SweepFindings& findings) {
  const Cliff& cliff = findings.cliff;
  json instruments = json::object();
  for (const Instrument& i : findings.instruments) {
    instruments[i.name] = {{"cliff", i.cliff ? json(*i.cliff) : json(nullptr)}, {"limit", i.limit}};
  }
  json pairs = json::array();
  for (const InstrumentPair& pair : findings.pairs) {
    pairs.push_back(
        {{"first", pair.first},
         {"second", pair.second},
         {"spearman", pair.correlation.rho ? json(*pair.correlation.rho) : json(nullptr)},
         {"low", pair.correlation.interval.low},
         {"high", pair.correlation.interval.high},
         {"n", pair.correlation.n}});
  }
  json decision{{"model", findings.model},
                {"task", findings.task},
                {"rule", findings.rule},
                {"policy", findings.all.policy},
                {"metric", findings.metric.name},
                {"status", name_of(cliff.status)},
                {"cliff_layer", cliff.cliff_layer ? json(*cliff.cliff_layer) : json(nullptr)},
                {"lower_bound", cliff.lower_bound},
                {"upper_bound", cliff.cliff_layer.value_or(cliff.layers)},
                {"layers", cliff.layers},
                {"margin", cliff.margin},
                {"n", cliff.n},
                {"images", cliff.images},
                {"effective_images", number(cliff.effective_images)},
                {"images_needed", number(cliff.images_needed)},
                {"items_without_image", cliff.without_image},
                {"rows_skipped", findings.skipped.size()},
                {"harmless_from", cliff.harmless_from},
                {"power", number(cliff.power)},
                {"items_needed", number(cliff.items_needed)},
                {"instruments", instruments},
                {"do_instruments_agree", pairs},
                {"latency", latency_json(findings.latency)},
                {"text", decision_text(findings)}};
  if (!cliff.untouched.values.empty()) decision["untouched"] = point_json(cliff.untouched);
  if (cliff.cliff_layer) {
    if (const RunComparison* at = cliff.at(*cliff.cliff_layer)) {
      decision["at_cliff"] = point_json(at->point);
    }
    const Savings saved = savings_at(findings, *cliff.cliff_layer);
    decision["savings"] = {{"prefill_flops", number(saved.prefill_flops)},
                           {"kv_cache", number(saved.kv_cache)}};
  }
  return decision;
}

void to_json(json& object, const SweepRunFile& file) {
  object = {
      {"task", file.data.task},      {"data", file.data.files},        {"images", file.data.images},
      {"rule", file.data.rule},      {"skip_bad", file.data.skip_bad}, {"limit", file.data.limit},
      {"model", file.model},         {"prompts", file.prompts},        {"policy", file.policy},
      {"score", file.score},         {"positions", file.positions},    {"margin", file.margin},
      {"command", file.command}};
  if (file.data.pictures.applies_exif()) object["exif"] = file.data.pictures.exif;
  if (file.latency) {
    object["latency"] = {{"items", file.latency->items},
                         {"untouched", file.latency->untouched},
                         {"cut", file.latency->cut}};
  }
}

SweepRunFile read_run_file(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "run.json";
  if (!std::filesystem::exists(path)) {
    const bool begun = std::filesystem::exists(folder / "journal.jsonl");
    throw Error(begun ? "this sweep is not finished" : "this is no folder of a sweep",
                folder.string(), begun ? "go on with it by sweep --resume" : "give one that sweep wrote");
  }
  const auto bytes = read_file(path, "the run.json of a sweep", 1U << 20U);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const json object = strict_json(text, path.string());
  JsonFields fields(object, path.string());
  SweepRunFile file;
  file.data = {.task = fields.get<std::string>("task"),
               .files = {},
               .images = fields.get<std::string>("images"),
               .rule = fields.get<std::string>("rule"),
               .skip_bad = fields.get<bool>("skip_bad"),
               .limit = fields.get<int>("limit"),
               .pictures = {}};
  if (object.contains("exif")) file.data.pictures.exif = fields.get<std::string>("exif");
  for (const json& name : fields.at("data")) {
    file.data.files.push_back(name.is_string() ? name.get<std::string>() : "");
  }
  file.model = fields.get<std::string>("model");
  if (object.contains("prompts")) file.prompts = fields.get<std::string>("prompts");
  file.policy = fields.get<std::string>("policy");
  file.score = fields.get<std::string>("score");
  file.positions = fields.get<std::string>("positions");
  file.margin = fields.get<double>("margin");
  file.command = fields.get<std::string>("command");
  if (object.contains("latency")) {
    JsonFields latency(fields.at("latency"), path.string());
    file.latency = Latency{latency.get<int>("items"), latency.get<double>("untouched"),
                           latency.get<double>("cut")};
  }
  return file;
}

void write_run_file(const std::filesystem::path& folder, const SweepRunFile& file) {
  write_json(folder / "run.json", json(file));
}

SweepReportTask report_task(const SweepFindings& findings, const std::vector<ItemOutcome>& items,
                            const SweepQuestions& questions) {
  SweepReportTask task{findings.all, findings.metric, findings.instruments, items,
                       questions.benchmark().items};
  task.sweep.cliff.sentence = decision_text(findings);
  return task;
}

std::string write_sweep_folder(const std::filesystem::path& folder, const SweepRunFile& run,
                               const SweepFindings& findings, const SweepQuestions& questions,
                               const std::vector<ItemOutcome>& items) {
  // Whoever stops in between leaves a folder without these, so that it does not look finished.
  for (const char* last : {"run.json", "report.html", "policy.json"}) {
    std::filesystem::remove(folder / last);
  }
  write_file(folder / "curve.csv", curve_csv(findings.all));
  write_file(folder / "controls.csv", controls_csv(findings.all));
  write_json(folder / "floors.json", floors_json(findings));
  write_json(folder / "decision.json", decision_json(findings));
  double seconds = 0;  // Of every part of the run, however often it was interrupted.
  for (const ItemOutcome& item : items) {
    for (const RunOutcome& r : item.runs) seconds += r.seconds;
  }
  write_json(folder / "timing.json",
             {{"seconds", seconds},
              {"items", items.size()},
              {"seconds_per_item", seconds / static_cast<double>(items.size())},
              {"latency", latency_json(findings.latency)}});
  const std::vector<Table1Row> table{findings.held_out};
  write_file(folder / "table1.md", table1_markdown(table));
  write_file(folder / "table1.csv", table1_csv(table));
  write_figures(folder, findings);

  SweepReport report;
  report.model = findings.model;
  report.tasks.push_back(report_task(findings, items, questions));
  report.table1 = table;
  report.picture = [&questions](const std::string& image) {
    return questions.picture(image, "the report");
  };
  report.run = run_lines(run, findings);
  report.notes = findings.skipped;
  write_file(folder / "report.html", sweep_report_html(report));

  std::string lines = fmt::format(
      "{0}/report.html  the whole sweep as a page\n"
      "{0}/curve.csv, controls.csv  numbers; curve.svg, .png  Fig. 5\n"
      "{0}/decision.json  the cliff and what it saves\n",
      folder.string());
  if (findings.cliff.cliff_layer && findings.cliff.status == CliffStatus::found) {
    write_policy_file(folder / "policy.json",
                      {.policy = run.policy,
                       .cut_layer = *findings.cliff.cliff_layer,
                       .score = parse_score_source(run.score, "run.json"),
                       .positions = parse_position_rule(run.positions, "run.json"),
                       .model = findings.model,
                       .note = decision_text(findings)});
    lines += fmt::format("{}/policy.json  what `analyze` and `sweep` take as --policy-file\n",
                         folder.string());
  }
  write_run_file(folder, run);
  return lines;
}

}  // namespace infoflow::analyzers
