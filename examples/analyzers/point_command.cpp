// SPDX-License-Identifier: MIT
// infoflow point: what each map is worth, as hit rates against controls.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <infoflow/files/atomic_file.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/picture/picture_reader.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/printable.hpp>

#include "options.hpp"
#include "point_scores.hpp"
#include "progress_bar.hpp"
#include "stop_signals.hpp"

namespace infoflow::analyzers {

namespace {

struct PointOptions {
  ModelOptions model;
  SmoothingOptions smoothing;
  PictureOptions pictures;
  std::string data;
  std::string images;
  std::vector<std::string> boxes;
  std::string output;
  std::vector<std::string> sites;
  Index limit = 0;
  Index max_new_tokens = 64;
};

const std::vector<std::string> all_weightings{"mean", "relu-mean", "hires", "layer-cam"};

using Rates = std::map<MapSource, HitRate>;

std::string spell(const HitRate& rate) {
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", rate.rate, rate.interval.low, rate.interval.high);
}

/// The layer at which a source and weighting of a family points best, among those that show anything;
/// the end if none does.
Rates::const_iterator best(const Rates& rates, const MapSource& which) {
  auto found = rates.end();
  for (auto it = rates.begin(); it != rates.end(); ++it) {
    const MapSource& s = it->first;
    if (s.family != which.family || s.source != which.source || s.weighting != which.weighting) {
      continue;
    }
    if (it->second.empty != HeatStatus::flowing) continue;
    if (found == rates.end() || it->second.rate > found->second.rate) found = it;
  }
  return found;
}

/// The maps of a family that are empty in every item, and why: they are not ranked.
std::string empty_maps(const Rates& rates, const std::string& family) {
  std::string text;
  for (const auto& [source, rate] : rates) {
    if (source.family != family || rate.empty == HeatStatus::flowing) continue;
    text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", source.source, source.weighting,
                        is_vision(*site_kind(source.source)) ? "" : std::to_string(source.layer),
                        to_string(rate.empty));
  }
  return text.empty() ? "" : "not ranked, empty in every item:\n" + text;
}

/// Per family: which site is best (Fig. 7's question), each at its best layer, and the controls.
std::string summary(const Rates& rates, const ModelInfo& model) {
  std::set<std::string> families;
  for (const auto& [source, rate] : rates) families.insert(source.family);
  std::string text;
  for (const std::string& family : families) {
    const HitRate& chance = rates.at({family, "chance", "", 0});
    text += fmt::format("{}, {}, n = {}: hit rate at the best layer, 95 % interval\n", model.name,
                        family.empty() ? "all items" : family, chance.n);
    text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", "map", "weighting", "layer", "hit rate");
    std::vector<Rates::const_iterator> rows;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& [source, rate] : rates) {
      if (source.family == family && seen.insert({source.source, source.weighting}).second) {
        if (const auto row = best(rates, source); row != rates.end()) rows.push_back(row);
      }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](auto a, auto b) { return a->second.rate > b->second.rate; });
    for (const auto& row : rows) {
      const bool layered = row->first.source == "attention" || !row->first.weighting.empty();
      text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", row->first.source, row->first.weighting,
                          layered ? std::to_string(row->first.layer) : "",
                          row->first.source == "chance" ? fmt::format("{:.2f}", row->second.rate)
                                                        : spell(row->second));
    }
    text += empty_maps(rates, family) + "\n";
  }
  text +=
      "The best of several layers is chosen on these items, so it is optimistic; the table by "
      "layer is not.\n";
  return text;
}

/// What the answers' boxes say, and which map lies on them best.
std::string summary(const BoxScores& boxes) {
  std::string text =
      fmt::format("boxes in {} of {} answers; intersection over union {:.2f}, mean of all\n",
                  boxes.with_box, boxes.answers, boxes.iou);
  const auto best =
      std::max_element(boxes.heat_inside.begin(), boxes.heat_inside.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (best == boxes.heat_inside.end()) return text;
  const MapSource& map = best->first;
  return text + fmt::format("most heat in them: {}{}{} {}, layer {}, {:.2f}\n", map.family,
                            map.family.empty() ? "" : ", ", map.source, map.weighting, map.layer,
                            best->second);
}

std::string table(const BoxScores& boxes) {
  std::string csv = "family,map,weighting,layer,heat_inside\n";
  for (const auto& [source, share] : boxes.heat_inside) {
    csv += fmt::format("{},{},{},{},{:.6f}\n", csv_field(source.family), source.source,
                       source.weighting, source.layer, share);
  }
  return csv;
}

std::string table(const Rates& rates) {
  std::string csv = "family,map,weighting,layer,hit_rate,low,high,n\n";
  for (const auto& [source, rate] : rates) {
    csv += fmt::format("{},{},{},{},{:.6f},{:.6f},{:.6f},{}\n", csv_field(source.family),
                       source.source, source.weighting, source.layer, rate.rate, rate.interval.low,
                       rate.interval.high, rate.n);
  }
  return csv;
}

nlohmann::json as_json(const Rates& rates, const ModelInfo& model) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [source, rate] : rates) {
    rows.push_back({{"family", source.family},
                    {"map", source.source},
                    {"weighting", source.weighting},
                    {"layer", source.layer},
                    {"hit_rate", rate.rate},
                    {"low", rate.interval.low},
                    {"high", rate.interval.high},
                    {"n", rate.n}});
  }
  return {{"model", model.name}, {"rates", rows}};
}

