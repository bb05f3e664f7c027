// SPDX-License-Identifier: MIT
// infoflow point: what each map is worth, as hit rates against controls.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <infoflow/files/atomic_file.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/picture/picture_reader.hpp>
#include <infoflow/pointing/pointing_scores.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/printable.hpp>

#include "model.hpp"
#include "options.hpp"
#include "point_data.hpp"
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

using Scores = std::vector<MapScore>;

std::string spell(const MapScore& score) {
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", score.rate, score.interval.low,
                     score.interval.high);
}

std::string layer_of(const MapSource& map) {
  const bool layered = map.source == "attention" || !map.weighting.empty();
  return layered ? std::to_string(map.layer) : "";
}

/// Each source and weighting of a family at the layer where it points best, among those that show
/// anything; the best first.
Scores best_layers(const Scores& scores, const std::string& family) {
  std::map<std::pair<std::string, std::string>, MapScore> best;
  for (const MapScore& score : scores) {
    if (score.source.family != family || score.empty != HeatStatus::flowing) continue;
    const auto [found, is_first] =
        best.emplace(std::pair{score.source.source, score.source.weighting}, score);
    if (!is_first && score.rate > found->second.rate) found->second = score;
  }
  Scores rows;
  for (const auto& [map, score] : best) rows.push_back(score);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const MapScore& a, const MapScore& b) { return a.rate > b.rate; });
  return rows;
}

/// The maps of a family that are empty in every item, and why: they are not ranked.
std::string empty_maps(const Scores& scores, const std::string& family) {
  std::string text;
  for (const MapScore& score : scores) {
    const MapSource& map = score.source;
    if (map.family != family || score.empty == HeatStatus::flowing) continue;
    text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", map.source, map.weighting,
                        is_vision(*site_kind(map.source)) ? "" : std::to_string(map.layer),
                        to_string(score.empty));
  }
  return text.empty() ? "" : "not ranked, empty in every item:\n" + text;
}

/// Per family: which site is best (Fig. 7's question), each at its best layer, and the controls.
std::string summary(const Scores& scores, const ModelInfo& model) {
  std::map<std::string, Index> items;
  for (const MapScore& score : scores) {
    if (score.source.source == "chance") items[score.source.family] = score.n;
  }
  std::string text;
  for (const auto& [family, n] : items) {
    text += fmt::format("{}, {}, n = {}: hit rate at the best layer, 95 % interval\n", model.name,
                        family.empty() ? "all items" : family, n);
    text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", "map", "weighting", "layer", "hit rate");
    for (const MapScore& row : best_layers(scores, family)) {
      const std::string rate =
          row.source.source == "chance" ? fmt::format("{:.2f}", row.rate) : spell(row);
      text += fmt::format("  {:<22}{:<12}{:>5}   {}\n", row.source.source, row.source.weighting,
                          layer_of(row.source), rate);
    }
    text += empty_maps(scores, family) + "\n";
  }
  text +=
      "The best of several layers is chosen on these items, so it is optimistic; the table by "
      "layer is not.\n";
  return text;
}

/// What the answers' boxes say, and which map lies on them best.
std::string summary(const BoxScores& boxes, const Scores& scores) {
  std::string text =
      fmt::format("boxes in {} of {} answers; intersection over union {:.2f}, mean of all\n",
                  boxes.with_box, boxes.answers, boxes.iou);
  const auto best =
      std::max_element(scores.begin(), scores.end(), [](const MapScore& a, const MapScore& b) {
        return a.inside.value_or(-1) < b.inside.value_or(-1);
      });
  if (best == scores.end() || !best->inside) return text;
  const MapSource& map = best->source;
  return text + fmt::format("most heat in them: {}{}{} {}, layer {}, {:.2f}\n", map.family,
                            map.family.empty() ? "" : ", ", map.source, map.weighting, map.layer,
                            *best->inside);
}

