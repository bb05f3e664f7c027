// SPDX-License-Identifier: MIT
/// \file A picture at any resolution, as LLaVA-1.6 sees it: whole and small, and in tiles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/pasted.hpp>
#include <adapters/preprocessing/pillow_resize.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image_layout.hpp>

namespace infoflow::adapters {

struct AnyresSettings {
  int side = 336;  ///< Of a tile, in pixels.
  /// The canvases that a picture is fitted into, in the order in which they are tried.
  std::vector<ImageSize> canvases{{672, 336}, {336, 672}, {672, 672}, {336, 1008}, {1008, 336}};
  ImageSettings colours{};  ///< Of these the filter, the factor, mean and std.
};

/// The canvas on which most of the picture's pixels are kept; of those the one that wastes least, and
/// of these the first.
[[nodiscard]] inline ImageSize best_canvas(ImageSize picture, std::span<const ImageSize> canvases) {
  const double width = picture.width;
  const double height = picture.height;
  ImageSize best;
  std::int64_t most_kept = 0;
  std::int64_t least_wasted = std::numeric_limits<std::int64_t>::max();
  for (const ImageSize& canvas : canvases) {
    const double scale = std::min(canvas.width / width, canvas.height / height);
    const auto scaled =
        static_cast<std::int64_t>(width * scale) * static_cast<std::int64_t>(height * scale);
    const std::int64_t kept = std::min(scaled, std::int64_t{picture.width} * picture.height);
    const std::int64_t wasted = std::int64_t{canvas.width} * canvas.height - kept;
    if (kept < most_kept || (kept == most_kept && wasted >= least_wasted)) continue;
    best = canvas;
    most_kept = kept;
    least_wasted = wasted;
  }
  return best;
}

/// The largest size of the picture's aspect that fits on the canvas: one side is the canvas', the
/// other is rounded up.
[[nodiscard]] inline ImageSize fitted_size(ImageSize picture, ImageSize canvas) {
  const double across = static_cast<double>(canvas.width) / picture.width;
  const double down = static_cast<double>(canvas.height) / picture.height;
  const auto scaled = [](int side, double scale, int most) {
    return static_cast<int>(std::min(std::ceil(side * scale), static_cast<double>(most)));
  };
  if (across < down) return {canvas.width, scaled(picture.height, across, canvas.height)};
  return {scaled(picture.width, down, canvas.width), canvas.height};
}

/// A range of patches along an axis: [begin, end).
struct PatchRange {
  Index begin = 0;
  Index end = 0;
  [[nodiscard]] Index size() const { return end - begin; }
  friend bool operator==(const PatchRange&, const PatchRange&) = default;
};

/// The rows and columns of the tiles' patches that the model keeps: those of padding alone are left
/// out, as many on either side.
struct UnpaddedPatches {
  PatchRange rows;
  PatchRange columns;

  /// \param rows, columns  of all tiles together
  UnpaddedPatches(ImageSize picture, Index all_rows, Index all_columns)
      : rows{0, all_rows}, columns{0, all_columns} {
    const double width = picture.width;
    const double height = picture.height;
    const auto across = static_cast<double>(all_columns);
    const auto down = static_cast<double>(all_rows);
    if (width / height > across / down) {
      rows = middle(height * (across / width), all_rows);
    } else {
      columns = middle(width * (down / height), all_columns);
    }
  }

 private:
  /// Cut off, but rounded to seven digits first, as transformers does.
  static PatchRange middle(double kept, Index all) {
    const auto whole = static_cast<Index>(std::nearbyint(kept * 1e7) / 1e7);
    const Index padding = (all - whole) / 2;
    return {padding, all - padding};
  }
};

/// The views of one picture.
struct AnyresPicture {
  std::vector<PixelImage> views;  ///< The whole picture, then tiles row by row; in [0, 1].
  std::vector<Rect> areas;        ///< The part of the canvas that each view shows.
  Preprocessing preprocessing;    ///< From the picture to the canvas of all tiles.
  int tile_rows = 1;
  int tile_columns = 1;

  /// Every patch of every view, side × side in each, view by view.
  [[nodiscard]] ImageLayout patches(Index side) const {
    std::vector<Index> all(views.size() * static_cast<std::size_t>(side * side));
    std::iota(all.begin(), all.end(), Index{0});
    return layout(side, std::move(all));
  }

