// SPDX-License-Identifier: MIT
/// \file What logits must be for a token to be chosen by them.
#pragma once

#include <cmath>
#include <string>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// \param logits  [rows, V]
/// \throws Error if a value is not finite, or all values of a row are equal: the likeliest token would
///         be the first of the vocabulary, whatever was asked
inline void require_telling(const HostMatrix& logits) {
  for (Index row = 0; row < logits.rows(); ++row) {
    bool alike = logits.cols() > 1;
    for (Index token = 0; token < logits.cols(); ++token) {
      const float value = logits(row, token);
      if (!std::isfinite(value)) {
        throw Error("the model's logits hold NaN or infinity",
                    "row " + std::to_string(row + 1) + " of " + std::to_string(logits.rows()),
                    "its numbers overflow: compute in bfloat16 or float32 if this is float16, else "
                    "look at the checkpoint's weights and config.json");
      }
      alike = alike && value == logits(row, 0);
    }
    if (alike) {
      throw Error("the model gives every token the same logit, and none can be chosen",
                  "row " + std::to_string(row + 1) + " of " + std::to_string(logits.rows()),
                  "its head, or what the head reads, is zero: look at the checkpoint's weights");
    }
  }
}

}  // namespace infoflow
