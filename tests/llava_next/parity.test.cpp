// SPDX-License-Identifier: MIT
// Our LLaVA-1.6 against eager transformers on the golden checkpoints: a Vicuna, a Mistral and a Qwen2 in
// the hub's form, a Hermes-Yi in that of the original code.
#include "../parity/parity.hpp"

#include <adapters/llava_next.hpp>

using namespace infoflow;
using namespace infoflow::tests;
using adapters::LlavaNext;

namespace {
const Goldens goldens{"LLaVA-1.6", "llava_next"};
}

TEST_CASE("the goldens are there, and every part has cases", "[llava_next][golden]") {
  CHECK(golden_cases("llava_next").size() == 11);
  for (const char* part : {"sites", "cuts", "bfloat16"}) {
    CHECK(golden_cases("llava_next", part).size() == 4);
  }
}

TEST_CASE("ids, roles, answer and views are those of transformers", "[llava_next][parity]") {
  check_inputs<LlavaNext>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[llava_next][parity]") {
  check_trace<LlavaNext>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers",
          "[llava_next][parity]") {
  check_gradients<LlavaNext>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[llava_next][parity]") {
  check_heat<LlavaNext>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[llava_next][gradients]") {
  check_gradients_without_a_picture<LlavaNext>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[llava_next][parity]") {
  check_answers<LlavaNext>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[llava_next][parity][cuts]") {
  check_cuts<LlavaNext>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[llava_next][bfloat16]") {
  check_bfloat16<LlavaNext>(goldens);
}
