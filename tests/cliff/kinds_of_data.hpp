// SPDX-License-Identifier: MIT
/// \file Data sets of many kinds in which the last cut loses exactly the margin: what a finder must
/// not pass more often than its level says.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/core/random.hpp>

#include "cliff_simulation.hpp"

namespace infoflow::simulation {

enum class Sizes {
  equal,
  root,
  zipf,
  dominant
};  ///< Items of picture k: 1, 1/√k, 1/k; one has 40 %.
enum class Measure { accuracy, f1_rare, f1_even, soft, chair_i };  ///< F1 with 5 % and 50 % yes.

/// 2·TP / (2·TP + FP + FN) of true yes, false yes, true no, false no.
inline MetricSummary f1() {
  return {
      "f1",
      Direction::higher_is_better,
      false,
      {"true_yes", "false_yes", "true_no", "false_no"},
      [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("f1", 2 * s[0], 2 * s[0] + s[1] + s[3])};
      }};
}

inline MetricSummary chair_i() {
  return {"chair_i",
          Direction::lower_is_better,
          false,
          {"hallucinated", "mentions"},
          [](std::span<const double> s) {
            return std::vector<NamedValue>{NamedValue::ratio("chair_i", s[0], s[1])};
          }};
}

inline MetricSummary soft_score() {
  MetricSummary metric = accuracy();
  metric.per_item_binary = false;
  return metric;
}

struct KindOfData {
  Measure measure = Measure::accuracy;
  int pictures = 100;
  int items = 100;  ///< All together.
  Sizes sizes = Sizes::equal;
  double margin = 0.01;
  double noise = 0;    ///< Share of the answers that flip to and fro, half of them to the better.
  double fragile = 1;  ///< Share of the pictures that hold all flips; 0: whole pictures flip.

  [[nodiscard]] MetricSummary metric() const {
    switch (measure) {
      case Measure::accuracy: return accuracy();
      case Measure::soft: return soft_score();
      case Measure::chair_i: return chair_i();
      default: return f1();
    }
  }

  /// One data set of a model with two layers: with the cut at 1 the metric loses the margin, with the
  /// one at 0 and without the image almost everything.
  [[nodiscard]] std::vector<ItemOutcome> draw(std::uint32_t seed) const {
    const std::vector<int> sizes_of = picture_sizes();
    const double worse = rate_of_losses();
    std::vector<ItemOutcome> drawn;
    for (std::size_t p = 0; p < sizes_of.size(); ++p) {
      const RandomStream random(7, p, seed);
      const double frailty = random.uniform(0);
      const double both = worse + noise;
      const double share = fragile == 0 ? both : std::max(fragile, both);
      std::uint64_t at = 1;
      for (int i = 0; i < sizes_of[p]; ++i) {
        const double which = random.uniform(1);  // Whole pictures share it.
        const double own = random.uniform(at + 1);
        const double u = fragile == 0 ? which : own;
        const double inside = both > 0 ? share / both * u : 1;  // Below 1: the answer flips.
        const bool flips = frailty < share && inside < 1;
        const double kind = flips ? inside * both : 1;
        const double answer = random.uniform(at + 2);
        const double label = random.uniform(at + 3);
        at += 3;
        drawn.push_back(item(std::to_string(p), std::to_string(drawn.size()), answer, label,
                             kind < worse + noise / 2 ? -1
                             : kind < worse + noise   ? 1
                                                      : 0));
      }
    }
    return drawn;
  }

 private:
  /// Share of answers that must get worse, beyond those that flip to and fro.
  [[nodiscard]] double rate_of_losses() const {
    switch (measure) {
      case Measure::accuracy: return margin;
      case Measure::soft: return margin / 0.5;     // Of two sizes or none, 0.5 in the mean.
      case Measure::chair_i: return margin / 0.9;  // All mentions of a caption, 9 of 10 were right.
      default: break;
    }
    // Of the yes questions a share w turns from right to wrong: F1 = 2t(1 − w) / (t(2 − w) + e).
    const double yes = measure == Measure::f1_rare ? 0.05 : 0.5;
    const double t = yes * right;
    const double e = 1 - right;
    double low = 0, high = 1;
    for (int halving = 0; halving < 50; ++halving) {
      const double w = (low + high) / 2;
      const double loss = 2 * t / (2 * t + e) - 2 * t * (1 - w) / (t * (2 - w) + e);
      (loss < margin ? low : high) = w;
    }
    return low;  // Of the yes questions: others ignore it.
  }

