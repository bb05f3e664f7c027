// SPDX-License-Identifier: MIT
// Any picture file.
#include <infoflow/picture/read_image.hpp>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(picture) {
  (void)infoflow::decode_image({input.begin(), input.end()}, "picture");
}
