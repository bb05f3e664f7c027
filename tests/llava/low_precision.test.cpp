// SPDX-License-Identifier: MIT
// float16; bfloat16 is held to transformers by the parity tests.
#include <catch_torch.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

TEST_CASE("float16 runs, and stays near float32", "[llava][float16]") {
  const GoldenCase golden = golden_cases(llava_goldens, "cuts").front();
  const PreparedLlava c(golden, "float16");
  const auto rows = c.partition().predicting_rows();
  const auto logits = forward(c.model, c.prompt, c.images, c.answer, rows, observe());
  CHECK(logits.scalar_type() == at::kHalf);
  // 10 bits of mantissa against bfloat16's 7: an eighth of its error.
  const double error = relative_error(logits, golden.tensor("logits"));
  CHECK(error < 2 * golden.bfloat16_error("logits") / 8);
  CHECK(error > 1e-5);  // It is half precision that ran.
}
