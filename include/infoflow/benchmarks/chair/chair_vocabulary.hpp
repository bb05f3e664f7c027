// SPDX-License-Identifier: MIT
/// \file Which words name which COCO object, and which two words are one.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <infoflow/benchmarks/chair/chair_synonyms.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/split_text.hpp>

namespace infoflow {

/// The words of CHAIR and the object, by its node word, that each of them names.
class ChairVocabulary {
 public:
  /// The published table.
  ChairVocabulary() : ChairVocabulary(chair_synonyms, "chair_synonyms") {}

  /// \param synonyms  one object a line, entries separated by ", " exactly: an entry that keeps a
  ///                  blank is never found; a word of several lines belongs to the last of them
  /// \throws Error if there is no entry
  ChairVocabulary(std::string_view synonyms, const std::string& where) {
    for (const std::string_view line : lines_of(synonyms)) add_line(trimmed(line));
    if (nodes_.empty()) {
      throw Error("no synonyms", where, "give one object a line: bicycle, bike, trike");
    }
  }

  /// The node word of the object that a word (or two words with a blank) names.
  [[nodiscard]] std::optional<std::string_view> node_of(std::string_view word) const {
    const auto found = nodes_.find(std::string(word));
    if (found == nodes_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static std::string_view trimmed(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\v\f";
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
  }

  void add_line(std::string_view line) {
    const std::string node(line.substr(0, line.find(", ")));
    while (!line.empty()) {
      const std::size_t end = line.find(", ");
      nodes_[std::string(line.substr(0, end))] = node;
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 2);
    }
  }

  std::unordered_map<std::string, std::string> nodes_;
};

/// What two neighbouring words (as `singularize` leaves them) are read as, if they are one; "motor
/// bike", which is no entry of the table, is one word all the same, and names nothing.
/// Source: CHAIR's evaluator; its "stove top oven" has three words and is never met.
[[nodiscard]] inline std::optional<std::string_view> double_word(std::string_view words) {
  static const std::unordered_map<std::string_view, std::string_view> read_as = [] {
    constexpr auto themselves = std::to_array<std::string_view>(
        {"motor bike",     "motor cycle",  "air plane",       "traffic light",  "street light",
         "traffic signal", "stop light",   "fire hydrant",    "stop sign",      "parking meter",
         "suit case",      "sports ball",  "baseball bat",    "baseball glove", "tennis racket",
         "wine glass",     "hot dog",      "cell phone",      "mobile phone",   "teddy bear",
         "hair drier",     "potted plant", "laptop computer", "home plate",     "train track"});
    std::unordered_map<std::string_view, std::string_view> table{{"bow tie", "tie"},
                                                                 {"toilet seat", "toilet"},
                                                                 {"wine glas", "wine glass"},
                                                                 {"passenger jet", "jet"},
                                                                 {"passenger train", "train"}};
    for (const std::string_view word : themselves) table[word] = word;
    // A young or grown animal is no person.
    constexpr auto animals = std::to_array<std::string_view>(
        {"baby bird",   "baby cat",      "baby dog",     "baby horse",     "baby sheep",
         "baby cow",    "baby elephant", "baby bear",    "baby zebra",     "baby giraffe",
         "baby animal", "baby cub",      "adult bird",   "adult cat",      "adult dog",
         "adult horse", "adult sheep",   "adult cow",    "adult elephant", "adult bear",
         "adult zebra", "adult giraffe", "adult animal", "adult cub"});
    for (const std::string_view animal : animals)
      table[animal] = animal.substr(animal.find(' ') + 1);
    return table;
  }();
  const auto found = read_as.find(words);
  if (found == read_as.end()) return std::nullopt;
  return found->second;
}

}  // namespace infoflow
