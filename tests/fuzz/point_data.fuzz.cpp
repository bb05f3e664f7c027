// SPDX-License-Identifier: MIT
// Rows of questions with boxes, about a picture that is there: a.png.
#include <analyzers/point_data.hpp>
#include <infoflow/picture/write_png.hpp>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(point_data) {
  static const std::vector<std::uint8_t> png = infoflow::encode_png(infoflow::RgbImage(64, 48));
  (void)fuzz::folder().file("a.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  (void)infoflow::analyzers::read_point_items(fuzz::folder().file("data.jsonl", input),
                                              fuzz::folder().path().string());
}
