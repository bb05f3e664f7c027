// SPDX-License-Identifier: MIT
// tokenizer.json, and a text for it.
#include "use_tokenizer.hpp"

INFOFLOW_FUZZ_TARGET(tokenizer_json) {
  const auto parts = fuzz::parts(input, 2);
  (void)fuzz::folder().file("tokenizer.json", parts[0]);
  fuzz::use_tokenizer(parts[1]);
}
