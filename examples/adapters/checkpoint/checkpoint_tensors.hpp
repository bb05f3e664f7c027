// SPDX-License-Identifier: MIT
/// \file A checkpoint's tensors in libtorch: every name, shape and value is checked before it is used.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/checkpoint/checkpoint_files.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow::adapters {

/// A tensor that a checkpoint of a given configuration has.
struct ExpectedTensor {
  std::string name;  ///< In the family's own spelling.
  std::vector<std::int64_t> shape;
  bool needed = true;  ///< False: may be missing, because nothing reads it.
};

/// The family's spelling of a name in a file, or nothing if the tensor is to be ignored (buffers that
/// old checkpoints carry).
using CanonicalName = std::function<std::optional<std::string>(const std::string& name_in_file)>;

namespace detail {

[[nodiscard]] inline std::optional<at::ScalarType> floating_type(StoredType type) {
  switch (type) {
    case StoredType::f64: return at::kDouble;
    case StoredType::f32: return at::kFloat;
    case StoredType::f16: return at::kHalf;
    case StoredType::bf16: return at::kBFloat16;
    default: return std::nullopt;
  }
}

/// The stored bytes as a tensor on the CPU, without a copy where they lie on their boundaries. The
/// file stays mapped for as long as the tensor lives.
[[nodiscard]] inline at::Tensor as_tensor(const StoredTensor& stored, at::ScalarType type) {
  const auto options = at::TensorOptions().dtype(type);
  if (stored.bytes.empty() || !stored.aligned()) {
    at::Tensor copy = at::empty(stored.shape, options);
    if (!stored.bytes.empty()) {
      std::memcpy(copy.mutable_data_ptr(), stored.bytes.data(), stored.bytes.size());
    }
    return copy;
  }
  // Weights are only read; libtorch has no tensor of constant bytes.
  void* bytes = const_cast<std::byte*>(stored.bytes.data());
  return at::from_blob(bytes, stored.shape, [file = stored.file](void*) {}, options);
}

[[nodiscard]] inline std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  }
  return text + "]";
}

/// "a, b and 7 more": enough to recognise a wrong checkpoint by, on one line.
[[nodiscard]] inline std::string some_of(const std::vector<std::string>& names) {
  std::string text = names.front();
  if (names.size() > 1) text += ", " + names[1];
  if (names.size() > 2) text += " and " + std::to_string(names.size() - 2) + " more";
  return text;
}

}  // namespace detail

/// The tensors of a checkpoint on one device. Nothing is read before the whole table of names and
/// shapes fits the configuration; the values are checked on the device, where a sum over each tensor
/// costs next to nothing.
class CheckpointTensors {
 public:
  /// \throws Error if a tensor is missing, of another shape, no floating-point number, or one that
  ///         the configuration does not know
  CheckpointTensors(
      const CheckpointFiles& files, const std::vector<ExpectedTensor>& expected,
      const CanonicalName& canonical, at::Device device,
      std::function<void(int done, int total)> progress = [](int, int) {})
      : where_(files.path()), device_(device), progress_(std::move(progress)) {
    for (const auto& [name, stored] : files.tensors()) {
      const std::optional<std::string> known_as = canonical(name);
      if (!known_as) continue;
      if (!stored_.emplace(*known_as, stored).second) {
        throw Error("\"" + name + "\" and another tensor are both " + *known_as, where_,
                    "keep one of the two");
      }
    }
    std::vector<std::string> missing;
    std::map<std::string, const ExpectedTensor*> by_name;
    for (const ExpectedTensor& tensor : expected) {
      by_name.emplace(tensor.name, &tensor);
      if (tensor.needed && !stored_.contains(tensor.name)) missing.push_back(tensor.name);
    }
    if (!missing.empty()) {
      throw Error("no tensor " + detail::some_of(missing), where_,
                  "config.json and weights must be of the same checkpoint");
    }
    std::vector<std::string> unexpected;
    for (const auto& [name, stored] : stored_) {
      const auto found = by_name.find(name);
      if (found == by_name.end()) {
        unexpected.push_back(name);
      } else {
        require_shape(stored, *found->second);
      }
    }
    if (!unexpected.empty()) {
      throw Error("config.json has no place for the tensor " + detail::some_of(unexpected), where_,
                  "config.json and weights must be of the same checkpoint");
    }
  }

  /// The tensor in the precision asked for.
  [[nodiscard]] at::Tensor take(const std::string& name, at::ScalarType dtype) {
    const StoredTensor& stored = stored_.at(name);
    const at::Tensor tensor =
        detail::as_tensor(stored, *detail::floating_type(stored.type)).to(device_).to(dtype);
    // NaN and infinity survive a sum: one number per tensor says whether there is any. A sum of
    // finite numbers may overflow, too; require_finite() looks closer before it complains.
    taken_.emplace_back(stored.name, tensor);
    sums_.push_back(tensor.sum(accumulation_type(tensor)).to(at::kDouble));
    progress_(static_cast<int>(sums_.size()), static_cast<int>(stored_.size()));
    return tensor;
  }

  /// As take(), or an undefined tensor if the checkpoint has none of that name.
  [[nodiscard]] at::Tensor take_if_there(const std::string& name, at::ScalarType dtype) {
    return stored_.contains(name) ? take(name, dtype) : at::Tensor();
  }

  /// \throws Error naming a tensor taken so far that holds NaN or infinity (in the precision asked
  ///         for: a float32 beyond 65504 is infinite in float16)
  void require_finite() const {
    if (sums_.empty() || at::stack(sums_).isfinite().all().item<bool>()) return;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      const auto& [name, tensor] = taken_[i];
      if (sums_[i].isfinite().item<bool>() || tensor.isfinite().all().item<bool>()) continue;
      throw Error("tensor \"" + name + "\" holds NaN or infinity in " +
                      std::string(at::toString(tensor.scalar_type())),
                  where_, "fetch the weights anew, or run in float32");
    }
  }

 private:
  void require_shape(const StoredTensor& stored, const ExpectedTensor& expected) const {
    if (stored.shape != expected.shape) {
      throw Error("tensor \"" + stored.name + "\" has shape " + detail::shape_text(stored.shape) +
                      ", config.json says " + detail::shape_text(expected.shape),
                  where_, "config.json and weights must be of the same checkpoint");
    }
    if (!detail::floating_type(stored.type)) {
      throw Error(
          "tensor \"" + stored.name + "\" is stored as " + std::string(to_string(stored.type)),
          where_, "quantised weights are not read; give float32, float16 or bfloat16");
    }
  }

  std::string where_;
  at::Device device_;
  std::function<void(int done, int total)> progress_;
  std::map<std::string, StoredTensor> stored_;  ///< By the family's spelling.
  std::vector<std::pair<std::string, at::Tensor>> taken_;
  std::vector<at::Tensor> sums_;
};

}  // namespace infoflow::adapters
