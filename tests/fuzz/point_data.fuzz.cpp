// SPDX-License-Identifier: MIT
// Rows of questions with boxes.
#include "fuzz.hpp"

#include <analyzers/point_data.hpp>

INFOFLOW_FUZZ_TARGET(point_data) {
  (void)infoflow::analyzers::read_point_items(fuzz::folder().file("data.jsonl", input),
                                              fuzz::folder().path().string());
}
