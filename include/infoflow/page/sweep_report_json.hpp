// SPDX-License-Identifier: MIT
/// \file The items that a sweep's page carries, as many as it has room for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/figure/sweep_plot.hpp>
#include <infoflow/page/sweep_flips.hpp>
#include <infoflow/page/sweep_report.hpp>
#include <infoflow/picture/embedded_picture.hpp>
#include <infoflow/text/script_json.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// Bytes that items and their pictures may take in a page.
struct SweepReportBudget {
  std::size_t items = 1'400'000;
  std::size_t pictures = 2'600'000;
};

namespace detail {

inline constexpr int thumbnail_side = 176;
inline constexpr std::size_t longest_answer = 400;  // Characters; captions are below 300.

/// The pictures of a page, each once.
class Thumbnails {
 public:
  Thumbnails(const SweepReport& report, std::size_t budget)
      : read_(report.picture), room_(budget) {}

  /// The picture's place in `urls`, or why it has none.
  [[nodiscard]] nlohmann::json place(const std::string& image) {
    if (image.empty()) return "no picture";
    if (!read_) return "pictures are not in this page";
    const auto known = places_.find(image);
    if (known != places_.end()) return known->second;
    return places_[image] = add(image);
  }

  [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }

 private:
  [[nodiscard]] nlohmann::json add(const std::string& image) {
    constexpr std::string_view full = "picture left out: the page is full";
    if (room_ == 0) return full;
    try {
      std::string url = jpeg_data_url(read_(image), thumbnail_side);
      if (url.size() > room_) {
        room_ = 0;
        return full;
      }
      room_ -= url.size();
      urls_.push_back(std::move(url));
      return urls_.size() - 1;
    } catch (const Error& error) {
      return "the picture cannot be read";
    }
  }

