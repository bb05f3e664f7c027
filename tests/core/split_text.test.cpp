// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/core/split_text.hpp>

using namespace infoflow;

using Views = std::vector<std::string_view>;

TEST_CASE("pieces lie between separators, empty ones too", "[core][split]") {
  CHECK(split_text("a  b", ' ') == Views{"a", "", "b"});
  CHECK(split_text(",a,", ',') == Views{"", "a", ""});
  CHECK(split_text("", ' ') == Views{""});
  CHECK(split_text("a b", ',') == Views{"a b"});
}

TEST_CASE("lines are without their ends, and none stands behind the last", "[core][split]") {
  CHECK(lines_of("a\nb\r\n\nc") == Views{"a", "b", "", "c"});
  CHECK(lines_of("a\n") == Views{"a"});
  CHECK(lines_of("\n\n") == Views{"", ""});
  CHECK(lines_of("\r\n") == Views{""});
  CHECK(lines_of("a\rb\n\r") == Views{"a\rb", ""});
  CHECK(lines_of("").empty());
}