/// Before the run, so that a question which cannot be put does not end it in its middle.
void check_questions(const Model& model, const std::vector<PointItem>& items) {
  for (const PointItem& item : items) {
    TraceRequest request;
    request.text = item.question;
    try {
      model.check(request);
    } catch (const Error& error) {
      throw Error(error.problem(), "item " + item.id + ", " + error.where(), error.fix());
    }
  }
}

TraceRequest request_for(const PointOptions& options, const PointItem& item,
                         PictureReader& reader) {
  TraceRequest request;
  request.images.push_back(reader.read(item.image));
  request.text = item.question;
  request.max_new_tokens = options.max_new_tokens;
  request.weightings = all_weightings;
  request.smoothing = options.smoothing.settings;
  request.smoothing.item = key_of(item.id);
  request.noise_sigma = options.smoothing.noise;
  request.sites.clear();
  for (const std::string& name : options.sites) {
    const auto kind = site_kind(name);
    if (!kind) throw Error("no site is called \"" + name + "\"", "--cam-site", "see --help");
    request.sites.push_back(*kind);
  }
  return request;
}

void run(const PointOptions& options) {
  const std::vector<PointItem> items =
      read_point_items(options.data, options.images, BoxForm(options.boxes),
                       options.pictures.applies_exif(), options.limit);
  if (!options.output.empty()) prepare_folder(options.output);
  const std::unique_ptr<Model> model = open_model(options.model.load);
  check_questions(*model, items);

  // A signal ends the loop after the item at hand, so that what was measured is written.
  const StopAfterItem stop;
  ProgressBar progress("point");
  PointScores scores;
  PictureReader reader(options.pictures.applies_exif());
  Index empty_answers = 0;
  int done = 0;
  std::exception_ptr failure;
  for (const PointItem& item : items) {
    if (stop.signal() != 0) break;
    try {
      const Trace trace = model->trace(request_for(options, item, reader), [](int, int) {});
      if (trace.answer_ids.empty()) {
        ++empty_answers;
      } else {
        scores.add(item, trace);
      }
    } catch (...) {
      failure = std::current_exception();  // Once what was measured before is written.
      break;
    }
    progress(++done, static_cast<int>(items.size()));
  }

  const bool finished = stop.signal() == 0 && failure == nullptr;
  for (const std::string& note : reader.notes()) fmt::print(stderr, "note: {}\n", printable(note));
  const Rates rates = scores.rates();
  if (rates.empty() && finished) {
    throw Error("no item gave an answer", options.data, "check model and questions");
  }
  if (!rates.empty()) fmt::print("{}", summary(rates, model->info()));
  const std::optional<BoxScores> boxes = scores.boxes();
  if (boxes) fmt::print("{}", summary(*boxes));
  if (empty_answers > 0)
    fmt::print("{} items had an empty answer and are left out\n", empty_answers);
  if (!options.output.empty() && !rates.empty()) {
    // What is there of a part of the items must not pass for all of them.
    const std::string name = options.output + (finished ? "/point" : "/point_unfinished");
    write_file(name + ".csv", table(rates));
    write_file(name + ".json", as_json(rates, model->info()).dump(1));
    if (boxes) write_file(name + "_boxes.csv", table(*boxes));
    fmt::print("all layers: {0}.csv; for captions: analyze --hit-rates {0}.json\n", name);
  }
  if (failure != nullptr) std::rethrow_exception(failure);
  if (finished) return;
  const std::string line = fmt::format("infoflow: {} after {} of {} items\n",
                                       signal_name(stop.signal()), done, items.size());
  std::fputs(line.c_str(), stderr);
  throw Stopped{stop.signal()};
}

}  // namespace

void add_point_command(CLI::App& program) {
  const auto options = std::make_shared<PointOptions>();
  for (const auto name : site_kind_names) options->sites.emplace_back(name);
  options->smoothing.settings.samples = 8;
  CLI::App* command = program.add_subcommand(
      "point", "Pointing game: which map, at which site and layer, lies on the object asked for");
  options->model.add_to(*command);
  options->smoothing.add_to(*command);
  options->pictures.add_to(*command);
  command->add_option("--data", options->data, "Rows of JSON: image, question, boxes")->required();
  command->add_option("--images", options->images, "Folder that the pictures lie in")->required();
  command
      ->add_option("--boxes", options->boxes,
                   "How boxes are written: xyxy or xywh, and pixels, unit (0 to 1) or thousandths "
                   "(xyxy and pixels unless given)")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>(box_words.begin(), box_words.end())));
  command->add_option("--output", options->output, "Folder for point.csv and point.json");
  command->add_option("--cam-site", options->sites, "Sites to measure (all unless given)");
  command->add_option("--limit", options->limit, "Use only the first items; 0: all")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--max-new-tokens", options->max_new_tokens, "Longest answer to generate")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace infoflow::analyzers