  std::function<RgbImage(const std::string&)> read_;
  std::size_t room_;
  std::map<std::string, nlohmann::json> places_;
  std::vector<std::string> urls_;
};

/// One item: what was asked, and for each cut that changed its value what was answered there.
[[nodiscard]] inline nlohmann::json item_json(const SweepReportTask& task, const ItemOutcome& item,
                                              const BenchmarkItem* question) {
  const SweepView& sweep = task.sweep;
  const auto said = [&](const RunOutcome& run) {
    return nlohmann::json{shortened(run.answer, longest_answer), task.metric.value(run.statistics)};
  };
  const RunOutcome& untouched = *item.run(sweep.policy, sweep.layers);
  nlohmann::json cuts = nlohmann::json::object();
  for (const RunOutcome& run : item.runs) {
    const bool main = run.policy == sweep.policy && run.cut_layer < sweep.layers;
    if (main && task.metric.value(run.statistics) != task.metric.value(untouched.statistics)) {
      cuts[std::to_string(run.cut_layer)] = said(run);
    }
  }
  const auto text = [&](std::string BenchmarkItem::* field) {
    return question == nullptr ? std::string() : shortened(question->*field, longest_answer);
  };
  return {{"id", shortened(item.id, 120)},
          {"group", shortened(item.group, 120)},
          {"question", text(&BenchmarkItem::question)},
          {"reference", text(&BenchmarkItem::reference)},
          {"untouched", said(untouched)},
          {"cuts", cuts}};
}

/// The order in which items get room: each cut's first, then each cut's second, …, worse and better
/// by turns, so that every cut has some.
[[nodiscard]] inline std::vector<std::size_t> order_of_items(const std::vector<CutFlips>& flips,
                                                             std::size_t items) {
  std::vector<std::size_t> order;
  std::vector<bool> taken(items, false);
  const auto take = [&](const std::vector<std::size_t>& list, std::size_t rank) {
    if (rank >= list.size() || taken[list[rank]]) return;
    taken[list[rank]] = true;
    order.push_back(list[rank]);
  };
  for (std::size_t rank = 0; rank < items; ++rank) {
    for (const CutFlips& at : flips) take(at.worse, rank), take(at.better, rank);
  }
  return order;
}

/// \param room  bytes for this task's items
[[nodiscard]] inline nlohmann::json task_json(const SweepReportTask& task, Thumbnails& thumbnails,
                                              std::size_t room) {
  std::map<std::string_view, const BenchmarkItem*> questions;
  for (const BenchmarkItem& q : task.questions) questions.emplace(q.id, &q);
  const std::vector<CutFlips> flips = flips_of(task.sweep, task.items, task.metric);
  std::map<std::size_t, std::size_t> shown;
  nlohmann::json items = nlohmann::json::array();
  for (const std::size_t i : order_of_items(flips, task.items.size())) {
    const ItemOutcome& item = task.items[i];
    const auto question = questions.find(item.id);
    nlohmann::json json =
        item_json(task, item, question == questions.end() ? nullptr : question->second);
    // Each cut lists the item's place, and the picture's place or a few words are to come.
    const std::size_t bytes = script_json(json).size() + 7 * json["cuts"].size() + 60;
    if (bytes > room) break;
    room -= bytes;
    json["picture"] = thumbnails.place(item.image);
    shown[i] = items.size();
    items.push_back(std::move(json));
  }
  nlohmann::json cuts = nlohmann::json::array();
  for (const CutFlips& at : flips) {
    const auto those_shown = [&](const std::vector<std::size_t>& list) {
      nlohmann::json places = nlohmann::json::array();
      for (const std::size_t i : list) {
        if (shown.count(i) > 0) places.push_back(shown[i]);
      }
      return nlohmann::json{{"count", list.size()}, {"items", places}};
    };
    cuts.push_back(
        {{"cut", at.cut}, {"worse", those_shown(at.worse)}, {"better", those_shown(at.better)}});
  }
  const std::optional<int> cliff = task.sweep.cliff.layer;
  return {{"layers", task.sweep.layers},
          {"n", task.items.size()},
          {"binary", task.metric.per_item_binary},
          {"metric", task.metric.name},
          {"begin", cliff ? std::max(*cliff - 1, 0) : task.sweep.layers / 2},
          {"cuts", cuts},
          {"items", items}};
}

/// A curve's points as rows under a head, for whoever saves them.
[[nodiscard]] inline nlohmann::json points_json(const SweepView& sweep) {
  nlohmann::json rows = nlohmann::json::array();
  for (const CurvePoint& p : sweep.points) {
    nlohmann::json head{"policy", "cut", "n", p.values[0].name, "low", "high", "agreement"};
    nlohmann::json row{p.policy,       p.cut_layer,     p.n,        p.values[0].value,
                       p.interval.low, p.interval.high, p.agreement};
    for (const MeasuredNumber& number : measured_numbers) {
      if (number.title.empty()) continue;
      head.push_back(number.name);
      row.push_back(p.*number.member);
    }
    if (rows.empty()) rows.push_back(std::move(head));
    rows.push_back(std::move(row));
  }
  return rows;
}

[[nodiscard]] inline nlohmann::json instruments_json(const std::vector<Instrument>& instruments) {
  nlohmann::json rows = nlohmann::json::array();
  rows.push_back({"instrument", "layer", "mean", "limit"});
  for (const Instrument& one : instruments) {
    for (std::size_t i = 0; i < one.layers.size(); ++i) {
      rows.push_back({one.name, one.layers[i], one.mean[i], one.limit});
    }
  }
  return rows;
}

}  // namespace detail

/// What each task's figures show, as tables.
[[nodiscard]] inline nlohmann::json sweep_numbers_json(const SweepReport& report) {
  nlohmann::json numbers = nlohmann::json::array();
  for (const SweepReportTask& task : report.tasks) {
    numbers.push_back({{"curve", detail::points_json(task.sweep)},
                       {"instruments", detail::instruments_json(task.instruments)}});
  }
  return numbers;
}

/// Everything that the page's script shows. Texts stand here as they came; `script_json` escapes.
[[nodiscard]] inline nlohmann::json sweep_report_json(const SweepReport& report,
                                                      const SweepReportBudget& budget = {}) {
  detail::Thumbnails thumbnails(report, budget.pictures);
  nlohmann::json tasks = nlohmann::json::array();
  for (const SweepReportTask& task : report.tasks) {
    tasks.push_back(detail::task_json(task, thumbnails, budget.items / report.tasks.size()));
  }
  return {{"tasks", tasks},
          {"pictures", thumbnails.urls()},
          {"numbers", sweep_numbers_json(report)},
          {"plot",
           {{"width", figure_width},
            {"left", plot_left},
            {"right", plot_right},
            {"bottom", plot_bottom}}}};
}

}  // namespace infoflow
