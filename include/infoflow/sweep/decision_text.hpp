// SPDX-License-Identifier: MIT
/// \file A decision in words, and what its cut saves.
#pragma once

#include <cmath>
#include <string>

#include <infoflow/cliff/cliff_text.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/sweep/decide.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// Relative savings of the cut against the untouched model: −0.41 is 41 % less. NaN where the decoder's
/// sizes are not known.
struct Savings {
  double prefill_flops = 0;
  double kv_cache = 0;
};

[[nodiscard]] inline Savings savings_at(const Decision& decision, int cut_layer) {
  const CurvePoint* cut = point_of(decision.all, decision.all.policy, cut_layer);
  const CurvePoint* whole = untouched(decision.all);
  if (cut == nullptr || whole == nullptr) return {};
  return {cut->prefill_flops / whole->prefill_flops - 1, cut->kv_bytes / whole->kv_bytes - 1};
}

/// The decision in one sentence: what to cut from which layer on, what it costs and saves; or why
/// there is nothing to decide.
[[nodiscard]] inline std::string decision_text(const Decision& decision) {
  const Cliff& cliff = decision.cliff;
  if (cliff.status != CliffStatus::found) return describe(cliff);
  const RunComparison& cut = *cliff.at(*cliff.cliff_layer);
  const Savings saved = savings_at(decision, *cliff.cliff_layer);
  const auto less = [](double part) { return "−" + fixed(-100 * part, 0) + " %"; };
  const std::string what = decision.all.policy == "drop-all"
                               ? "drop all image tokens"
                               : "apply " + decision.all.policy + " to the image tokens";
  const std::string costs =
      std::isnan(saved.prefill_flops)
          ? "costs not known"
          : "prefill FLOPs " + less(saved.prefill_flops) + ", KV cache " + less(saved.kv_cache);
  std::string speed = "latency not measured";
  if (decision.latency && decision.latency->cut > 0) {
    speed =
        "measured latency " + fixed(decision.latency->untouched / decision.latency->cut, 2) + "×";
  }
  const std::string main = decision.metric.name + " " + fixed(100 * main_value(cut.point), 1) +
                           " " + interval_text(cut.point.interval) + " against " +
                           fixed(100 * main_value(cliff.untouched), 1);
  // Captions that make up less may just say less: recall and length belong to the decision.
  const bool captions = cut.gains.size() > 1;
  return what + " from layer " + std::to_string(*cliff.cliff_layer) + ": " + decision.all.task +
         " " + (captions ? compared_text(cut, cliff.untouched) : main) + "; " + costs + ", " +
         speed + "; margin " + points_text(cliff.margin) + ", n = " + grouped(cliff.n);
}

}  // namespace infoflow
