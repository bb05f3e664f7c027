// SPDX-License-Identifier: MIT
/// \file The questions of a sweep: in the order in which they are asked, with their pictures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/sort_stably.hpp>

namespace infoflow {

/// Reads the picture that an item names. \param where  file:line of the item, for messages
/// \throws Error if it cannot be read
using PictureSource = std::function<RgbImage(const std::string& image, const std::string& where)>;

/// Why items of a data set cannot be asked, by the item's number.
using BadItems = std::map<std::size_t, std::string>;

/// The questions of a data set, those about one picture one after another.
class SweepQuestions {
 public:
  /// \param digest  tells these questions and pictures from others: a journal names it
  /// \param bad_pictures  items whose picture cannot be read; they are not asked
  /// \throws Error if no item has a picture
  SweepQuestions(Benchmark benchmark, PictureSource pictures, std::string digest,
                 BadItems bad_pictures = {})
      : benchmark_(std::move(benchmark)),
        pictures_(std::move(pictures)),
        digest_(std::move(digest)),
        bad_pictures_(std::move(bad_pictures)) {
    order_by_picture();
    const auto& items = benchmark_.items;
    if (std::all_of(order_.begin(), order_.end(),
                    [&](std::size_t i) { return items[i].image.empty(); })) {
      throw Error("no item of the data has a picture that could be cut", benchmark_.task,
                  "give questions about pictures");
    }
  }

  [[nodiscard]] const Benchmark& benchmark() const { return benchmark_; }

  /// Numbers of the items in the order in which they are asked; those with a bad picture are left out.
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  [[nodiscard]] const BadItems& bad_pictures() const { return bad_pictures_; }

  /// Task, rule and digest of the data, as a journal's header names them.
  [[nodiscard]] std::string name() const {
    return benchmark_.task + " " + benchmark_.rule + " " + digest_;
  }

  /// The ids of all items, in the order of the data.
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const BenchmarkItem& item : benchmark_.items) ids.push_back(item.id);
    return ids;
  }

  /// The picture that stands in for the item's own as a control: of the next item in the data, round
  /// about, that has another one; empty if there is none.
  [[nodiscard]] const std::string& other_image(std::size_t item) const {
    static const std::string none;
    const auto& items = benchmark_.items;
    for (std::size_t step = 1; step < items.size(); ++step) {
      const std::size_t next = (item + step) % items.size();
      if (bad_pictures_.contains(next)) continue;
      const std::string& image = items[next].image;
      if (!image.empty() && image != items[item].image) return image;
    }
    return none;
  }

  /// \throws Error as the source of pictures does
  [[nodiscard]] RgbImage picture(const std::string& image, const std::string& where) const {
    return pictures_(image, where);
  }

 private:
  void order_by_picture() {
    const std::vector<BenchmarkItem>& items = benchmark_.items;
    std::map<std::string, std::size_t> first_with;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (bad_pictures_.contains(i)) continue;
      order_.push_back(i);
      if (!items[i].image.empty()) first_with.try_emplace(items[i].image, i);
    }
    const auto place = [&](std::size_t i) {
      return items[i].image.empty() ? i : first_with.at(items[i].image);
    };
    sort_stably(std::span(order_),
                [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  }

  Benchmark benchmark_;
  PictureSource pictures_;
  std::string digest_;
  BadItems bad_pictures_;
  std::vector<std::size_t> order_;
};

}  // namespace infoflow
