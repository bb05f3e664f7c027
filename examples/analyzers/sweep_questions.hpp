// SPDX-License-Identifier: MIT
/// \file The data set of a sweep: in the order in which it is asked, with its pictures.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/io/benchmark.hpp>

#include "picture_reader.hpp"

namespace infoflow::analyzers {

struct SweepData {
  std::string task;
  std::vector<std::string> files;
  std::string images;  ///< The folder that pictures lie in.
  std::string rule;
  bool skip_bad = false;
  Index limit = 0;  ///< Only the first items; 0: all.
  PictureOptions pictures{};
};

/// The questions of a data set, those about one picture one after another.
class SweepQuestions {
 public:
  /// Reads the data and looks whether every picture is there and can be read.
  /// \throws Error if the data cannot be read, no item has a picture, or, unless bad rows are skipped,
  ///         a picture is missing or broken
  explicit SweepQuestions(const SweepData& data);

  [[nodiscard]] const Benchmark& benchmark() const { return benchmark_; }

  /// What a reader should know of the pictures.
  [[nodiscard]] std::vector<std::string> picture_notes() const { return reader_.notes(); }

  /// Numbers of the items in the order in which they are asked; those with a bad picture are left out.
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

  /// What is wrong with the pictures of items that are left out, by the item's number.
  [[nodiscard]] const std::map<std::size_t, std::string>& bad_pictures() const {
    return bad_pictures_;
  }

  /// The ids of all items, in the order of the data.
  [[nodiscard]] std::vector<std::string> ids() const;

  /// The picture that stands in for the item's own as a control: of the next item in the data, round
  /// about, that has another one; empty if there is none.
  [[nodiscard]] const std::string& other_image(std::size_t item) const;

  /// \throws Error if it cannot be read or lies outside the folder
  [[nodiscard]] RgbImage picture(const std::string& image, const std::string& where) const;

  /// SHA-256 over the rule, what is asked, the data files (they say how it is scored), how large each
  /// picture's file is, and which pictures cannot be read.
  [[nodiscard]] std::string digest() const;

 private:
  void look_at_pictures(bool skip_bad);
  void order_by_picture();
  void require_picture(const BenchmarkItem& item);

  std::string images_;
  PictureOptions pictures_;
  PictureReader reader_;  ///< Of the pictures as they are looked at before the run.
  std::vector<std::string> files_;
  Benchmark benchmark_;
  std::map<std::size_t, std::string> bad_pictures_;
  std::vector<std::size_t> order_;
};

}  // namespace infoflow::analyzers
