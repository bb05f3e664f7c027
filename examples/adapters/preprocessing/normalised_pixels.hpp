// SPDX-License-Identifier: MIT
/// \file Views of pictures as the batch that a vision tower is given.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/preprocessing/image_processor.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

/// (pixel − mean) / std of one view, [3, height, width] in float32.
[[nodiscard]] inline at::Tensor normalised_view(const PixelImage& view,
                                                const ImageSettings& settings) {
  const at::Tensor values = at::empty({view.height, view.width, 3}, at::kFloat);
  std::copy(view.values.begin(), view.values.end(), values.mutable_data_ptr<float>());
  const auto per_channel = [](const auto& three) {
    return at::tensor({three[0], three[1], three[2]}, at::kFloat).view({3, 1, 1});
  };
  return (values.permute({2, 0, 1}) - per_channel(settings.mean)) / per_channel(settings.std);
}

/// Views of one size as a batch [views, 3, size, size], on the device and in the precision of `like`.
/// \throws Error if a view is not of this size
[[nodiscard]] inline at::Tensor normalised_pixels(std::span<const PixelImage> views, Index size,
                                                  const ImageSettings& settings,
                                                  const at::Tensor& like) {
  std::vector<at::Tensor> pictures;
  for (const PixelImage& view : views) {
    if (view.width != size || view.height != size) {
      throw Error("a view of " + std::to_string(view.width) + " × " + std::to_string(view.height) +
                      " pixels",
                  "encode",
                  "the tower takes " + std::to_string(size) + " × " + std::to_string(size) +
                      "; use prepare's pixels");
    }
    pictures.push_back(normalised_view(view, settings));
  }
  return at::stack(pictures).to(like.device(), like.scalar_type());
}

}  // namespace infoflow::adapters
