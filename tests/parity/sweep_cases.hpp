// SPDX-License-Identifier: MIT
/// \file What every family's sweep is held to its plain way with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <infoflow/truncation/policies.hpp>

#include "../laws/sweep.laws.hpp"

namespace infoflow::tests {

/// A prompt with its pictures encoded and an answer to be scored.
template <class Adapter>
[[nodiscard]] laws::SweepCase<Adapter> sweep_case(const Adapter& model, const std::string& text,
                                                  const std::vector<RgbImage>& images) {
  Prompt prompt = model.prepare(images, text);
  auto tokens = model.encode(prompt.pixels);
  return {text, std::move(prompt), std::move(tokens), model.encode_answer("a b")};
}

/// All and all but three image tokens dropped at every layer, and two cuts one after the other.
[[nodiscard]] inline std::vector<Truncation> sweep_truncations(int layers, PositionRule rule,
                                                               ScoreSource source) {
  std::vector<Truncation> all;
  for (int layer = 0; layer <= layers; ++layer) {
    for (const AnyPolicy& policy : {AnyPolicy(DropAll{}), AnyPolicy(TopK{3})}) {
      all.push_back({.schedule = {{{layer, policy}}}, .positions = rule, .scores = source});
    }
  }
  all.push_back({.schedule = {{{0, TopK{5}}, {1, TopK{2}}}}, .positions = rule, .scores = source});
  return all;
}

}  // namespace infoflow::tests
