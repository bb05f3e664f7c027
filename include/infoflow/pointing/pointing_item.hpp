// SPDX-License-Identifier: MIT
/// \file A question of the pointing game.
#pragma once

#include <string>
#include <vector>

#include <infoflow/core/preprocessing.hpp>

namespace infoflow {

/// A question about a picture, with boxes around what it asks for.
struct PointingItem {
  std::string id;
  std::string family{};  ///< A group that is reported by itself; may be empty.
  std::string image;     ///< The picture's name: items of one picture are not independent.
  std::string question{};
  std::vector<Rect> boxes;  ///< In pixels of the picture.
};

}  // namespace infoflow
