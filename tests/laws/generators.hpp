// SPDX-License-Identifier: MIT
/// \file Generated inputs for laws: the same case has the same number on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <infoflow/core/eigen_tensor_ops.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/random.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::laws {

/// Draws values one after the other for test case number `number`.
class Draw {
 public:
  explicit Draw(std::uint64_t number) : stream_(number, key_of("law cases"), 0) {}

  /// In [low, high], both included.
  Index index(Index low, Index high) {
    const auto count = static_cast<double>(high - low + 1);
    return low + static_cast<Index>(stream_.uniform(next_++) * count);
  }
  int integer(int low, int high) { return static_cast<int>(index(low, high)); }
  bool coin() { return index(0, 1) == 1; }
  double real(double low, double high) { return low + (high - low) * stream_.uniform(next_++); }
  double normal() { return stream_.normal(next_++); }

  template <class Scalar = double>
  RowMatrix<Scalar> matrix(Index rows, Index columns) {
    RowMatrix<Scalar> m(rows, columns);
    for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<Scalar>(normal());
    return m;
  }

  /// Rows are distributions.
  template <class Scalar = double>
  RowMatrix<Scalar> distributions(Index rows, Index columns) {
    RowMatrix<Scalar> m = matrix<Scalar>(rows, columns).array().exp().matrix();
    for (Index i = 0; i < rows; ++i) m.row(i) /= m.row(i).sum();
    return m;
  }

  template <class Scalar = double>
  HeadMatrices<Scalar> attention(Index heads, Index queries, Index keys) {
    HeadMatrices<Scalar> rows;
    for (Index h = 0; h < heads; ++h) rows.push_back(distributions<Scalar>(queries, keys));
    return rows;
  }

  HostVector heat(Index tokens, double low, double high) {
    HostVector values(tokens);
    for (float& v : values) v = static_cast<float>(real(low, high));
    return values;
  }

  /// Up to four images anywhere, text before, between and after them or not, an answer or not.
  TokenPartition partition() {
    std::vector<Span> images;
    Index length = index(0, 3);
    for (Index left = index(0, 4); left > 0; --left) {
      const Index begin = length;
      length += index(1, 6);
      images.push_back({begin, length});
      length += index(0, 3);
    }
    return TokenPartition(length, images).with_answer(index(0, 4));
  }

  /// Pad, resize and crop in a random order.
  Preprocessing preprocessing() {
    Preprocessing way(integer(3, 40), integer(3, 40));
    for (int steps = integer(0, 3); steps > 0; --steps) {
      switch (integer(0, 2)) {
        case 0: way = way.resized(integer(4, 50), integer(4, 50)); break;
        case 1:
          way = way.padded(integer(0, 5), integer(0, 5), way.canvas_width() + integer(0, 9),
                           way.canvas_height() + integer(0, 9));
          break;
        default:
          way = way.cropped(integer(-2, 2), integer(-2, 2), std::max(2, way.canvas_width() - 3),
                            std::max(2, way.canvas_height() - 3));
      }
    }
    return way;
  }

  /// A grid, overlapping tiles with thumbnail and separators, or a soft layout.
  ImageLayout layout() {
    const Preprocessing way = preprocessing();
    const Rect canvas = way.canvas();
    switch (integer(0, 2)) {
      case 0: return ImageLayout::grid(way, index(1, 5), index(1, 5));
      case 1: return tiles(way, Overlap::average);
      default: {
        const PatchGrid grid{canvas, index(1, 4), index(1, 4)};
        return ImageLayout::soft(way, grid, distributions<float>(index(1, 6), grid.size()));
      }
    }
  }

  /// Overlapping tiles with thumbnail and separators.
  ImageLayout tiles(const Preprocessing& way, Overlap overlap) {
    const Rect canvas = way.canvas();
    const double x = real(0.3, 0.7) * canvas.x1;
    const std::vector<PatchGrid> grids{{{0, 0, x, canvas.y1}, index(1, 4), index(1, 4)},
                                       {{x / 2, 0, canvas.x1, canvas.y1}, index(1, 4), 2},
                                       {canvas, 2, 3}};
    std::vector<Index> patches;
    Index patch = 0;
    for (const PatchGrid& grid : grids) {
      for (Index i = 0; i < grid.size(); ++i) patches.push_back(patch++);
      patches.push_back(-1);
    }
    return ImageLayout::tiles(way, grids, patches, overlap);
  }

  RgbImage picture(int width, int height) {
    RgbImage picture(width, height);
    for (auto& value : picture.values) value = static_cast<std::uint8_t>(integer(0, 255));
    return picture;
  }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

}  // namespace infoflow::laws
