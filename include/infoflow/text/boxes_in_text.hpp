// SPDX-License-Identifier: MIT
/// \file Boxes that a model writes into its answer: "the dog [0.120,0.250,0.430,0.900] sleeps".
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <infoflow/core/preprocessing.hpp>

namespace infoflow {

namespace detail {

/// Reads one list of boxes from the front of a text.
class BoxListReader {
 public:
  explicit BoxListReader(std::string_view text) : text_(text) {}

  /// The boxes of "[x0,y0,x1,y1;…]"; none if the text begins with anything else.
  [[nodiscard]] std::optional<std::vector<Rect>> operator()() {
    std::vector<Rect> boxes;
    if (!take('[')) return std::nullopt;
    do {
      std::array<double, 4> corners{};
      for (std::size_t i = 0; i < corners.size(); ++i) {
        if ((i > 0 && !take(',')) || !take_number(corners[i])) return std::nullopt;
      }
      boxes.push_back({corners[0], corners[1], corners[2], corners[3]});
    } while (take(';'));
    if (!take(']')) return std::nullopt;
    return boxes;
  }

  [[nodiscard]] std::size_t length() const { return at_; }

 private:
  [[nodiscard]] bool at_digit() const {
    return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
  }

  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  /// A digit, or one with a period and more digits behind it.
  bool take_number(double& number) {
    constexpr double most = 1e15;  // Digits beyond would not change the number.
    if (!at_digit()) return false;
    double digits = text_[at_++] - '0';
    double scale = 1;
    if (take('.')) {
      for (; at_digit(); ++at_) {
        if (scale >= most) continue;
        digits = 10 * digits + (text_[at_] - '0');
        scale *= 10;
      }
    }
    number = digits / scale;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace detail

/// The boxes in a text, in its order: [x0,y0,x1,y1] as shares of the picture that the model sees, from
/// 0 to 1, several of one thing as [x0,y0,x1,y1;x0,y0,x1,y1]. What is written in any other way is text;
/// a box that has no area, or ends beyond the picture, is left out.
/// Source: PlainBoxFormatter of Shikra's box_process_function.py, which takes the same texts for boxes.
[[nodiscard]] inline std::vector<Rect> boxes_in_text(std::string_view text) {
  std::vector<Rect> boxes;
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at)) {
    detail::BoxListReader read(text.substr(at));
    const std::optional<std::vector<Rect>> list = read();
    at += list ? read.length() : 1;
    if (!list) continue;
    for (const Rect& box : *list) {
      if (!box.empty() && box.x1 <= 1 && box.y1 <= 1) boxes.push_back(box);
    }
  }
  return boxes;
}

}  // namespace infoflow
