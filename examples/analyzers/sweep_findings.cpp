// SPDX-License-Identifier: MIT
#include "sweep_findings.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include <infoflow/io/text_alone_figure.hpp>
#include <infoflow/truncation/cliff_finder.hpp>
#include <infoflow/truncation/curve.hpp>
#include <infoflow/truncation/held_out.hpp>

namespace infoflow::analyzers {

namespace {

/// Every policy that the items were run with.
std::vector<std::string> policies_of(const std::vector<ItemOutcome>& items) {
  std::vector<std::string> policies;
  for (const ItemOutcome& item : items) {
    for (const RunOutcome& run : item.runs) {
      if (std::find(policies.begin(), policies.end(), run.policy) == policies.end()) {
        policies.push_back(run.policy);
      }
    }
  }
  return policies;
}

SweepView view_of(const SweepFindings& findings, const std::vector<ItemOutcome>& items,
                  const std::string& policy, const Cliff& cliff) {
  SweepView view;
  view.model = findings.model;
  view.task = findings.title;
  view.direction = findings.metric.direction;
  view.layers = cliff.layers;
  view.images = cliff.images;
  view.policy = policy;
  for (const std::string& name : policies_of(items)) {
    for (CurvePoint& point : curve(items, findings.metric, name)) {
      view.points.push_back(std::move(point));
    }
  }
  view.cliff = marks_of(cliff);
  return view;
}

}  // namespace

std::string data_title(const SweepData& data, const std::string& rule) {
  static const std::map<std::string, std::string> titles{
      {"pope", "POPE"}, {"scienceqa", "ScienceQA"}, {"textvqa", "TextVQA"}, {"chair", "CHAIR"}};
  const auto found = titles.find(data.task);
  if (found == titles.end()) return std::filesystem::path(data.files.front()).stem().string();
  const bool usual = rule == "official" || rule == "llava" || rule == "m4c" || rule == "pattern";
  return usual ? found->second : found->second + " (" + rule + ")";
}

SweepFindings findings_of(const std::vector<ItemOutcome>& items, const Benchmark& benchmark,
                          const std::string& title, const std::string& model,
                          const std::string& policy, double margin) {
  SweepFindings findings;
  findings.model = model;
  findings.title = title;
  findings.task = benchmark.task;
  findings.rule = benchmark.rule;
  findings.metric = benchmark.metric;

  CliffSettings settings;
  settings.test.margin = margin;
  const CliffFinder find(settings);
  findings.cliff = find(items, findings.metric, policy);
  findings.all = view_of(findings, items, policy, findings.cliff);
  findings.instruments = instruments(items, findings.metric, policy);
  findings.pairs = instrument_pairs(items, findings.instruments);
  findings.held_out =
      table1_row(model, findings.title, held_out(find, items, findings.metric, policy));

  if (findings.metric.direction == Direction::higher_is_better) {
    std::vector<ItemOutcome> needy;
    for (const ItemOutcome& item : items) {
      if (item.image.empty()) continue;
      if (!right_without_image(item, findings.metric, findings.cliff.layers)) needy.push_back(item);
    }
    if (!needy.empty() && static_cast<Index>(needy.size()) < findings.cliff.n) {
      findings.needy = view_of(findings, needy, policy, find(needy, findings.metric, policy));
    }
  }
  return findings;
}

Savings savings_at(const SweepFindings& findings, int cut_layer) {
  const CurvePoint* cut = point_of(findings.all, findings.all.policy, cut_layer);
  const CurvePoint* whole = untouched(findings.all);
  if (cut == nullptr || whole == nullptr) return {};
  return {cut->prefill_flops / whole->prefill_flops - 1, cut->kv_bytes / whole->kv_bytes - 1};
}

std::string decision_text(const SweepFindings& findings) {
  const Cliff& cliff = findings.cliff;
  if (cliff.status != CliffStatus::found) return describe(cliff);
  const RunComparison& cut = *cliff.at(*cliff.cliff_layer);
  const Savings saved = savings_at(findings, *cliff.cliff_layer);
  const auto less = [](double part) { return fmt::format("−{:.0f} %", -100 * part); };
  const std::string what = findings.all.policy == "drop-all"
                               ? "drop all image tokens"
                               : "apply " + findings.all.policy + " to the image tokens";
  std::string speed = "latency not measured";
  if (findings.latency && findings.latency->cut > 0) {
    speed = fmt::format("measured latency {:.2f}×",
                        findings.latency->untouched / findings.latency->cut);
  }
  const Interval& interval = cut.point.interval;
  const std::string main =
      fmt::format("{} {:.1f} [{:.1f}, {:.1f}] against {:.1f}", findings.metric.name,
                  100 * main_value(cut.point), 100 * interval.low, 100 * interval.high,
                  100 * main_value(cliff.untouched));
  // Captions that make up less may just say less: recall and length belong to the decision.
  const bool captions = cut.gains.size() > 1;
  return fmt::format(
      "{} from layer {}: {} {}; prefill FLOPs {}, KV cache {}, {}; margin {}, n = {}", what,
      *cliff.cliff_layer, findings.all.task,
      captions ? cliff_detail::against(cut, cliff.untouched) : main, less(saved.prefill_flops),
      less(saved.kv_cache), speed, points_text(cliff.margin), grouped(cliff.n));
}

}  // namespace infoflow::analyzers
