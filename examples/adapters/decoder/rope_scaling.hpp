// SPDX-License-Identifier: MIT
/// \file What config.json says of the rotary embedding: its base, and how it reaches beyond the length
/// that the model was trained at.
#pragma once

#include <array>
#include <cmath>
#include <string>

#include <adapters/checkpoint/config_values.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow::adapters {

enum class RopeType { plain, linear, dynamic, llama3, yarn };

/// A "rope_type" with its parameters, as transformers names them.
struct RopeScaling {
  RopeType type = RopeType::plain;
  double factor = 1;
  double trained_length =
      2048;                    ///< original_max_position_embeddings, else max_position_embeddings.
  double low_freq_factor = 1;  ///< These two for llama3.
  double high_freq_factor = 4;
  double beta_fast = 32;  ///< These for yarn.
  double beta_slow = 1;
  bool truncate = true;
  double attention_factor = 1;  ///< On the cosines and sines of queries and of keys.

  /// What θ is multiplied by when `length` tokens are read, at least 1: grows for the type dynamic once
  /// the trained length is passed. Keys that are cached stay as they were turned.
  [[nodiscard]] double base_scale(Index length, Index head_channels) const {
    const auto tokens = static_cast<double>(length);
    if (type != RopeType::dynamic || tokens <= trained_length) return 1;
    const auto channels = static_cast<double>(head_channels);
    return std::pow(factor * tokens / trained_length - (factor - 1), channels / (channels - 2));
  }
};

/// The object that counts: "rope_scaling" (as it was called before transformers 5) unless it is empty,
/// else "rope_parameters".
[[nodiscard]] inline const Json& rope_object(const Json& json, const std::string& file) {
  const Json& scaling = object_at(json, "rope_scaling", file);
  return scaling.empty() ? object_at(json, "rope_parameters", file) : scaling;
}

namespace detail {

/// \throws Error if it is a type that the decoder has not: another model would answer
[[nodiscard]] inline RopeType rope_type_of(const Json& rope, const std::string& file) {
  struct Name {
    const char* name;
    RopeType type;
  };
  constexpr std::array<Name, 5> known{{{"default", RopeType::plain},
                                       {"linear", RopeType::linear},
                                       {"dynamic", RopeType::dynamic},
                                       {"llama3", RopeType::llama3},
                                       {"yarn", RopeType::yarn}}};
  const auto old_name = get_or<std::string>(rope, "type", "default", file);
  const auto name = get_or(rope, "rope_type", old_name, file);
  for (const Name& entry : known) {
    if (name == entry.name) return entry.type;
  }
  throw Error("rotary embeddings of the type \"" + name + "\" are asked for", file,
              "default, linear, dynamic, llama3 and yarn are supported");
}

/// A factor that has no default.
[[nodiscard]] inline double needed_factor(const Json& rope, const std::string& key,
                                          const std::string& file) {
  (void)get<double>(rope, key, file);
  return factor_or(rope, key, 1, file);
}

/// yarn's factor on cosines and sines: said, or from "mscale" and "mscale_all_dim", or from the factor.
[[nodiscard]] inline double yarn_attention_factor(const Json& rope, double factor,
                                                  const std::string& file) {
  if (const auto said = get_optional<double>(rope, "attention_factor", file)) {
    return factor_or(rope, "attention_factor", *said, file);
  }
  const auto scale = [&](double weight) {
    return factor <= 1 ? 1 : 0.1 * weight * std::log(factor) + 1;
  };
  const double one = get_or(rope, "mscale", 0.0, file);
  const double all = get_or(rope, "mscale_all_dim", 0.0, file);
  if (one == 0 || all == 0) return scale(1);
  return factor_or(Json{{"mscale", scale(one) / scale(all)}}, "mscale", 1, file);
}

inline void read_yarn(RopeScaling& scaling, const Json& rope, int max_positions,
                      const std::string& file) {
  if (!rope.contains("factor")) throw Error("\"factor\" is missing", file, "add it");
  scaling.factor = factor_or(rope, "factor", max_positions / scaling.trained_length, file);
  scaling.attention_factor = yarn_attention_factor(rope, scaling.factor, file);
  const auto beta = [&](const char* key, double usual) {
    return get_or(rope, key, usual, file) == 0 ? usual : factor_or(rope, key, usual, file);
  };
  scaling.beta_fast = beta("beta_fast", 32);
  scaling.beta_slow = beta("beta_slow", 1);
  scaling.truncate = get_or(rope, "truncate", true, file);
}

}  // namespace detail

/// θ: in the object that counts, else beside it.
[[nodiscard]] inline double read_rope_theta(const Json& json, const std::string& file) {
  const double beside = factor_or(json, "rope_theta", 10000, file);
  return factor_or(rope_object(json, file), "rope_theta", beside, file);
}

/// \param max_positions  max_position_embeddings
/// \throws Error if the type is not supported, or lacks a parameter
[[nodiscard]] inline RopeScaling read_rope_scaling(const Json& json, int max_positions,
                                                   const std::string& file) {
  const Json& rope = rope_object(json, file);
  RopeScaling scaling;
  scaling.type = detail::rope_type_of(rope, file);
  scaling.trained_length = max_positions;
  if (scaling.type == RopeType::plain) return scaling;
  const double part = get_or(json, "partial_rotary_factor", 1.0, file);
  if (get_or(rope, "partial_rotary_factor", part, file) != 1) {
    throw Error("\"partial_rotary_factor\" turns a part of each head only", file,
                "only rotary embeddings of whole heads are supported");
  }
  if (scaling.type == RopeType::llama3 || scaling.type == RopeType::yarn) {
    const char* key = "original_max_position_embeddings";
    scaling.trained_length = size_or(rope, key, max_positions, file);
    scaling.trained_length = size_or(json, key, static_cast<int>(scaling.trained_length), file);
  }
  if (scaling.type == RopeType::yarn) {
    detail::read_yarn(scaling, rope, max_positions, file);
    return scaling;
  }
  scaling.factor = detail::needed_factor(rope, "factor", file);
  if (scaling.type == RopeType::llama3) {
    scaling.low_freq_factor = detail::needed_factor(rope, "low_freq_factor", file);
    scaling.high_freq_factor = detail::needed_factor(rope, "high_freq_factor", file);
  }
  return scaling;
}

}  // namespace infoflow::adapters
