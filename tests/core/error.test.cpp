// SPDX-License-Identifier: MIT
#include <string>

#include <catch_compat.hpp>

#include <infoflow/core/error.hpp>

using infoflow::Error;

TEST_CASE("an error is one line: what, where, how to fix", "[core][error]") {
  const Error error("the header says 9000 bytes, the file has 120", "model.safetensors",
                    "fetch it anew");

  CHECK(std::string(error.what()) ==
        "the header says 9000 bytes, the file has 120 (model.safetensors); fetch it anew");
  CHECK(error.problem() == "the header says 9000 bytes, the file has 120");
  CHECK(error.where() == "model.safetensors");
  CHECK(error.fix() == "fetch it anew");
}

TEST_CASE("parts that are empty leave no brackets behind", "[core][error]") {
  CHECK(std::string(Error("no", "", "").what()) == "no");
  CHECK(std::string(Error("no", "", "do").what()) == "no; do");
}

TEST_CASE("control characters from a file cannot break the line", "[core][error]") {
  const std::string line = Error("bad name a\nb\x1b[31m", "x\r\ty", "\x7f").what();

  for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
  CHECK(line.find('\x7f') == std::string::npos);
}
