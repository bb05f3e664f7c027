// SPDX-License-Identifier: MIT
// qwen.tiktoken as it stands, then lines behind the 256 that every such file has.
#include <adapters/tokenizer/tiktoken_file.hpp>
#include <infoflow/files/base64.hpp>

#include "use_tokenizer.hpp"

namespace {

std::string lines_of_bytes() {
  std::string lines;
  for (int byte = 0; byte < 256; ++byte) {
    const std::array<std::uint8_t, 1> one{static_cast<std::uint8_t>(byte)};
    lines += infoflow::base64(one) + " " + std::to_string(byte) + "\n";
  }
  return lines;
}

}  // namespace

INFOFLOW_FUZZ_TARGET(tiktoken) {
  fuzz::run(
      [](std::string_view lines) {
        (void)infoflow::adapters::tiktoken_ranks(lines, "qwen.tiktoken");
      },
      input);
  static const std::string bytes = lines_of_bytes();
  (void)fuzz::folder().file("qwen.tiktoken", bytes + std::string(input));
  fuzz::use_tokenizer(input);
}
