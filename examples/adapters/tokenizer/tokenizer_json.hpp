// SPDX-License-Identifier: MIT
/// \file What the readers of tokenizer.json's parts share: nothing unknown passes in silence.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The fault of a part that this code does not know. A tokenizer that ignored it would give wrong
/// ids without a word.
[[nodiscard]] inline Error unknown_part(const std::string& what, const std::string& file) {
  return {
      what + " is not supported", file,
      "supported are the BPEs of LLaMA and Qwen: see examples/adapters/tokenizer/tokenizer.hpp"};
}

/// \throws Error naming the first key of `part` that is not among `known`
inline void require_known(const Json& part, std::initializer_list<std::string_view> known,
                          const std::string& what, const std::string& file) {
  for (const auto& [key, value] : part.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw unknown_part("\"" + key + "\" of " + what, file);
    }
  }
}

/// The text of a pattern {"String": "…"}. \throws Error if it is a regular expression or empty
[[nodiscard]] inline std::string literal_pattern(const Json& part, const std::string& what,
                                                 const std::string& file) {
  const Json& pattern = object_at(part, "pattern", file);
  require_known(pattern, {"String"}, "the pattern of " + what, file);
  std::string text = get<std::string>(pattern, "String", file);
  if (text.empty()) throw unknown_part("an empty pattern in " + what, file);
  return text;
}

}  // namespace infoflow::adapters
