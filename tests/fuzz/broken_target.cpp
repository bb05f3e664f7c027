// SPDX-License-Identifier: MIT
// A reader that answers bad input with an exception of the standard library: replay must notice it.
#include <stdexcept>

#include "fuzz.hpp"

INFOFLOW_FUZZ_TARGET(broken) {
  throw std::out_of_range(std::string(input.substr(0, 1)));
}
