// SPDX-License-Identifier: MIT
/// \file Catch2 2 and 3 under one include; tests write Catch2 3's names.
#pragma once

// libtorch's logging macros take the same names; whoever includes both wants Catch2's.
#undef CHECK
#undef CHECK_FALSE
#undef REQUIRE
#undef FAIL
#undef WARN

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>

namespace Catch {
using Detail::Approx;
namespace Matchers {
/// Catch2 3's name of what Catch2 2 calls Contains(std::string).
inline auto ContainsSubstring(const std::string& text) {
  return Contains(text);
}
}  // namespace Matchers
}  // namespace Catch
#endif

#include <iostream>

/// Ends a test case that cannot run here (a data set or a device is absent). ctest counts it as
/// skipped, never as passed: tests/CMakeLists.txt looks for this word in the output.
#define INFOFLOW_NOT_RUN(reason)                                \
  do {                                                          \
    std::cout << "INFOFLOW_NOT_RUN: " << (reason) << std::endl; \
    return;                                                     \
  } while (false)
