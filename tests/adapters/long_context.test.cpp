// SPDX-License-Identifier: MIT
// Log-n scaling and dynamic NTK, by numbers worked out by hand.
#include <cmath>

#include <catch_compat.hpp>

#include <adapters/decoder/long_context.hpp>

using Catch::Matchers::WithinRel;
using infoflow::adapters::LongContext;

TEST_CASE("queries within the trained length are left alone, later ones grow with the logarithm",
          "[long_context]") {
  const LongContext context{.trained_length = 4};
  for (const int position : {0, 1, 3}) CHECK(context.query_scale(position) == 1);
  // Position 15 is the 16th: log 16 / log 4 = 2. Position 7 is the 8th: log 8 / log 4 = 3 / 2.
  CHECK_THAT(context.query_scale(15), WithinRel(2.0F, 1e-6F));
  CHECK_THAT(context.query_scale(7), WithinRel(1.5F, 1e-6F));
  CHECK(LongContext{.trained_length = 4, .log_n = false}.query_scale(15) == 1);
}

TEST_CASE("the base grows in steps where the prompt passes a power of two times the trained length",
          "[long_context]") {
  const LongContext context{.trained_length = 8};
  // With 4 channels a head the exponent is 4 / 2, so the base is scaled by α².
  CHECK(context.base_scale(1, 4) == 1);
  CHECK(context.base_scale(8, 4) == 1);
  CHECK(context.base_scale(9, 4) == 9);  // α = 3
  CHECK(context.base_scale(16, 4) == 9);
  CHECK(context.base_scale(17, 4) == 49);  // α = 7
  CHECK(context.base_scale(32, 4) == 49);
  CHECK(context.base_scale(33, 4) == 225);  // α = 15
  CHECK(LongContext{.trained_length = 8, .dynamic_ntk = false}.base_scale(33, 4) == 1);
}
