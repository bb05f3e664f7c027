// SPDX-License-Identifier: MIT
/// \file The pointing game's data: questions about pictures, with boxes around what they ask for.
#pragma once

#include <string>
#include <vector>

#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/pointing/pointing_item.hpp>

#include "box_form.hpp"

namespace infoflow::analyzers {

/// Reads a data file, JSON Lines or a JSON list, of rows
/// `{"image": "001.png", "question": "…", "boxes": [[x0, y0, x1, y1], …]}`: boxes in pixels of the
/// picture as the model sees it (as it is on disk unless its orientation is applied), the picture's name
/// inside the folder `images`; `id` and `family` are optional. Items without boxes are left out, since
/// nothing can be pointed at.
/// \param form        how boxes are written
/// \param apply_exif  boxes are those of pictures turned upright
/// \param limit       only so many items, the first ones; 0: all
/// \throws Error naming the line if a row is malformed, a picture lies outside `images` or cannot
///         be read, or a box lies outside its picture
[[nodiscard]] std::vector<PointingItem> read_point_items(const std::string& file,
                                                         const std::string& images,
                                                         const BoxForm& form = BoxForm(),
                                                         bool apply_exif = false, Index limit = 0);

}  // namespace infoflow::analyzers
