// SPDX-License-Identifier: MIT
/// \file What a run costs by formula: floating-point operations and bytes of the key/value cache.
#pragma once

#include <span>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// The sizes of a decoder with a gated MLP that its cost depends on.
struct DecoderShape {
  Index channels = 0;        ///< Of a hidden row.
  Index query_channels = 0;  ///< Query heads · head channels.
  Index key_channels = 0;    ///< Key heads · head channels; fewer where heads share keys.
  Index inner_channels = 0;  ///< Of the MLP.
  Index vocabulary = 0;
  Index bytes_per_value = 4;  ///< Of a cached key or value.
};

/// Operations (a multiplication and an addition are two) of `rows` rows in one layer that read
/// `pairs` (row, key) pairs in all: projections, attention, MLP.
[[nodiscard]] inline double layer_flops(const DecoderShape& shape, double rows, double pairs) {
  const auto c = static_cast<double>(shape.channels);
  const auto q = static_cast<double>(shape.query_channels);
  const auto k = static_cast<double>(shape.key_channels);
  const auto m = static_cast<double>(shape.inner_channels);
  const double projections = 2 * rows * c * (2 * q + 2 * k);  // q, o; k, v
  const double attention = 2 * pairs * q * 2;                 // scores; weighted values
  const double mlp = 2 * rows * c * m * 3;                    // gate, up, down
  return projections + attention + mlp;
}

/// Operations of the vocabulary head for one row.
[[nodiscard]] inline double head_flops(const DecoderShape& shape) {
  return 2.0 * static_cast<double>(shape.channels) * static_cast<double>(shape.vocabulary);
}

/// Operations of reading a prompt, of which `rows[l]` rows go through layer l, and predicting one
/// token. Each row reads itself and what stands before it.
[[nodiscard]] inline double prefill_flops(const DecoderShape& shape, std::span<const Index> rows) {
  double sum = head_flops(shape);
  for (const Index n : rows) {
    const auto r = static_cast<double>(n);
    sum += layer_flops(shape, r, r * (r + 1) / 2);
  }
  return sum;
}

/// Operations of running `tokens` answer tokens one by one behind that prompt.
[[nodiscard]] inline double decode_flops(const DecoderShape& shape, std::span<const Index> rows,
                                         Index tokens) {
  const auto t = static_cast<double>(tokens);
  double sum = t * head_flops(shape);
  for (const Index n : rows) {
    sum += layer_flops(shape, t, t * static_cast<double>(n) + t * (t + 1) / 2);
  }
  return sum;
}

/// Bytes of the keys and values that are cached of the prompt.
[[nodiscard]] inline double cache_bytes(const DecoderShape& shape, std::span<const Index> rows) {
  double values = 0;
  for (const Index n : rows) {
    values += 2.0 * static_cast<double>(n) * static_cast<double>(shape.key_channels);
  }
  return values * static_cast<double>(shape.bytes_per_value);
}

}  // namespace infoflow
