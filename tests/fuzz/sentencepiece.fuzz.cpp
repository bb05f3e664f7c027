// SPDX-License-Identifier: MIT
// tokenizer.model, a message of protobuf; and as the last bytes a text for it.
#include "use_tokenizer.hpp"

INFOFLOW_FUZZ_TARGET(sentencepiece) {
  (void)fuzz::folder().file("tokenizer.model", input);
  fuzz::use_tokenizer(input.substr(input.size() - std::min<std::size_t>(input.size(), 64)));
}
