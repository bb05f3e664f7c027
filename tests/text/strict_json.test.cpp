// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/text/strict_json.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string refusal_of(const std::string& text) {
  try {
    (void)strict_json(text, "f.json");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring("(f.json)"));
    CHECK(std::string(error.what()).size() < 400);
    return error.problem();
  }
  return "no error";
}

std::string nested(int depth, char open, char close) {
  const auto count = static_cast<std::size_t>(depth);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += open;
    if (open == '{') text += "\"a\":";
  }
  return text + "0" + std::string(count, close);
}

}  // namespace

TEST_CASE("lists and objects nest as deep as is said, and no deeper", "[text][json]") {
  for (const auto& [open, close] : {std::pair{'[', ']'}, {'{', '}'}}) {
    CAPTURE(open);
    CHECK(refusal_of(nested(deepest_json, open, close)) == "no error");
    CHECK(refusal_of(nested(deepest_json + 1, open, close)) == "values nested more than 16 deep");
  }
  CHECK(refusal_of(std::string(1 << 20, '[')) == "values nested more than 16 deep");
}

TEST_CASE("a key stands once in an object", "[text][json]") {
  CHECK(refusal_of(R"({"a": {"b": 1, "c": 2, "b": 3}})") == "the key \"b\" stands twice");
  CHECK(refusal_of(R"([{"é": 1, "\u00e9": 2}])") == "the key \"é\" stands twice");
  CHECK(refusal_of(R"({"a": {"a": [{"b": 1}, {"b": 2}]}, "b": 0})") == "no error");
  const std::string key(1000, 'k');
  CHECK_THAT(refusal_of("{\"" + key + "\": 1, \"" + key + "\": 2}"), ContainsSubstring("kkk…\""));
}

TEST_CASE("what is no JSON is refused with the reason", "[text][json]") {
  CHECK_THAT(refusal_of("{\n \"a\": tru }"),
             ContainsSubstring("no JSON: it cannot be read from line 2, "
                               "column 10 on"));
  CHECK_THAT(refusal_of(""), ContainsSubstring("no JSON"));
  CHECK_THAT(refusal_of("{} {}"), ContainsSubstring("no JSON"));
  CHECK_THAT(refusal_of("{\"a\": \"\xED\xA0\x80\"}"), ContainsSubstring("byte 8 is not UTF-8"));
  CHECK_THAT(refusal_of("\"" + std::string(1 << 20, 'x')), ContainsSubstring("in the middle"));
  CHECK_THAT(refusal_of("[NaN]"), ContainsSubstring("Python's, not JSON's"));
  CHECK(refusal_of("[1e999]") == "a number is too large");
}
