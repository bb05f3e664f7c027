// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>

#include <catch_compat.hpp>

#include <infoflow/io/json_lines.hpp>
#include <infoflow/io/read_image.hpp>
#include <infoflow/io/stand_in_file.hpp>

#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

}  // namespace

TEST_CASE("a git-lfs pointer and a web page are named, other texts are not",
          "[io][stand_in]") {
  CHECK_THROWS_WITH(refuse_stand_in(pointer, "a.bin"),
                    ContainsSubstring("git-lfs pointer") && ContainsSubstring("a.bin") &&
                        ContainsSubstring("git lfs pull"));
  for (const char* page : {"<!DOCTYPE html>\n<html>", "\n <!doctype HTML><p>", "<HTML lang=\"en\">"}) {
    CHECK_THROWS_WITH(refuse_stand_in(page, "config.json"), ContainsSubstring("a web page"));
  }
  for (const char* other : {"", "<", "{\"a\": \"<html>\"}", "version 2", "<svg>", "<htm", "    "}) {
    CHECK_NOTHROW(refuse_stand_in(other, "x"));
  }
}

TEST_CASE("pictures and data that are pointers say so", "[io][stand_in]") {
  const io_test::Scratch folder;
  for (const char* name : {"cat.png", "cat.jpg", "data.jsonl", "data.json"}) {
    std::ofstream(folder / name) << pointer;
    CHECK_THROWS_WITH(read_file(folder / name, "a file", 1 << 20),
                      ContainsSubstring("git-lfs pointer") && ContainsSubstring(name));
  }
  CHECK_THROWS_WITH(read_image(folder / "cat.png"), ContainsSubstring("git-lfs pointer"));
}
