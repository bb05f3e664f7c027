// SPDX-License-Identifier: MIT
/// \file Checks that the readers of config.json share.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// Beyond what any model has, so that products of sizes stay far from overflow.
inline constexpr int most_channels = 1 << 20;
inline constexpr int most_heads = 1 << 12;
inline constexpr int most_head_channels = 1 << 14;
inline constexpr int most_layers = 1 << 10;
inline constexpr double largest_factor = 1e12;

/// \throws Error if "model_type" is none of `types`, or the checkpoint is quantised
/// \param expected  what the family's configurations have: "LLaVA-1.5 has model_type llava"
inline void require_family(const Json& json, const std::string& file,
                           std::initializer_list<std::string_view> types,
                           const std::string& expected) {
  const auto type = get_or<std::string>(json, "model_type", "", file);
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    throw Error(type.empty() ? "the configuration names no model_type"
                             : "this is a checkpoint of the family " + type,
                file, expected);
  }
  if (find(json, "quantization_config", file) != nullptr) {
    throw Error("the checkpoint is quantised", file, "give one in float16, bfloat16 or float32");
  }
}

/// \throws Error if `key` says something else than `wanted`, which every `family` has
inline void require_word(const Json& json, const std::string& key, const std::string& fallback,
                         const std::string& wanted, const std::string& family,
                         const std::string& file) {
  const auto word = get_or(json, key, fallback, file);
  if (word == wanted) return;
  throw Error("\"" + key + "\" is \"" + word + "\"", file,
              family + " has \"" + wanted + "\"; other kinds are not supported");
}

/// A size from 1 to `most`. \throws Error if it is not
[[nodiscard]] inline int size_or(const Json& json, const std::string& key, int fallback,
                                 const std::string& file, int most = most_channels) {
  const int value = get_or(json, key, fallback, file);
  if (value < 1 || value > most) {
    throw Error("\"" + key + "\" is " + std::to_string(value), file,
                "it must lie between 1 and " + std::to_string(most));
  }
  return value;
}

/// A factor above 0 (θ, a ratio). \throws Error if it is not, or beyond `most`
[[nodiscard]] inline double factor_or(const Json& json, const std::string& key, double fallback,
                                      const std::string& file, double most = largest_factor) {
  const double value = get_or(json, key, fallback, file);
  if (!(value > 0 && value <= most)) {
    throw Error("\"" + key + "\" is " + shown_json(Json(value)), file,
                "it must be above 0 and at most " + shown_json(Json(most)));
  }
  return value;
}

/// The ε of a norm: what it adds to a mean square of about 1. A larger one would be the model.
[[nodiscard]] inline double epsilon_or(const Json& json, const std::string& key, double fallback,
                                       const std::string& file) {
  return factor_or(json, key, fallback, file, 1);
}

/// The name of an activation that layers.hpp has. \throws Error if it has not
[[nodiscard]] inline std::string activation_or(const Json& json, const std::string& key,
                                               std::string fallback, const std::string& file) {
  constexpr std::array<std::string_view, 3> known{"silu", "gelu", "quick_gelu"};
  std::string name = get_or(json, key, std::move(fallback), file);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw Error("\"" + key + "\" is \"" + name + "\"", file,
                "silu, gelu and quick_gelu are supported");
  }
  return name;
}

/// A tower's work is quadratic in its patches: with far more than any model has (24 to 32 a side), one
/// picture would take hours and all memory.
inline void require_patches(int image_size, int patch_size, const std::string& file) {
  constexpr int most = 128;
  if (image_size / patch_size <= most) return;
  throw Error("pictures of " + std::to_string(image_size / patch_size) + " patches a side", file,
              std::to_string(most) + " are the most; correct the sizes of pictures or patches");
}

inline void require_whole_heads(int hidden, int heads, const std::string& file) {
  if (hidden % heads == 0) return;
  throw Error("hidden_size " + std::to_string(hidden) + " is no multiple of " +
                  std::to_string(heads) + " heads",
              file, "correct hidden_size or num_attention_heads");
}

}  // namespace infoflow::adapters
