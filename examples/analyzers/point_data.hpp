// SPDX-License-Identifier: MIT
/// \file The pointing game's data: questions about pictures, with boxes around what they ask for.
#pragma once

#include <string>
#include <vector>

#include <infoflow/core/preprocessing.hpp>

namespace infoflow::analyzers {

/// One line of the data file, as JSON:
/// `{"image": "001.png", "question": "…", "boxes": [[x0, y0, x1, y1], …]}`, in pixels of the picture
/// as it is on disk; `id` and `family` (a group that is reported by itself) are optional.
struct PointItem {
  std::string id;
  std::string family;
  std::string image;  ///< Inside the folder given as --images.
  std::string question;
  std::vector<Rect> boxes;
};

/// Reads a data file; items without boxes are left out, since nothing can be pointed at.
/// \throws Error naming file:line if a row is malformed or a picture lies outside `images`
[[nodiscard]] std::vector<PointItem> read_point_items(const std::string& file,
                                                      const std::string& images);

}  // namespace infoflow::analyzers
