// SPDX-License-Identifier: MIT
#include <cmath>

#include <adapters/checkpoint/json_file.hpp>

#include "adapter_support.hpp"

using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a look-up gives the value, or the default where the key is absent or null",
          "[adapters][json]") {
  const Json json = parse_json(R"({"a": 3, "c": null, "yes": true, "list": [1]})", "f.json");

  CHECK(get_or(json, "a", 7, "f.json") == 3);
  CHECK(get_or(json, "c", 7, "f.json") == 7);
  CHECK_FALSE(get_optional<int>(json, "c", "f.json"));
  CHECK(get<bool>(json, "yes", "f.json"));
  CHECK(list_at(json, "list", "f.json").size() == 1);
  CHECK(list_at(json, "gone", "f.json").empty());
  CHECK(object_at(json, "gone", "f.json").empty());
  CHECK_THAT(error_of([&] { (void)object_at(json, "yes", "f.json"); }),
             ContainsSubstring("must be an object (f.json)"));
  CHECK_THAT(error_of([&] { (void)list_at(json, "yes", "f.json"); }),
             ContainsSubstring("must be a list (f.json)"));
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
  for (const char* other :
       {"nan", "NAN", "Nan", "NaNs", "Inf", "+Infinity", "--Infinity", "infinity"}) {
    CHECK_THAT(error_of([&] { (void)parse_json(std::string("{\"a\": ") + other + "}", "f.json"); }),
               ContainsSubstring("this is no JSON"));
  }
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