  /// Those that become image tokens: the whole picture's, then the tiles' as one image, row by row
  /// without its padding, a newline (−1) behind each row.
  [[nodiscard]] ImageLayout tokens(Index side) const {
    std::vector<Index> patches(static_cast<std::size_t>(side * side));
    std::iota(patches.begin(), patches.end(), Index{0});
    const UnpaddedPatches kept({preprocessing.source_width(), preprocessing.source_height()},
                               tile_rows * side, tile_columns * side);
    for (Index row = kept.rows.begin; row < kept.rows.end; ++row) {
      for (Index column = kept.columns.begin; column < kept.columns.end; ++column) {
        const Index view = 1 + row / side * tile_columns + column / side;
        patches.push_back((view * side + row % side) * side + column % side);
      }
      patches.push_back(-1);
    }
    return layout(side, std::move(patches));
  }

 private:
  [[nodiscard]] ImageLayout layout(Index side, std::vector<Index> patch_of_token) const {
    std::vector<PatchGrid> grids;
    for (const Rect& area : areas) grids.push_back({area, side, side});
    return ImageLayout::tiles(preprocessing, std::move(grids), std::move(patch_of_token),
                              Overlap::finest);
  }
};

/// Equal to transformers' LlavaNextImageProcessorPil, bit for bit (before mean and std).
///
/// The picture is resized to the best canvas with its aspect kept, put in the middle of black, and
/// cut into tiles; before these comes the whole picture, resized to one tile whatever its aspect.
class AnyresTiles {
 public:
  /// \throws Error if there is no canvas, or one that is not made of tiles
  explicit AnyresTiles(AnyresSettings settings)
      : settings_(std::move(settings)),
        whole_(settings_.colours.squashed_to({settings_.side, settings_.side})) {
    for (const ImageSize& canvas : settings_.canvases) {
      if (canvas.width >= settings_.side && canvas.width % settings_.side == 0 &&
          canvas.height >= settings_.side && canvas.height % settings_.side == 0) {
        continue;
      }
      throw Error("a canvas of " + std::to_string(canvas.width) + " × " +
                      std::to_string(canvas.height) + " pixels",
                  "AnyresTiles",
                  "its sides must be multiples of a tile's " + std::to_string(settings_.side));
    }
    if (settings_.canvases.empty()) throw Error("no canvas", "AnyresTiles", "give at least one");
  }

  [[nodiscard]] const AnyresSettings& settings() const { return settings_; }

  /// \throws Error as ImageProcessor
  [[nodiscard]] AnyresPicture operator()(const RgbImage& picture) const {
    const int side = settings_.side;
    const ImageSize size{picture.width, picture.height};
    const Preprocessing source(size.width, size.height);
    const ImageSize canvas = best_canvas(size, settings_.canvases);
    const ImageSize fitted = fitted_size(size, canvas);
    const int left = (canvas.width - fitted.width) / 2;
    const int top = (canvas.height - fitted.height) / 2;
    const RgbImage resized =
        pillow_resize(picture, fitted.width, fitted.height, settings_.colours.filter);
    const PixelImage pixels = rescaled(pasted(resized, left, top, canvas, /*black*/ {0, 0, 0}),
                                       settings_.colours.rescale_factor);
    AnyresPicture out;
    out.preprocessing =
        source.resized(fitted.width, fitted.height).padded(left, top, canvas.width, canvas.height);
    out.views.push_back(whole_(picture).pixels);
    out.areas.push_back(rect(left, top, fitted));
    out.tile_rows = canvas.height / side;
    out.tile_columns = canvas.width / side;
    for (int y = 0; y < canvas.height; y += side) {
      for (int x = 0; x < canvas.width; x += side) {
        out.views.push_back(cut_out(pixels, x, y, side));
        out.areas.push_back(rect(x, y, {side, side}));
      }
    }
    return out;
  }

 private:
  static Rect rect(int left, int top, ImageSize size) {
    return {static_cast<double>(left), static_cast<double>(top),
            static_cast<double>(left + size.width), static_cast<double>(top + size.height)};
  }

  AnyresSettings settings_;
  ImageProcessor whole_;
};

}  // namespace infoflow::adapters
