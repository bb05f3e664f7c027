// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/generate.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

RgbImage coloured(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  RgbImage picture(10, 7);
  for (std::size_t i = 0; i < picture.values.size(); i += 3) {
    picture.values[i] = red;
    picture.values[i + 1] = green;
    picture.values[i + 2] = blue;
  }
  return picture;
}

std::string answer(const Toy& model, const RgbImage& picture, const Truncation& truncation) {
  const Prompt prompt = model.prepare(std::span(&picture, 1), "<image>red?");
  const Generation g = generate(model, prompt, model.encode(prompt.pixels), 4, truncation);
  CHECK(g.stopped);
  return model.decode(g.ids);
}
}  // namespace

TEST_CASE("a planted reader answers what the picture says", "[run][planted]") {
  const Toy model(toy::planted_reader(4, 2));

  CHECK(answer(model, coloured(255, 0, 0), {}) == "yes");
  CHECK(answer(model, coloured(0, 255, 0), {}) == "no");
  CHECK(answer(model, coloured(0, 0, 255), {}) == "no");
}

TEST_CASE("cuts above the layer that reads change nothing, cuts at or below it blind the model",
          "[run][planted]") {
  const RgbImage red = coloured(255, 0, 0);
  for (int reading = 0; reading < 5; ++reading) {
    const Toy model(toy::planted_reader(5, reading));
    for (int layer = 0; layer <= 5; ++layer) {
      for (const auto mode : {CutMode::drop, CutMode::mask}) {
        INFO("reads in " << reading << ", cut at " << layer);
        CHECK(answer(model, red, {.schedule = {{{layer, DropAll{}}}}, .mode = mode}) ==
              (layer <= reading ? "no" : "yes"));
      }
    }
  }
}

TEST_CASE("in a random decoder whose attention writes in one layer, cuts above it move no bit",
          "[run][planted]") {
  for (int reading = 0; reading < 4; ++reading) {
    auto weights = laws::toy_weights(4);
    for (int l = 0; l < 4; ++l) {
      if (l != reading) weights.layers[static_cast<std::size_t>(l)].o.setZero();
    }
    const Toy model(weights);
    const auto c = laws::adapter_cases(model)[2];
    const Index row = c.prompt.partition.prompt_length() - 1;
    const auto logits = [&](const Truncation& t) {
      return forward(model, c.prompt, c.tokens, c.answer, std::span(&row, 1), observe(), t);
    };
    for (int layer = 0; layer <= 4; ++layer) {
      const bool same = logits({.schedule = {{{layer, DropAll{}}}}}) == logits({});
      CHECK(same == (layer > reading));
    }
  }
}
