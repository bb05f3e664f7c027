// SPDX-License-Identifier: MIT
/// \file What every family's sweep is held to its plain way with.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/cut/policies.hpp>

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

/// Prompts with shared beginnings and none, of one picture and two.
/// \param before, after  what a turn begins and ends with
/// \param third  begins the one prompt that has nothing before its picture
template <class Adapter>
[[nodiscard]] std::vector<laws::SweepCase<Adapter>> sweep_cases(
    const Adapter& model, const std::string& before, const std::string& after, const RgbImage& one,
    const RgbImage& other, const RgbImage& third) {
  return {sweep_case(model, before + "<image>\nWhat is it?" + after, {one}),
          sweep_case(model, before + "<image>\nWhat else?" + after, {one}),
          sweep_case(model, before + "<image>\nWhat else?" + after, {other}),
          sweep_case(model, "<image>\nfirst" + after, {third}),
          sweep_case(model, "a <image> b <image> c:", {one, other}),
          sweep_case(model, "a <image> b <image> d:", {one, one})};
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

/// What is wrong with the fast sweep of a model in float64, with either rule of positions and all
/// sources of scores; empty if nothing is. In float32 a choice could hang on rounding.
template <class Adapter>
[[nodiscard]] std::string fault_of_sweep(const Adapter& model,
                                         const std::vector<laws::SweepCase<Adapter>>& items) {
  for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
    for (const auto source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
      const auto how = sweep_truncations(model.layer_count(), rule, source);
      std::string fault =
          laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-5);
      if (!fault.empty()) return fault;
    }
  }
  return {};
}

}  // namespace infoflow::tests