std::string box_table(const Scores& scores) {
  std::string csv = "family,map,weighting,layer,heat_inside\n";
  for (const MapScore& score : scores) {
    if (!score.inside) continue;
    csv += fmt::format("{},{},{},{},{:.6f}\n", csv_field(score.source.family), score.source.source,
                       score.source.weighting, score.source.layer, *score.inside);
  }
  return csv;
}

/// Why no map of a source shows anything; "" if some do.
std::string_view reason_of_none(const MapScore& score) {
  return score.empty == HeatStatus::flowing ? "" : to_string(score.empty);
}

std::string table(const Scores& scores) {
  std::string csv = "family,map,weighting,layer,hit_rate,low,high,n,empty\n";
  for (const MapScore& score : scores) {
    csv += fmt::format("{},{},{},{},{:.6f},{:.6f},{:.6f},{},{}\n", csv_field(score.source.family),
                       score.source.source, score.source.weighting, score.source.layer, score.rate,
                       score.interval.low, score.interval.high, score.n, reason_of_none(score));
  }
  return csv;
}

nlohmann::json as_json(const Scores& scores, const ModelInfo& model) {
  nlohmann::json rows = nlohmann::json::array();
  for (const MapScore& score : scores) {
    rows.push_back({{"family", score.source.family},
                    {"map", score.source.source},
                    {"weighting", score.source.weighting},
                    {"layer", score.source.layer},
                    {"hit_rate", score.rate},
                    {"low", score.interval.low},
                    {"high", score.interval.high},
                    {"n", score.n},
                    {"empty", reason_of_none(score)}});
  }
  return {{"model", model.name}, {"rates", rows}};
}

/// Before the run, so that a question which cannot be put does not end it in its middle.
void check_questions(const Model& model, const std::vector<PointingItem>& items) {
  for (const PointingItem& item : items) {
    TraceRequest request;
    request.text = item.question;
    try {
      model.check(request);
    } catch (const Error& error) {
      throw Error(error.problem(), "item " + item.id + ", " + error.where(), error.fix());
    }
  }
}

TraceRequest request_for(const PointOptions& options, const PointingItem& item,
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
  const std::vector<PointingItem> items =
      read_point_items(options.data, options.images, BoxForm(options.boxes),
                       options.pictures.applies_exif(), options.limit);
  if (!options.output.empty()) prepare_folder(options.output);
  const std::unique_ptr<Model> model = open_model(options.model.load);
  check_questions(*model, items);

  // A signal ends the loop after the item at hand, so that what was measured is written.
  const StopAfterItem stop;
  ProgressBar progress("point");
  PointingScores pointing;
  PictureReader reader(options.pictures.applies_exif());
  Index empty_answers = 0;
  int done = 0;
  std::exception_ptr failure;
  for (const PointingItem& item : items) {
    if (stop.signal() != 0) break;
    try {
      const Trace trace = model->trace(request_for(options, item, reader), [](int, int) {});
      if (trace.answer_ids.empty()) {
        ++empty_answers;
      } else {
        pointing.add(item, trace);
      }
    } catch (...) {
      failure = std::current_exception();  // Once what was measured before is written.
      break;
    }
    progress(++done, static_cast<int>(items.size()));
  }

  const bool finished = stop.signal() == 0 && failure == nullptr;
  for (const std::string& note : reader.notes()) fmt::print(stderr, "note: {}\n", printable(note));
  const Scores scores = pointing.scores();
  if (scores.empty() && finished) {
    throw Error("no item gave an answer", options.data, "check model and questions");
  }
  if (!scores.empty()) fmt::print("{}", summary(scores, model->info()));
  const std::optional<BoxScores> boxes = pointing.boxes();
  if (boxes) fmt::print("{}", summary(*boxes, scores));
  if (empty_answers > 0)
    fmt::print("{} items had an empty answer and are left out\n", empty_answers);
  if (!options.output.empty() && !scores.empty()) {
    // What is there of a part of the items must not pass for all of them.
    const std::string name = options.output + (finished ? "/point" : "/point_unfinished");
    write_file(name + ".csv", table(scores));
    write_file(name + ".json", as_json(scores, model->info()).dump(1));
    if (boxes) write_file(name + "_boxes.csv", box_table(scores));
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
