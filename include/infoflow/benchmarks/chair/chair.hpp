// SPDX-License-Identifier: MIT
/// \file CHAIR: how often a caption mentions objects that are not in the picture.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/chair/chair_objects.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

/// The metric of captions. Every mention counts, also a repeated one.
///   chair_s  captions with a hallucinated mention / captions
///   chair_i  hallucinated mentions / mentions
///   recall   distinct objects rightly mentioned / objects in the pictures
///   length   tokens / captions
/// All are of the corpus: quotients of sums, not means of quotients.
/// Source: Rohrbach et al., "Object Hallucination in Image Captioning" (2018); recall as later
/// evaluators add it.
class Chair {
 public:
  /// The node words of the objects that are in the picture.
  using Reference = std::set<std::string, std::less<>>;

  static constexpr std::string_view name = "chair_s";
  static constexpr Direction direction = Direction::lower_is_better;
  static constexpr bool per_item_binary = true;
  static constexpr std::array<std::string_view, 7> statistic_names{"mentions",
                                                                   "hallucinated mentions",
                                                                   "captions",
                                                                   "captions with a hallucination",
                                                                   "distinct right objects",
                                                                   "objects",
                                                                   "tokens"};

  explicit Chair(
      std::shared_ptr<const ChairVocabulary> vocabulary = std::make_shared<const ChairVocabulary>())
      : vocabulary_(std::move(vocabulary)) {}

  [[nodiscard]] const ChairVocabulary& vocabulary() const { return *vocabulary_; }

  [[nodiscard]] ChairReading read(std::string_view caption) const {
    return read_caption(caption, *vocabulary_);
  }

  [[nodiscard]] Statistics statistics(std::string_view caption, const Reference& reference) const {
    return statistics(read(caption), reference);
  }

  [[nodiscard]] static Statistics statistics(const ChairReading& reading,
                                             const Reference& reference) {
    const std::size_t wrong = hallucinated(reading, reference).size();
    const Reference mentioned(reading.objects.begin(), reading.objects.end());
    const auto right = std::count_if(mentioned.begin(), mentioned.end(), [&](const auto& object) {
      return reference.contains(object);
    });
    return {static_cast<double>(reading.objects.size()),
            static_cast<double>(wrong),
            1,
            wrong > 0 ? 1.0 : 0.0,
            static_cast<double>(right),
            static_cast<double>(reference.size()),
            static_cast<double>(reading.tokens)};
  }

  /// The mentions of objects that are not in the picture, in order.
  [[nodiscard]] static std::vector<std::string> hallucinated(const ChairReading& reading,
                                                             const Reference& reference) {
    std::vector<std::string> wrong;
    std::copy_if(reading.objects.begin(), reading.objects.end(), std::back_inserter(wrong),
                 [&](const std::string& object) { return !reference.contains(object); });
    return wrong;
  }

  /// \param sums  of `statistics`, in the order of `statistic_names`
  [[nodiscard]] std::vector<NamedValue> values(std::span<const double> sums) const {
    return {NamedValue::ratio("chair_s", sums[3], sums[2]),
            NamedValue::ratio("chair_i", sums[1], sums[0]),
            NamedValue::ratio("recall", sums[4], sums[5]),
            NamedValue::ratio("length", sums[6], sums[2])};
  }

 private:
  std::shared_ptr<const ChairVocabulary> vocabulary_;
};

static_assert(Metric<Chair>);

}  // namespace infoflow
