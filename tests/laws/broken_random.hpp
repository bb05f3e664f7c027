// SPDX-License-Identifier: MIT
/// \file Random streams that break one law each.
#pragma once

#include <cstdint>

#include <infoflow/core/random.hpp>

namespace infoflow::laws {

/// Counts its calls, as a generator with a state does.
class Sequential {
 public:
  Sequential(std::uint64_t seed, std::uint64_t item, std::uint32_t sample)
      : stream_(seed, item, sample) {}
  double uniform(std::uint64_t) { return stream_.uniform(calls_++); }

 private:
  RandomStream stream_;
  std::uint64_t calls_ = 0;
};

/// Adds seed and item, so that swapping them gives the same values.
struct Commutes : RandomStream {
  Commutes(std::uint64_t seed, std::uint64_t item, std::uint32_t sample)
      : RandomStream(seed + item, 0, sample) {}
};

/// The sum of three uniforms: right mean and variance, tails too light.
struct NearlyNormal : RandomStream {
  using RandomStream::RandomStream;
  [[nodiscard]] double normal(std::uint64_t i) const {
    return 2 * (uniform(3 * i) + uniform(3 * i + 1) + uniform(3 * i + 2) - 1.5);
  }
};

/// Uses the same half of each Box–Muller pair twice.
struct Doubled : RandomStream {
  using RandomStream::RandomStream;
  [[nodiscard]] double normal(std::uint64_t i) const { return RandomStream::normal(i / 2 * 2); }
};

}  // namespace infoflow::laws
