// SPDX-License-Identifier: MIT
/// \file Laws of the sweep: the fast way gives what one run per truncation gives.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <infoflow/run/plain.hpp>
#include <infoflow/run/truncation_sweep.hpp>

#include "law.hpp"

namespace infoflow::laws {

/// A prompt of a sweep, with the right answer's tokens.
template <class Adapter>
struct SweepCase {
  std::string name;
  Prompt prompt;
  ImageTokensOf<Adapter> tokens;
  std::vector<TokenId> reference;
};

[[nodiscard]] inline Violation same_run(const ComparedAnswer& a, const ComparedAnswer& b,
                                        double tolerance) {
  if (a.answer.ids != b.answer.ids || a.answer.stopped != b.answer.stopped) return "another answer";
  if (a.agrees != b.agrees) return "another agreement";
  if (a.prompt_rows != b.prompt_rows || a.image_tokens != b.image_tokens) return "other rows";
  const auto near = [&](double x, double y) {
    return std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y));
  };
  if (!near(a.kl, b.kl) || !near(a.kl_first, b.kl_first)) return "another divergence";
  if (std::isnan(a.reference_probability) != std::isnan(b.reference_probability) ||
      (!std::isnan(a.reference_probability) &&
       !near(a.reference_probability, b.reference_probability))) {
    return "another probability of the reference";
  }
  return "";
}

/// Sweeps the cases in order by the fast way of `fast`, and each by the plain way of `right`.
/// \param tolerance  of divergences and probabilities, which logits in float32 limit
template <class Fast, class Right>
[[nodiscard]] Violation check_fast_is_plain(const Fast& fast, const Right& right,
                                            std::span<const SweepCase<Right>> cases,
                                            std::span<const Truncation> truncations,
                                            double tolerance) {
  const PlainAdapter<Right> opaque(right);
  TruncationSweep<Fast> together(fast, 6);
  TruncationSweep<PlainAdapter<Right>> apart(opaque, 6);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& c = cases[i];
    const auto& other = cases[(i + 1) % cases.size()];
    const std::vector<OtherPrompt<Fast>> fast_others{{other.prompt, other.tokens}};
    const std::vector<OtherPrompt<PlainAdapter<Right>>> others{{other.prompt, other.tokens}};
    const SweptItem a = together(c.prompt, c.tokens, truncations, fast_others, c.reference);
    const SweptItem b = apart(c.prompt, c.tokens, truncations, others, c.reference);
    if (a.untouched.ids != b.untouched.ids) return c.name + ": another untouched answer";
    for (std::size_t r = 0; r < truncations.size(); ++r) {
      if (const auto v = same_run(a.runs[r], b.runs[r], tolerance); !v.empty()) {
        return c.name + ", run " + std::to_string(r) + ": " + v;
      }
    }
    if (const auto v = same_run(a.others.front(), b.others.front(), tolerance); !v.empty()) {
      return c.name + ", other prompt: " + v;
    }
  }
  return "";
}

}  // namespace infoflow::laws
