// SPDX-License-Identifier: MIT
#include <cmath>

#include "adapter_support.hpp"

#include <adapters/checkpoint/json_file.hpp>

using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a typed look-up gives the value, or the default where the key is absent or null",
          "[adapters][json]") {
  const Json json =
      parse_json(R"({"a": 3, "b": 2.5, "c": null, "d": "x", "e": [1, 2], "f": true})", "f.json");

  CHECK(get_or(json, "a", 7, "f.json") == 3);
  CHECK(get_or(json, "a", 7.0, "f.json") == 3.0);
  CHECK(get_or(json, "b", 7.0, "f.json") == 2.5);
  CHECK(get_or(json, "c", 7, "f.json") == 7);
  CHECK(get_or(json, "z", 7, "f.json") == 7);
  CHECK(get<std::string>(json, "d", "f.json") == "x");
  CHECK(get<std::vector<int>>(json, "e", "f.json") == std::vector<int>{1, 2});
  CHECK(get<bool>(json, "f", "f.json"));
  CHECK_FALSE(get_optional<int>(json, "c", "f.json"));
}

TEST_CASE("a value of another type is an error that names file, key, value and type",
          "[adapters][json]") {
  const Json json = parse_json(
      R"({"text": "3", "real": 2.5, "big": 3000000000, "minus": -1, "yes": true,
          "list": [1, "2"]})",
      "f.json");
  const auto message = [&](auto fallback, const std::string& key) {
    return error_of([&] { (void)get_or(json, key, fallback, "f.json"); });
  };

  CHECK(message(0, "text") ==
        "\"text\" is \"3\" and must be a whole number from -2147483648 to 2147483647 (f.json); "
        "correct the value");
  CHECK_THAT(message(0, "real"), ContainsSubstring("2.5"));
  CHECK_THAT(message(0, "big"), ContainsSubstring("3000000000"));
  CHECK_THAT(message(0U, "minus"), ContainsSubstring("-1"));
  CHECK_THAT(message(0, "yes"), ContainsSubstring("whole number"));
  CHECK_THAT(message(false, "minus"), ContainsSubstring("true or false"));
  CHECK_THAT(message(std::vector<int>{}, "list"), ContainsSubstring("a list whose every element"));
  CHECK_THAT(error_of([&] { (void)get<int>(json, "gone", "f.json"); }),
             ContainsSubstring("\"gone\" is missing (f.json)"));
  CHECK_THAT(error_of([&] { (void)object_at(json, "yes", "f.json"); }),
             ContainsSubstring("must be an object"));
  CHECK_THAT(error_of([&] { (void)list_at(json, "yes", "f.json"); }),
             ContainsSubstring("must be a list"));
  CHECK(list_at(json, "gone", "f.json").empty());
  CHECK(object_at(json, "gone", "f.json").empty());
  CHECK_THAT(error_of([&] { (void)get_or(json["list"], "key", 0, "f.json"); }),
             ContainsSubstring("not an object"));
}

TEST_CASE("text that is no JSON is an error with its line and column", "[adapters][json]") {
  CHECK_THAT(error_of([] { (void)parse_json("{\n \"a\": tru }", "f.json"); }),
             ContainsSubstring("line 2, column 10") && ContainsSubstring("f.json"));
  CHECK_THAT(error_of([] { (void)parse_json("", "f.json"); }), ContainsSubstring("f.json"));
  CHECK_THAT(error_of([] { (void)parse_json("{\"a\": \"\xFF\"}", "f.json"); }),
             ContainsSubstring("UTF-8"));
  CHECK(error_of([] { (void)parse_json("\"" + std::string(1 << 20, 'x'), "f"); }).size() < 400);
}

TEST_CASE("the numbers that Python writes and JSON lacks are read, and named where they do not fit",
          "[adapters][json]") {
  const Json json = parse_json(
      R"({"a": NaN, "b": [Infinity, -Infinity, -1], "NaN": "NaN, \"Infinity\\", "-Infinity": {"c":-Infinity}})",
      "f.json");
  CHECK(std::isnan(get<double>(json, "a", "f.json")));
  CHECK(get<std::vector<double>>(json, "b", "f.json") ==
        std::vector<double>{INFINITY, -INFINITY, -1});
  CHECK(get<std::string>(json, "NaN", "f.json") == "NaN, \"Infinity\\");
  CHECK(get<double>(json["-Infinity"], "c", "f.json") == -INFINITY);
  CHECK_THAT(error_of([&] { (void)get<int>(json, "a", "f.json"); }),
             ContainsSubstring("\"a\" is NaN and must be a whole number"));
  CHECK_THAT(error_of([&] { (void)get<bool>(json["-Infinity"], "c", "f.json"); }),
             ContainsSubstring("\"c\" is -Infinity and must be true or false"));
  for (const char* other : {"nan", "NAN", "Nan", "NaNs", "Inf", "+Infinity", "--Infinity", "infinity"}) {
    CHECK_THAT(error_of([&] { (void)parse_json(std::string("{\"a\": ") + other + "}", "f.json"); }),
               ContainsSubstring("must be JSON"));
  }
}

TEST_CASE("depth and repeated keys are refused, and only these", "[adapters][json]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };

  CHECK_NOTHROW(parse_json(nested(deepest_json), "f"));
  CHECK_THAT(error_of([&] { (void)parse_json(nested(deepest_json + 2), "f"); }),
             ContainsSubstring("nested more than 64 deep"));
  CHECK_THAT(error_of([] { (void)parse_json(std::string(1 << 20, '['), "f"); }),
             ContainsSubstring("nested"));
  CHECK_THAT(error_of([] { (void)parse_json(R"({"a": {"b": 1, "c": 2, "b": 3}})", "f"); }),
             ContainsSubstring("\"b\" stands twice"));
  CHECK_NOTHROW(parse_json(R"({"a": {"a": [{"b": 1}, {"b": 2}]}, "b": 0})", "f"));
}

TEST_CASE("a file that is missing, a folder or too large is an error", "[adapters][json]") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.json", std::string("{\"a\": 1}"));

  CHECK(read_json(path)["a"] == 1);
  CHECK_THAT(error_of([&] { (void)read_json(folder.path() / "gone.json"); }),
             ContainsSubstring("no such file"));
  CHECK_THAT(error_of([&] { (void)read_json(folder.path()); }), ContainsSubstring("folder"));
  CHECK_THAT(error_of([&] { (void)read_json(path, 7); }), ContainsSubstring("8 bytes"));
}
