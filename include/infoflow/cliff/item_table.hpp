// SPDX-License-Identifier: MIT
/// \file The items of a sweep as statistics read them: those with a picture, grouped by picture,
/// and one run at a time.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <infoflow/cliff/outcome.hpp>
#include <infoflow/statistics/clustered_value.hpp>

namespace infoflow {

/// One run of every item, [items]; null where an item has no such run.
using RunColumn = std::vector<const RunOutcome*>;

/// A view of a sweep's items. Items without an image are left out and counted: nothing can be cut
/// from them.
class ItemTable {
 public:
  explicit ItemTable(std::span<const ItemOutcome> items) {
    std::map<std::string, Index> number;  // Sorted: the order of items must not matter.
    for (const ItemOutcome& item : items) {
      if (!item.image.empty()) number[item.image] = 0;
    }
    Index next = 0;
    for (auto& [image, index] : number) index = next++;
    for (const ItemOutcome& item : items) {
      if (item.image.empty()) {
        ++without_image_;
        continue;
      }
      items_.push_back(&item);
      picture_.push_back(number[item.image]);
      for (const RunOutcome& run : item.runs) layers_ = std::max(layers_, run.cut_layer);
    }
    pictures_ = next;
  }

  [[nodiscard]] const std::vector<const ItemOutcome*>& items() const { return items_; }
  [[nodiscard]] Index n() const { return static_cast<Index>(items_.size()); }
  [[nodiscard]] Index pictures() const { return pictures_; }
  [[nodiscard]] Index without_image() const { return without_image_; }
  /// L: where the untouched model stands, the last cut of any run.
  [[nodiscard]] int layers() const { return layers_; }
  /// The picture of each item, in [0, pictures).
  [[nodiscard]] std::span<const Index> picture() const { return picture_; }

  /// The cuts at which any item has a run of `policy`, ascending.
  [[nodiscard]] std::vector<int> cuts(const std::string& policy) const {
    std::set<int> layers;
    for (const ItemOutcome* item : items_) {
      for (const RunOutcome& run : item->runs) {
        if (run.policy == policy) layers.insert(run.cut_layer);
      }
    }
    return {layers.begin(), layers.end()};
  }

  [[nodiscard]] RunColumn column(const std::string& policy, int cut_layer) const {
    RunColumn column;
    for (const ItemOutcome* item : items_) column.push_back(item->run(policy, cut_layer));
    return column;
  }

  /// The same, of every item. \throws Error naming the first item that has no such run
  [[nodiscard]] RunColumn full_column(const std::string& policy, int cut_layer) const {
    RunColumn column = this->column(policy, cut_layer);
    const auto missing = std::find(column.begin(), column.end(), nullptr);
    if (missing != column.end()) {
      throw Error("no run of \"" + policy + "\" with a cut at " + std::to_string(cut_layer),
                  "item \"" + items_[static_cast<std::size_t>(missing - column.begin())]->id + "\"",
                  "run the sweep with this cut, or leave the item out");
    }
    return column;
  }

 private:
  std::vector<const ItemOutcome*> items_;
  std::vector<Index> picture_;
  Index pictures_ = 0;
  Index without_image_ = 0;
  int layers_ = 0;
};

/// The statistics of each run; null where there is no run.
[[nodiscard]] inline ItemStatistics statistics_of(const RunColumn& column) {
  ItemStatistics statistics;
  for (const RunOutcome* run : column) statistics.push_back(run ? &run->statistics : nullptr);
  return statistics;
}

}  // namespace infoflow
