// SPDX-License-Identifier: MIT
/// \file Prompts of the toy decoder on which the laws of adapters are tried.
#pragma once

#include <string>
#include <vector>

#include "../../examples/toy/planted_reader.hpp"
#include "../../examples/toy/toy_decoder.hpp"
#include "generators.hpp"

namespace infoflow::laws {

/// A prompt with its image tokens and an answer to force.
template <class Adapter>
struct AdapterCase {
  std::string name;
  Prompt prompt;
  ImageTokensOf<Adapter> tokens;
  std::vector<TokenId> answer;
};

template <class Adapter>
[[nodiscard]] AdapterCase<Adapter> adapter_case(const Adapter& adapter, const std::string& text,
                                                std::uint64_t number) {
  Draw draw(number);
  std::vector<RgbImage> images;
  for (std::size_t at = text.find("<image>"); at != std::string::npos;
       at = text.find("<image>", at + 1)) {
    images.push_back(draw.picture(draw.integer(5, 20), draw.integer(5, 20)));
  }
  Prompt prompt = adapter.prepare(images, text);
  auto tokens = adapter.encode(prompt.pixels);
  std::vector<TokenId> answer;
  for (int i = 0; i < 4; ++i) answer.push_back(draw.index(5, 60));
  return {text, std::move(prompt), std::move(tokens), std::move(answer)};
}

/// Image first, text before it, text between images, images side by side.
template <class Adapter>
[[nodiscard]] std::vector<AdapterCase<Adapter>> adapter_cases(const Adapter& adapter) {
  std::vector<AdapterCase<Adapter>> cases;
  for (const char* text :
       {"<image> what?", "see <image> ok", "a<image>, b<image>!", "<image><image>ab"}) {
    cases.push_back(adapter_case(adapter, text, cases.size()));
  }
  return cases;
}

[[nodiscard]] inline toy::Weights<double> toy_weights(int layers = 3, std::uint64_t seed = 1) {
  return toy::random_weights<double>({.layers = layers}, seed);
}

}  // namespace infoflow::laws
