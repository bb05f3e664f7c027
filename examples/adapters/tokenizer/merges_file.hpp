// SPDX-License-Identifier: MIT
/// \file vocab.json and merges.txt: a byte-level vocabulary as Qwen2 was published, in two files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/files/read_file.hpp>

namespace infoflow::adapters {

/// The merges of a merges.txt, as "merges" of a tokenizer.json has them.
/// \param text  lines "left right" each, the earliest first; lines that begin with "#version" say nothing
/// \throws Error naming the first line that is another
[[nodiscard]] inline Json merge_lines(std::string_view text, const std::string& file) {
  Json merges = Json::array();
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (line.starts_with("#version")) continue;
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos) {
      throw Error("line " + std::to_string(number) + " is not two pieces with a blank between",
                  file, "fetch the file anew");
    }
    merges.push_back({std::string(line.substr(0, blank)), std::string(line.substr(blank + 1))});
  }
  return merges;
}

/// The "model" of a tokenizer.json that a vocab.json and a merges.txt amount to.
/// \throws Error if one of them is missing, and as merge_lines()
[[nodiscard]] inline Json read_vocabulary_and_merges(const std::filesystem::path& vocabulary,
                                                     const std::filesystem::path& merges) {
  constexpr std::uintmax_t most_bytes = 64U << 20U;  // Qwen2's merges have 1.7 MB.
  Json model{{"type", "BPE"}, {"vocab", read_json(vocabulary)}};
  const auto bytes = read_file(merges, "the merges of a vocabulary", most_bytes);
  model["merges"] =
      merge_lines({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, merges.string());
  return model;
}

}  // namespace infoflow::adapters
