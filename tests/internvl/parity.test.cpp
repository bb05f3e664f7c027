// SPDX-License-Identifier: MIT
// Our InternVL against eager transformers on the golden checkpoints: the hub's format with LayerNorm
// and with RMSNorm, the authors' with an InternLM2 and with a Qwen2 decoder.
#include <adapters/internvl.hpp>

#include "../parity/parity.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Internvl;

namespace {
const Goldens goldens{"InternVL", "internvl"};
}

TEST_CASE("the goldens are there, and every part has cases", "[internvl][golden]") {
  CHECK(golden_cases("internvl").size() == 12);
  CHECK(golden_cases("internvl", "sites").size() == 4);
  CHECK(golden_cases("internvl", "cuts").size() == 4);
  CHECK(golden_cases("internvl", "bfloat16").size() == 3);
}

TEST_CASE("ids, roles, answer and views are those of transformers", "[internvl][parity]") {
  check_inputs<Internvl>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[internvl][parity]") {
  check_trace<Internvl>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers", "[internvl][parity]") {
  check_gradients<Internvl>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[internvl][parity]") {
  check_heat<Internvl>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[internvl][parity]") {
  check_answers<Internvl>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[internvl][parity][cuts]") {
  check_cuts<Internvl>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[internvl][bfloat16]") {
  check_bfloat16<Internvl>(goldens);
}