  [[nodiscard]] std::vector<int> picture_sizes() const {
    std::vector<double> weight;
    for (int k = 1; k <= pictures; ++k) {
      weight.push_back(sizes == Sizes::root       ? 1 / std::sqrt(k)
                       : sizes == Sizes::zipf     ? 1.0 / k
                       : sizes == Sizes::dominant ? (k == 1 ? 0.4 : 0.6 / (pictures - 1))
                                                  : 1);
    }
    double all = 0;
    for (const double w : weight) all += w;
    std::vector<int> counts;
    for (const double w : weight) {
      counts.push_back(std::max(1, static_cast<int>(std::lround(w / all * items))));
    }
    return counts;
  }

  /// \param flip  −1 worse, 1 better, as far as the answer can
  [[nodiscard]] ItemOutcome item(std::string picture, std::string id, double answer, double label,
                                 int flip) const {
    ItemOutcome one;
    one.image = std::move(picture);
    one.id = std::move(id);
    const auto run = [&](const char* policy, int layer, Statistics statistics) {
      RunOutcome outcome;
      outcome.policy = policy;
      outcome.cut_layer = layer;
      outcome.statistics = std::move(statistics);
      one.runs.push_back(std::move(outcome));
    };
    Statistics untouched, cut, blind;
    switch (measure) {
      case Measure::accuracy: {
        // Answers that get worse are right, those that get better wrong: no other share is bound.
        const double was = flip < 0 ? 1 : flip > 0 ? 0 : answer < 0.8 ? 1 : 0;
        untouched = {was, 1}, cut = {was - (flip < 0 ? 1 : 0) + (flip > 0 ? 1 : 0), 1};
        blind = {answer < 0.2 ? was : 0, 1};
        break;
      }
      case Measure::soft: {
        const double change = flip == 0 ? 0 : label < 0.5 ? 1 : label < 0.75 ? 0.3 : -0.3;
        const double scaled =
            std::max(0.0, change) / 1.15;  // Mean (0.5 · 1 + 0.25 · 0.3) / 1.15 = 0.5.
        const double was = flip < 0 ? 0.9 : flip > 0 ? 0.05 : answer < 0.7 ? 0.9 : 0.3;
        untouched = {was, 1}, cut = {was + flip * scaled, 1}, blind = {0.05 * answer, 1};
        break;
      }
      case Measure::chair_i: {
        const double mentions = 1 + std::floor(5 * label);
        const double wrong = answer < 0.1 ? mentions : 0;
        untouched = {wrong, mentions}, blind = {mentions, mentions};
        cut = {flip < 0 ? mentions : flip > 0 ? 0 : wrong, mentions};
        break;
      }
      default: {
        const bool yes = label < (measure == Measure::f1_rare ? 0.05 : 0.5);
        const bool is_right = answer < right;
        const auto counted = [&](bool good) {
          return yes ? Statistics{good ? 1.0 : 0, 0, 0, good ? 0.0 : 1}
                     : Statistics{0, good ? 0.0 : 1, good ? 1.0 : 0, 0};
        };
        untouched = counted(is_right), blind = counted(answer < 0.1);
        cut = counted(is_right && !(yes && flip < 0));
        break;
      }
    }
    run("drop-all", 0, blind);
    run("drop-all", 1, cut);
    run("drop-all", 2, untouched);
    run("no-image", 2, blind);
    return one;
  }

  static constexpr double right = 0.99;
};

/// Shares of the repetitions in which a claim is made that is not so.
struct Errors {
  double too_low = 0;   ///< The cut that loses the margin is said to lose less.
  double too_high = 0;  ///< It is said to lose more.
  double refused = 0;   ///< Too few pictures.
};

/// \param find  from items to a Cliff
template <class Find>
[[nodiscard]] Errors errors_of(const KindOfData& kind, int repetitions, Find find) {
  Errors errors;
  for (int r = 0; r < repetitions; ++r) {
    const auto cliff = find(kind.draw(static_cast<std::uint32_t>(r)));
    errors.too_low += cliff.cuts.back().passed ? 1.0 / repetitions : 0;
    errors.too_high += cliff.cuts.back().lossy ? 1.0 / repetitions : 0;
    errors.refused += cliff.effective_images < cliff.images_needed ? 1.0 / repetitions : 0;
  }
  return errors;
}

}  // namespace infoflow::simulation
