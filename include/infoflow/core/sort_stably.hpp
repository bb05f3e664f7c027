// SPDX-License-Identifier: MIT
/// \file Sorting that keeps the order of equals.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace infoflow {

/// std::stable_sort for ranges of a few thousand: clang warns of libstdc++'s, whose temporary buffer is
/// deprecated, in whatever file it is instantiated.
/// \param before  a strict weak order: NaN among floating-point keys is none
/// Law: equal to std::stable_sort.
template <class T, class Before>
void sort_stably(std::span<T> values, Before before) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (before(values[a], values[b])) return true;
    return !before(values[b], values[a]) && a < b;
  });
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::size_t i : order) sorted.push_back(std::move(values[i]));
  std::move(sorted.begin(), sorted.end(), values.begin());
}

}  // namespace infoflow
