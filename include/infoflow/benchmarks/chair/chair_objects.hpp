// SPDX-License-Identifier: MIT
/// \file The COCO objects that a caption mentions, as CHAIR's evaluator reads it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/chair/chair_singular.hpp>
#include <infoflow/benchmarks/chair/chair_tokens.hpp>
#include <infoflow/benchmarks/chair/chair_vocabulary.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// What a caption says.
struct ChairReading {
  std::vector<std::string> objects;  ///< One node word a mention, in order; repeated if it is.
  Index tokens = 0;                  ///< Words and marks, two that are one counted once.
};

namespace detail {

/// Words with those neighbours joined, from left to right, that are one.
[[nodiscard]] inline std::vector<std::string> with_double_words(std::vector<std::string> words) {
  std::vector<std::string> joined;
  joined.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto both =
        i + 1 < words.size() ? double_word(words[i] + " " + words[i + 1]) : std::nullopt;
    joined.push_back(both ? std::string(*both) : std::move(words[i]));
    if (both) ++i;
  }
  return joined;
}

}  // namespace detail

/// The objects that a caption mentions. Time is linear in the caption.
/// Source: CHAIR's evaluator, with `singularize` of the pattern library: the published variant.
[[nodiscard]] inline ChairReading read_caption(std::string_view caption,
                                               const ChairVocabulary& vocabulary) {
  std::vector<std::string> words = word_tokenize(caption);
  for (std::string& word : words) word = singularize(word);
  words = detail::with_double_words(std::move(words));
  ChairReading reading{{}, static_cast<Index>(words.size())};
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  // "The seat of the toilet" is no chair.
  if (has("toilet") && has("seat")) std::erase(words, "seat");
  for (const std::string& word : words) {
    if (const auto node = vocabulary.node_of(word)) reading.objects.emplace_back(*node);
  }
  return reading;
}

}  // namespace infoflow
