// SPDX-License-Identifier: MIT
/// \file The part of a data set that one of several processes works on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/core/random.hpp>

namespace infoflow {

/// Part `number` (from 1) of `count`; all of it by default.
struct Shard {
  Index number = 1;
  Index count = 1;

  friend constexpr bool operator==(const Shard&, const Shard&) = default;
};

/// "2/4"
[[nodiscard]] inline std::string to_string(const Shard& shard) {
  return std::to_string(shard.number) + "/" + std::to_string(shard.count);
}

/// "2/4" → the second of four. \throws Error if it is none
[[nodiscard]] inline Shard parse_shard(std::string_view text) {
  const std::string where = "shard " + std::string(text);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    throw Error("this is no shard", where, "write 2/4 for the second of four");
  }
  const Shard shard{parse_count(text.substr(0, slash), where),
                    parse_count(text.substr(slash + 1), where)};
  if (shard.number < 1 || shard.number > shard.count) {
    throw Error("there is no such part", where, "count from 1/" + std::to_string(shard.count));
  }
  return shard;
}

/// True if the item belongs to the shard. It depends on the picture's name alone (on the id where
/// there is no picture), so not on the order of the data, and all items of a picture are in one
/// shard: they share their prefix, and clusters stay whole. Law: each item is in exactly one of the
/// shards 1/n … n/n.
[[nodiscard]] inline bool in_shard(std::string_view image, std::string_view id,
                                   const Shard& shard) {
  const RandomStream lots(0, key_of(image.empty() ? id : image), 0);
  const auto part = static_cast<Index>(lots.uniform(0) * static_cast<double>(shard.count));
  return part == shard.number - 1;
}

}  // namespace infoflow
