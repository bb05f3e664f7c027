// SPDX-License-Identifier: MIT
/// \file A checkpoint's tensors in libtorch: every name, shape and value is checked before it is used.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
  bool needed = true;         ///< False: may be missing, because nothing reads it.
  std::string stand_in = "";  ///< May be missing where this one is there, which is read instead.
};

/// Whether a tensor is a buffer that old checkpoints carry and nobody reads, in any family.
[[nodiscard]] inline bool is_unread_buffer(std::string_view name) {
  constexpr std::array<std::string_view, 3> endings{"rotary_emb.inv_freq", ".position_ids",
                                                    ".masked_bias"};
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// The family's spelling of a name in a file, or nothing if the tensor is to be ignored.
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

/// Names without their numbers, and the numbered blocks ("….layers.3.") and modules ("….linear_1.")
/// that have tensors: what a further tensor has to be compared with.
class KnownPlaces {
 public:
  void add(const std::string& name) {
    shapes_.insert(without_numbers(name));
    places_.insert(block_of(name));
    if (name.ends_with(".weight")) places_.insert(module_of(name));
    places_.erase("");
  }

  /// Whether a tensor that nothing reads is one more layer, or one more part of a known layer. Then
  /// the configuration says of another model than the weights are.
  [[nodiscard]] bool contradicted_by(const std::string& name) const {
    return shapes_.contains(without_numbers(name)) || places_.contains(block_of(name)) ||
           places_.contains(module_of(name));
  }

 private:
  static bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

  static std::string module_of(const std::string& name) {
    return name.substr(0, name.rfind('.') + 1);
  }

  static std::string without_numbers(const std::string& name) {
    std::string shape;
    for (const char c : name) {
      if (!digit(c) || shape.empty() || shape.back() != '#') shape += digit(c) ? '#' : c;
    }
    return shape;
  }

  /// Up to the dot behind the last part that is a number; empty if none is.
  static std::string block_of(const std::string& name) {
    std::size_t end = name.rfind('.');
    while (end != std::string::npos && end > 0) {
      const std::size_t dot = name.rfind('.', end - 1);
      const std::size_t begin = dot == std::string::npos ? 0 : dot + 1;
      if (begin < end && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(begin),
                                     name.begin() + static_cast<std::ptrdiff_t>(end), digit)) {
        return name.substr(0, end + 1);
      }
      end = dot;
    }
    return "";
  }

  std::set<std::string> shapes_;
  std::set<std::string> places_;
};

}  // namespace detail

/// The tensors of a checkpoint on one device. Nothing is read before the whole table of names and
/// shapes fits the configuration; the values are checked on the device, where a sum over each tensor
/// costs next to nothing.
class CheckpointTensors {
 public:
  /// \param note  told of tensors that no part of the model reads: they are left out
  /// \throws Error if a tensor is missing, of another shape or no floating-point number, or if there
  ///         are more layers, or more parts of a layer, than the configuration says
  CheckpointTensors(
      const CheckpointFiles& files, const std::vector<ExpectedTensor>& expected,
      const CanonicalName& canonical, at::Device device,
      std::function<void(int done, int total)> progress = [](int, int) {},
      const std::function<void(const std::string&)>& note = [](const std::string&) {})
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
    detail::KnownPlaces places;
    for (const ExpectedTensor& tensor : expected) {
      by_name.emplace(tensor.name, &tensor);
      places.add(tensor.name);
      const bool replaced = !tensor.stand_in.empty() && has(tensor.stand_in);
      if (tensor.needed && !has(tensor.name) && !replaced) {
        missing.push_back(tensor.name);
      }
    }
    if (!missing.empty()) {
      throw Error("no tensor " + detail::some_of(missing), where_,
                  "config.json and weights must be of the same checkpoint");
    }
    std::vector<std::string> unexpected;
    std::vector<std::string> unread;
    for (const auto& [name, stored] : stored_) {
      const auto found = by_name.find(name);
      if (found != by_name.end()) {
        require_shape(stored, *found->second);
      } else {
        (places.contradicted_by(name) ? unexpected : unread).push_back(name);
      }
    }
    if (!unexpected.empty()) {
      throw Error("config.json has no place for the tensor " + detail::some_of(unexpected), where_,
                  "config.json and weights must be of the same checkpoint");
    }
    if (!unread.empty()) {
      note("no part of the model reads the tensor " + detail::some_of(unread) + " of " + where_);
    }
    for (const std::string& name : unread) stored_.erase(name);
  }

  [[nodiscard]] bool has(const std::string& name) const { return stored_.contains(name); }

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
