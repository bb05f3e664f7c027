// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/core/sort_stably.hpp>

using namespace infoflow;

namespace {

/// Pairs with few different keys, so that most are equal; the text says where each stood.
std::vector<std::pair<int, std::string>> many_equals(std::uint64_t seed, std::size_t size) {
  const RandomStream stream(seed, key_of("many_equals"), 0);
  std::vector<std::pair<int, std::string>> values;
  for (std::size_t i = 0; i < size; ++i) {
    values.emplace_back(static_cast<int>(4 * stream.uniform(i)), std::to_string(i));
  }
  return values;
}

const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };

/// How many of 100 draws are sorted as std::stable_sort does it.
template <class Sort>
int as_the_standard(Sort sort) {
  int equal = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto values = many_equals(seed, 3 * seed);
    auto wanted = values;
    std::stable_sort(wanted.begin(), wanted.end(), by_key);
    sort(values);
    equal += values == wanted ? 1 : 0;
  }
  return equal;
}

}  // namespace

TEST_CASE("sorting stably is what the standard library's is", "[core][law]") {
  CHECK(as_the_standard([](auto& values) { sort_stably(std::span(values), by_key); }) == 100);
}

TEST_CASE("a sort that does not keep the order of equals is not", "[core][law]") {
  CHECK(as_the_standard([](auto& values) {
          std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
            return by_key(a, b) || (!by_key(b, a) && a.second > b.second);
          });
        }) < 10);
}
