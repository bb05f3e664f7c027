// SPDX-License-Identifier: MIT
/// \file In which form and units a data file has its boxes.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/preprocessing.hpp>

namespace infoflow::analyzers {

/// The words that `--boxes` takes.
inline constexpr std::array<std::string_view, 5> box_words{"xyxy", "xywh", "pixels", "unit",
                                                           "thousandths"};

/// Four numbers as a rectangle in a picture's pixels.
class BoxForm {
 public:
  /// \param words  of box_words: xyxy (two corners) or xywh (a corner, width and height), and
  ///               pixels, unit (0 to 1) or thousandths (0 to 1000); xyxy and pixels if neither is
  /// \throws Error if two words of a kind are given
  explicit BoxForm(const std::vector<std::string>& words = {});

  /// The rectangle in pixels of a picture of that size.
  /// \param where  file:line, for errors
  /// \throws Error if the box has no area or lies outside the picture, with the word that would fit
  ///         where there is one
  [[nodiscard]] Rect pixels(const std::array<double, 4>& numbers, double width, double height,
                            const std::string& where) const;

 private:
  bool sizes_ = false;
  double whole_ = 0;  ///< What the picture's whole width is; 0: its pixels.
};

}  // namespace infoflow::analyzers
