// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/text/json_fault.hpp>
#include <infoflow/text/strict_json.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string file_of(const Scratch& folder, const std::string& name, const std::string& bytes) {
  std::ofstream(folder / name, std::ios::binary) << bytes;
  return (folder / name).string();
}

}  // namespace

TEST_CASE("what Python writes in JSON's place is named with its key", "[text][json]") {
  const std::vector<std::pair<std::string, std::string>> texts{
      {R"({"text": NaN})", "NaN under the key \"text\""},
      {R"({"a": {"b": 1}, "score": -Infinity})", "-Infinity under the key \"score\""},
      {R"({"a": [1, {"b": 2}, Infinity]})", "Infinity under the key \"a\""},
      {R"({"image": None})", "None under the key \"image\""},
      {R"({"ok": True})", "True under the key \"ok\""},
      {R"({"ok": False})", "False under the key \"ok\""},
      {R"({"NaN \" is fine": "None", "x": nan})", "nan under the key \"x\""},
      {R"([NaN])", "NaN is"},
      {R"({'text': 'yes'})", "single quotes"}};
  const Scratch folder;
  for (const auto& [text, what] : texts) {
    CAPTURE(text);
    const std::string file = written(folder, "a.jsonl", {R"({"text": "x"})", text});
    const std::string said = refusal([&] { return read_answers(file); });
    CHECK_THAT(said, ContainsSubstring("a.jsonl:2"));
    CHECK_THAT(said, ContainsSubstring(what));
    CHECK_THAT(said, ContainsSubstring("Python's, not JSON's"));
    CHECK_THAT(refusal([&] { return strict_json(text, "f"); }), ContainsSubstring(what));
  }
  // A fault before the word is the fault.
  CHECK_FALSE(python_in_json(R"({"a" 1, "b": NaN})", 6).has_value());
  CHECK_THAT(json_fault(R"({"a" 1, "b": NaN})", 6), ContainsSubstring("byte 6"));
}

TEST_CASE("a fault is at its byte, or at its line and column where there are several",
          "[text][json]") {
  CHECK_THAT(json_fault("{\"a\" 1}", 6), ContainsSubstring("from byte 6 on"));
  CHECK_THAT(json_fault("{\"a\" 1\n}", 6), ContainsSubstring("from line 1, column 6 on"));
  CHECK_THAT(json_fault("{\n\n \"a\" 1}", 9), ContainsSubstring("from line 3, column 6 on"));
  CHECK_THAT(json_fault("{\n \"\xC3\xA9\xFF\"}", 7), ContainsSubstring("line 2, column 5 is not"));
  CHECK_THAT(json_fault("{\"a\":\n NaN}", 8),
             ContainsSubstring("\"a\" at line 2, column 2 is Python"));
  CHECK(json_fault("{", 2) == "it ends in the middle");
}

TEST_CASE("other faults of JSON are told by their kind", "[text][json]") {
  const Scratch folder;
  const auto said = [&](const std::string& text) {
    const std::string file = written(folder, "a.jsonl", {R"({"text": "x"})", text});
    return refusal([&] { return read_answers(file); });
  };
  CHECK_THAT(said("{\"text\": \"caf\xE9\"}"), ContainsSubstring("is not UTF-8"));
  CHECK_THAT(said(R"({"text": "ye)"), ContainsSubstring("a.jsonl:2"));
  CHECK_THAT(said(R"({"text": 1e999})"), ContainsSubstring("too large"));
  CHECK_THAT(said(std::string(40, '[') + std::string(40, ']')), ContainsSubstring("16 deep"));
  CHECK_THAT(said(R"({"text": "a", "text": "b"})"), ContainsSubstring("\"text\" stands twice"));
}

TEST_CASE("the content decides between lines and a list, whatever the ending and line ends",
          "[text][json]") {
  const Scratch folder;
  const std::string row = R"({"id": "a", "answer": "x"})";
  const std::string other = R"({"id": "b", "answer": "y"})";
  for (const std::string& text :
       {row + "\n" + other, row + "\r\n" + other + "\r\n", "[" + row + "," + other + "]",
        "[\r\n" + row + ",\r\n" + other + "\r\n]", "\xEF\xBB\xBF" + row + "\n\n" + other,
        "\xEF\xBB\xBF[" + row + ",\n" + other + "]"}) {
    for (const std::string name : {"a.json", "a.jsonl", "a"}) {
      CAPTURE(text, name);
      const auto rows = read_answers(file_of(folder, name, text));
      REQUIRE(rows.size() == 2);
      CHECK(rows[1].id == "b");
    }
  }
  // A list that is broken in the middle is one fault, not one for each line.
  const std::string broken = file_of(folder, "b.json", "[\n" + row + ",\n{\"id\": NaN}\n]\n");
  CHECK_THAT(refusal([&] { return read_json_rows(broken); }),
             ContainsSubstring("NaN under the key \"id\""));
}
