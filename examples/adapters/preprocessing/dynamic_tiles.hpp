// SPDX-License-Identifier: MIT
/// \file A picture as a grid of square tiles and a thumbnail, as InternVL sees it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <adapters/preprocessing/image_processor.hpp>
#include <adapters/preprocessing/pasted.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/sort_stably.hpp>

namespace infoflow::adapters {

struct TileSettings {
  int side = 448;  ///< Of a tile, in pixels.
  int fewest = 1;
  int most = 12;          ///< Tiles of a picture; the thumbnail is not counted.
  bool thumbnail = true;  ///< Whether the whole picture comes last where there are several tiles.
  ImageSettings colours{.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}};
};

struct TileGrid {
  int columns = 1;
  int rows = 1;
  friend bool operator==(const TileGrid&, const TileGrid&) = default;
};

/// The grid whose aspect is nearest to the picture's. Of several that are equally near, the larger
/// one, as long as the picture has more than half as many pixels as its tiles.
[[nodiscard]] inline TileGrid best_grid(int width, int height, const TileSettings& settings) {
  std::vector<TileGrid> grids;
  for (int columns = 1; columns <= settings.most; ++columns) {
    for (int rows = 1; rows * columns <= settings.most; ++rows) {
      if (rows * columns >= settings.fewest) grids.push_back({columns, rows});
    }
  }
  const auto tiles = [](const TileGrid& grid) { return grid.columns * grid.rows; };
  sort_stably(std::span(grids), [&](const auto& a, const auto& b) { return tiles(a) < tiles(b); });
  const double aspect = static_cast<double>(width) / height;
  const double pixels = static_cast<double>(width) * height;
  const double tile_pixels = static_cast<double>(settings.side) * settings.side;
  TileGrid best;
  double nearest = std::numeric_limits<double>::infinity();
  for (const TileGrid& grid : grids) {
    const double distance = std::abs(aspect - static_cast<double>(grid.columns) / grid.rows);
    const bool large_enough = pixels > 0.5 * tile_pixels * tiles(grid);
    if (distance < nearest || (distance == nearest && large_enough)) best = grid;
    nearest = std::min(nearest, distance);
  }
  return best;
}

/// The views of one picture.
struct TiledPicture {
  std::vector<PixelImage> views;  ///< Tiles row by row, then the thumbnail; in [0, 1].
  std::vector<Rect> areas;        ///< The part of the canvas that each view shows.
  Preprocessing preprocessing;    ///< From the picture to the canvas of all tiles.

  /// Every view seen as side × side squares, view by view.
  /// \param by_column  whether a view's squares are counted down its columns
  [[nodiscard]] ImageLayout layout(Index side, bool by_column = false) const {
    std::vector<PatchGrid> grids;
    std::vector<Index> square_of_token;
    for (const Rect& area : areas) {
      const Index first = static_cast<Index>(grids.size()) * side * side;
      grids.push_back({area, side, side});
      for (Index i = 0; i < side * side; ++i) {
        square_of_token.push_back(first + (by_column ? i % side * side + i / side : i));
      }
    }
    return ImageLayout::tiles(preprocessing, std::move(grids), std::move(square_of_token));
  }
};

/// Equal to transformers' GotOcr2ImageProcessorPil with crop_to_patches, and to InternVL's own code.
/// The picture is resized to the canvas of its grid whatever its aspect, then cut.
class DynamicTiles {
 public:
  /// \throws Error if there may be no tile
  explicit DynamicTiles(const TileSettings& settings)
      : settings_(settings),
        thumbnail_(settings.colours.squashed_to({settings.side, settings.side})) {
    if (settings.fewest < 1 || settings.most < settings.fewest) {
      throw Error("from " + std::to_string(settings.fewest) + " to " +
                      std::to_string(settings.most) + " tiles",
                  "DynamicTiles", "give a range of at least one tile");
    }
  }

  [[nodiscard]] const TileSettings& settings() const { return settings_; }

  /// \throws Error as ImageProcessor
  [[nodiscard]] TiledPicture operator()(const RgbImage& picture) const {
    const TileGrid grid = best_grid(picture.width, picture.height, settings_);
    const int side = settings_.side;
    const ImageSize size{grid.columns * side, grid.rows * side};
    const ProcessedImage canvas = ImageProcessor(settings_.colours.squashed_to(size))(picture);
    TiledPicture tiled{{}, {}, canvas.preprocessing};
    for (int row = 0; row < grid.rows; ++row) {
      for (int column = 0; column < grid.columns; ++column) {
        tiled.views.push_back(cut_out(canvas.pixels, column * side, row * side, side));
        tiled.areas.push_back({static_cast<double>(column * side), static_cast<double>(row * side),
                               static_cast<double>((column + 1) * side),
                               static_cast<double>((row + 1) * side)});
      }
    }
    if (settings_.thumbnail && tiled.views.size() > 1) {
      tiled.views.push_back(thumbnail_(picture).pixels);
      tiled.areas.push_back(canvas.preprocessing.canvas());
    }
    return tiled;
  }

 private:
  TileSettings settings_;
  ImageProcessor thumbnail_;
};

}  // namespace infoflow::adapters
