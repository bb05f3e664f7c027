// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch_compat.hpp>

#include <infoflow/text/json_fields.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

template <class Ask>
std::string error_of(Ask ask) {
  try {
    ask();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a field is of the type asked for; null counts as absent", "[text][json]") {
  const json object = json::parse(
      R"({"a": 3, "b": 2.5, "c": null, "d": "x", "e": [1, 2], "f": true, "o": {"p": 1}})");
  const JsonFields fields(object, "f.json");

  CHECK(fields.get<int>("a") == 3);
  CHECK(fields.get<double>("a") == 3.0);
  CHECK(fields.get_or("b", 7.0) == 2.5);
  CHECK(fields.get_or("c", 7) == 7);
  CHECK(fields.get_or("z", 7) == 7);
  CHECK(fields.get<std::string>("d") == "x");
  CHECK(fields.get<std::vector<int>>("e") == std::vector<int>{1, 2});
  CHECK(fields.get<bool>("f"));
  CHECK_FALSE(fields.get_optional<int>("c"));
  CHECK(fields.get_optional<int>("a") == 3);
  CHECK(fields.list("e").size() == 2);
  CHECK(fields.object("o").contains("p"));
  CHECK_FALSE(fields.has("c"));
  CHECK(fields.find("z") == nullptr);
  CHECK(error_of([&] { (void)fields.get<int>("c"); }) == "\"c\" is missing (f.json); add it");
}

TEST_CASE("a value of another type is an error that names file, key, value and type",
          "[text][json]") {
  const json object = json::parse(
      R"({"text": "3", "real": 2.5, "big": 3000000000, "minus": -1, "yes": true,
          "list": [1, "2"], "o": {}})");
  const JsonFields fields(object, "f.json");
  const auto message = [&](auto type, const std::string& key) {
    return error_of([&] { (void)fields.get<decltype(type)>(key); });
  };

  CHECK(message(0, "text") ==
        "\"text\" is \"3\" and must be a whole number from -2147483648 to 2147483647 (f.json); "
        "correct the value");
  CHECK_THAT(message(0, "real"), ContainsSubstring("2.5"));
  CHECK_THAT(message(0, "big"), ContainsSubstring("3000000000"));
  CHECK_THAT(message(0U, "minus"), ContainsSubstring("-1"));
  CHECK_THAT(message(0, "yes"), ContainsSubstring("whole number"));
  CHECK_THAT(message(false, "minus"), ContainsSubstring("true or false"));
  CHECK_THAT(message(0.0, "o"), ContainsSubstring("\"o\" is an object and must be a number"));
  CHECK_THAT(message(std::vector<int>{}, "list"),
             ContainsSubstring("is a list and must be a list whose every element is a whole"));
  CHECK_THAT(error_of([&] { (void)fields.list("yes"); }), ContainsSubstring("must be a list"));
  CHECK_THAT(error_of([&] { (void)fields.object("list"); }),
             ContainsSubstring("must be an object"));
  CHECK_THAT(error_of([&] { JsonFields(object["list"], "f.json"); }),
             ContainsSubstring("no JSON object (f.json)"));

  const JsonFields row(object, "f:3", R"({"text": "…"})");
  CHECK(error_of([&] { (void)row.get<std::string>("real"); }) ==
        R"("real" is 2.5 and must be a text (f:3); write {"text": "…"})");
  CHECK(error_of([&] { (void)row.get<std::string>("gone"); }) ==
        R"("gone" is missing (f:3); write {"text": "…"})");
}

TEST_CASE("numbers come back from JSON as they went in", "[text][json]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const json object{{"pi", json(json_number(3.5))},
                    {"nan", json(json_number(std::nan("")))},
                    {"all", {json(json_number(infinity)), json(json_number(-infinity)), nullptr}},
                    {"word", "Infinite"}};
  const JsonFields fields(object, "f");
  CHECK(fields.number("pi") == 3.5);
  CHECK(std::isnan(fields.number("nan")));
  const std::vector<double> all = fields.numbers("all");
  REQUIRE(all.size() == 3);
  CHECK(all[0] == infinity);
  CHECK(all[1] == -infinity);
  CHECK(std::isnan(all[2]));
  CHECK_THAT(error_of([&] { (void)fields.number("word"); }),
             ContainsSubstring("\"word\" is \"Infinite\" and must be a number"));
  CHECK_THAT(error_of([&] { (void)fields.number("gone"); }), ContainsSubstring("is missing"));
  CHECK_THAT(error_of([&] { (void)fields.numbers("pi"); }), ContainsSubstring("must be a list"));
}

TEST_CASE("a key that nobody asked for is named with those that are known", "[text][json]") {
  const json object = json::parse(R"({"a": 1, "b": null, "c": 2})");
  const JsonFields fields(object, "f");
  CHECK(fields.get<int>("a") == 1);
  CHECK(fields.get_or("b", 5) == 5);
  CHECK(error_of([&] { fields.finish(); }) == "\"c\" is not known (f); known are a, b");
  CHECK(fields.has("c"));
  CHECK(error_of([&] { fields.finish(); }) == "no error");
}
