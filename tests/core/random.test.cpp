// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/core/random.hpp>

#include "../laws/broken_random.hpp"
#include "../laws/random.laws.hpp"

using namespace infoflow;

namespace {
using Words = std::array<std::uint32_t, 4>;

template <class Stream>
auto maker() {
  return [](std::uint64_t seed, std::uint64_t item, std::uint32_t sample) {
    return Stream(seed, item, sample);
  };
}
}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[core][random]") {
  CHECK(RandomStream::philox({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(RandomStream::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                             {0xffffffff, 0xffffffff}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  // Counter and key from the digits of pi.
  CHECK(RandomStream::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                             {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a random value depends on its address alone", "[core][random][law]") {
  CHECK(laws::check_address(maker<RandomStream>()) == "");
}

TEST_CASE("uniform values stay inside (0, 1) at both ends", "[core][random]") {
  const RandomStream stream(1, 2, 3);
  double mean = 0;
  for (std::uint64_t i = 0; i < 40000; ++i) {
    const double u = stream.uniform(i);
    REQUIRE((u > 0 && u < 1));
    mean += u / 40000;
  }
  CHECK(std::abs(mean - 0.5) < 5 * std::sqrt(1.0 / 12 / 40000));
}

TEST_CASE("normal values have the moments of a normal distribution", "[core][random][law]") {
  CHECK(laws::check_normal_moments(RandomStream(0, 0, 0)) == "");
  CHECK(laws::check_normal_moments(RandomStream(5, key_of("item 17"), 49)) == "");
}

TEST_CASE("the laws of random numbers reject broken streams", "[core][random][broken]") {
  CHECK(laws::check_address(maker<laws::Sequential>()) == "a value depends on the order of asking");
  CHECK(laws::check_address(maker<laws::Commutes>()) == "another address gives the same values");
  CHECK(laws::check_normal_moments(laws::NearlyNormal(1, 2, 3)) ==
        "the tails are not those of a normal");
  CHECK(laws::check_normal_moments(laws::Doubled(1, 2, 3)) == "neighbours are correlated");
}

TEST_CASE("a text's key is FNV-1a", "[core][random]") {
  CHECK(key_of("") == 0xcbf29ce484222325u);
  CHECK(key_of("a") == 0xaf63dc4c8601ec8cu);
  CHECK(key_of("foobar") == 0x85944171f73967e8u);
}
