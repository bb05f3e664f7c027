// SPDX-License-Identifier: MIT
// Any picture file.
#include "fuzz.hpp"

#include <infoflow/io/read_image.hpp>

INFOFLOW_FUZZ_TARGET(picture) {
  (void)infoflow::decode_image({input.begin(), input.end()}, "picture");
}
