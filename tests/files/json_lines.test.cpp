// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("rows are lines, entries of a list, or one value, with their place", "[files][json]") {
  const Scratch folder;
  const auto lines =
      read_json_rows(written(folder, "a.json", {"\xEF\xBB\xBF{\"x\": 1}", "", "{}"}));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].value["x"] == 1);
  CHECK(lines[1].where == (folder / "a.json").string() + ":3");

  const auto list = read_json_rows(written(folder, "b.json", {"[{\"x\": 1},", " 2]"}));
  REQUIRE(list.size() == 2);
  CHECK(list[1].value == 2);
  CHECK_THAT(list[1].where, ContainsSubstring("b.json, entry 2"));

  const auto document = read_json_rows(written(folder, "c.json", {"{", "\"data\": []", "}"}));
  REQUIRE(document.size() == 1);
  CHECK(document[0].where == (folder / "c.json").string());
}

TEST_CASE("a line that is no JSON is kept by its number", "[files][json]") {
  const Scratch folder;
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  const auto rows = read_json_rows(
      written(folder, "a.jsonl", {"{}", "{\"x\": ", "{\"x\": \"\xFF\"}", deep, "1"}));
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].is_json());
  for (const std::size_t bad : {1U, 2U, 3U}) CHECK_FALSE(rows[bad].is_json());
  CHECK(rows[4].is_json());
  CHECK_THAT(refusal([&] { return RowFields(rows[1], "{}").has("x"); }),
             ContainsSubstring("a.jsonl:2"));
}

TEST_CASE("files without rows are refused", "[files][json]") {
  const Scratch folder;
  CHECK_THROWS_AS(read_json_rows((folder / "none").string()), Error);
  CHECK_THROWS_AS(read_json_rows(folder.path().string()), Error);
  CHECK_THROWS_AS(read_json_rows(written(folder, "a", {})), Error);
  CHECK_THROWS_AS(read_json_rows(written(folder, "b", {"", "  "})), Error);
  CHECK_THROWS_AS(read_json_rows(written(folder, "c", {"[]"})), Error);
}

TEST_CASE("fields are of the type asked for or refused with the form of a row", "[files][json]") {
  const JsonRow row{nlohmann::json::parse(R"({"n": 7, "t": "x", "l": ["a", 1], "z": null})"),
                    "f:1"};
  const RowFields fields(row, "FORM");
  CHECK(fields.get<std::string>("t") == "x");
  CHECK(fields.id_or_none("n") == "7");
  CHECK(fields.id_or_none("t") == "x");
  CHECK(fields.id_or_none("z").empty());
  CHECK(fields.id("n") == "7");
  CHECK_FALSE(fields.has("z"));
  for (const std::string& said :
       {refusal([&] { return fields.get<std::string>("n"); }),
        refusal([&] { return fields.get<std::vector<std::string>>("l"); }),
        refusal([&] { return fields.id_or_none("l"); }),
        refusal([&] { return fields.get<std::string>("missing"); })}) {
    CHECK_THAT(said, ContainsSubstring("(f:1)"));
    CHECK_THAT(said, ContainsSubstring("FORM"));
  }
}
