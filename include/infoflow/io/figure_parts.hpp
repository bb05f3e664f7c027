// SPDX-License-Identifier: MIT
/// \file What all drawn figures share: a caption, the roles' colours, round steps of an axis.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/token_partition.hpp>
#include <infoflow/io/short_text.hpp>
#include <infoflow/io/svg.hpp>

namespace infoflow {

/// What stands above a figure. Every figure says whose numbers it shows.
struct FigureCaption {
  std::string title;     ///< What is shown; a default if empty.
  std::string model;
  std::string question;  ///< Or what else the numbers were computed from: "100 items of POPE".
};

/// Four colours that are told apart with any colour vision (ColorBrewer's Dark2, less bright).
[[nodiscard]] constexpr Rgb role_colour(Role role) {
  switch (role) {
    case Role::system: return {117, 117, 117};
    case Role::image: return {217, 95, 2};
    case Role::user: return {27, 138, 104};
    case Role::answer: return {117, 112, 179};
  }
  return {};
}

namespace detail {

inline constexpr double caption_height = 66;

inline void draw_caption(Svg& svg, const FigureCaption& caption, std::string_view default_title) {
  // A character is at most about 0.6 of the font's size wide on average.
  const auto room = [&](double size) {
    return static_cast<std::size_t>((svg.width() - 40) / (0.56 * size));
  };
  const std::string title(caption.title.empty() ? default_title : std::string_view(caption.title));
  svg.text({20, 26}, shortened(title, room(17)), {.size = 17, .bold = true});
  std::string second = caption.model;
  if (!second.empty() && !caption.question.empty()) second += " · ";
  second += caption.question;
  svg.text({20, 47}, shortened(second, room(13)), {.size = 13, .fill = "#555555"});
}

/// A step of 1, 2 or 5 times a power of ten of which `most` steps or fewer reach `range`.
[[nodiscard]] inline double round_step(double range, int most) {
  double step = std::pow(10.0, std::floor(std::log10(range / most)));
  for (const double factor : {2.0, 2.5, 2.0}) {  // 1 → 2 → 5 → 10
    if (range / step <= most) break;
    step *= factor;
  }
  return step;
}

/// Positions of labels that want to stand at `wanted` (ascending), pushed apart to `distance` and
/// kept above `lowest`.
[[nodiscard]] inline std::vector<double> spread_labels(std::vector<double> wanted, double distance,
                                                       double lowest) {
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    wanted[i] = std::max(wanted[i], wanted[i - 1] + distance);
  }
  double limit = lowest;
  for (std::size_t i = wanted.size(); i-- > 0; limit -= distance) {
    wanted[i] = std::min(wanted[i], limit);
  }
  return wanted;
}

}  // namespace detail
}  // namespace infoflow
