// SPDX-License-Identifier: MIT
/// \file Random numbers that depend only on what they are for: a counter-based generator.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace infoflow {

/// A stable 64-bit key for a text, such as an item's id (FNV-1a).
[[nodiscard]] constexpr std::uint64_t key_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// Random values addressed by (seed, item, sample, index), so that noise depends neither on the
/// library, the device, nor on the order in which items and samples are worked on.
///
/// Law: equal addresses give equal values; any difference in the address gives unrelated ones.
/// Source: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
class RandomStream {
 public:
  constexpr RandomStream(std::uint64_t seed, std::uint64_t item, std::uint32_t sample)
      : key_{low(mix(seed) ^ item), high(mix(seed) ^ item)}, sample_(sample) {}

  /// Uniform in (0, 1), never 0 or 1.
  [[nodiscard]] double uniform(std::uint64_t index) const {
    return to_unit(block(index / 4)[index % 4]);
  }

  /// Normal with mean 0 and variance 1 (Box–Muller on the pair that `index` belongs to).
  [[nodiscard]] double normal(std::uint64_t index) const {
    const auto words = block(index / 4);
    const std::size_t pair = (index % 4) / 2 * 2;
    const double radius = std::sqrt(-2.0 * std::log(to_unit(words[pair])));
    const double angle = 2.0 * std::numbers::pi * to_unit(words[pair + 1]);
    return radius * (index % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }

  /// Four words of Philox4x32-10 at one counter.
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> block(std::uint64_t counter) const {
    return philox({low(counter), high(counter), sample_, 0}, key_);
  }

  [[nodiscard]] static constexpr std::array<std::uint32_t, 4> philox(
      std::array<std::uint32_t, 4> x, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xD2511F53u} * x[0];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * x[2];
      x = {high(b) ^ x[1] ^ key[0], low(b), high(a) ^ x[3] ^ key[1], low(a)};
      key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
    }
    return x;
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
  static constexpr std::uint32_t high(std::uint64_t v) {
    return static_cast<std::uint32_t>(v >> 32);
  }
  static constexpr double to_unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

  // Seeds are small numbers and items are hashes: spread the seed so that the two do not cancel.
  static constexpr std::uint64_t mix(std::uint64_t v) {
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u + 0x9e3779b97f4a7c15u;
    v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
    return v ^ (v >> 31);
  }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t sample_;
};

}  // namespace infoflow
