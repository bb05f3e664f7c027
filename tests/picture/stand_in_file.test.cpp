// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/files/json_lines.hpp>
#include <infoflow/files/stand_in_file.hpp>
#include <infoflow/picture/read_image.hpp>

#include "benchmark_support.hpp"

using namespace infoflow;
using benchmark_test::refusal;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

}  // namespace

TEST_CASE("a git-lfs pointer and a web page are named, other texts are not",
          "[picture][stand_in]") {
  CHECK_THROWS_WITH(refuse_stand_in(pointer, "a.bin"), ContainsSubstring("git-lfs pointer") &&
                                                           ContainsSubstring("a.bin") &&
                                                           ContainsSubstring("git lfs pull"));
  for (const char* page :
       {"<!DOCTYPE html>\n<html>", "\n <!doctype HTML><p>", "<HTML lang=\"en\">"}) {
    CHECK_THROWS_WITH(refuse_stand_in(page, "config.json"), ContainsSubstring("a web page"));
  }
  for (const char* other : {"", "<", "{\"a\": \"<html>\"}", "version 2", "<svg>", "<htm", "    "}) {
    CHECK_NOTHROW(refuse_stand_in(other, "x"));
  }
}

TEST_CASE("pictures and data that are pointers say so", "[picture][stand_in]") {
  const io_test::Scratch folder;
  for (const char* name : {"cat.png", "cat.jpg", "data.jsonl", "data.json"}) {
    std::ofstream(folder / name) << pointer;
    CHECK_THROWS_WITH(read_file(folder / name, "a file", 1 << 20),
                      ContainsSubstring("git-lfs pointer") && ContainsSubstring(name));
  }
  CHECK_THROWS_WITH(read_image(folder / "cat.png"), ContainsSubstring("git-lfs pointer"));
}

TEST_CASE("a file that is something else than its name says is named as what it is",
          "[picture][stand_in]") {
  using namespace std::string_literals;
  const io_test::Scratch folder;
  const std::vector<std::pair<std::string, std::string>> files{
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "git-lfs pointer"},
      {"<!DOCTYPE html>\n<html><head>", "web page"},
      {"\xEF\xBB\xBF\n <HTML lang=en>", "web page"},
      {"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "web page"},
      {"GGUF\3\0\0\0"s, "GGUF"},
      {"\x1F\x8B\x08\0\0"s, "compressed file"},
      {"PK\x03\x04 rows.json", "compressed file"},
      {"PAR1....", "Parquet"},
      {"\xFF\xFE{\0\"\0"s, "UTF-16"},
      {"\xFE\xFF\0{\0\""s, "UTF-16"},
      {"{\0\"\0i\0d\0"s, "UTF-16"},
      {"\0{\0\"\0i\0d"s, "UTF-16"}};
  for (const auto& [bytes, what] : files) {
    CAPTURE(what);
    const std::string file = (folder / "rows.jsonl").string();
    std::ofstream(file, std::ios::binary) << bytes;
    const std::string said = refusal([&] { return read_json_rows(file); });
    CHECK_THAT(said, ContainsSubstring(what));
    CHECK_THAT(said, ContainsSubstring("rows.jsonl"));
    CHECK_THAT(said, ContainsSubstring("; "));  // And how to mend it.
    for (const std::string task : {"pope", "scienceqa", "textvqa", "chair", "vqa"}) {
      CHECK(refusal([&] { return read_benchmark(task, {file}); }) == said);
    }
    CHECK(refusal([&] { return read_answers(file); }) == said);
  }
}

TEST_CASE("what is read here is never taken for a stand-in", "[picture][stand_in]") {
  for (const std::string_view bytes :
       {"", "{", "[]", "{}", "\x89PNG\r\n\x1A\n", "\xFF\xD8\xFF", "GIF89a", "BM", "BZh is a word",
        "version 2 of the answers", "<unk> 0", "IQ== 0\nIg== 1\n", "\n\x0F\n\x05<unk>"}) {
    CAPTURE(bytes);
    CHECK_FALSE(stand_in(bytes).has_value());
  }
}
