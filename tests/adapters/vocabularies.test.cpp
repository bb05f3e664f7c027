// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <adapters/tokenizer/tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;

TEST_CASE("published vocabularies give the ids and texts of the reference libraries",
          "[adapters][tokenizer][vocabulary]") {
  const char* folder = std::getenv("INFOFLOW_VOCABULARIES");
  const auto has = [&](const std::string& name) {
    return folder != nullptr && std::filesystem::exists(std::filesystem::path(folder) / name);
  };
  if (!has("complete") || !has("qwen2_5_files")) {
    INFOFLOW_NOT_RUN("INFOFLOW_VOCABULARIES names no folder of tests/golden/fetch_vocabularies.sh");
  }
  const auto seconds_since = [](std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (const std::string name : {"", "qwen2_5", "qwen2_5_files", "internlm2", "llama2",
                                 "internlm2_pieces", "llama2_pieces"}) {
    INFO(name);
    const std::filesystem::path place = std::filesystem::path(folder) / name;
    const Json expected = read_json(place / "reference.json");
    REQUIRE(expected["texts"].size() > 3000);
    auto begin = std::chrono::steady_clock::now();
    const Tokenizer tokenizer = Tokenizer::from_directory(place);
    const double loaded = seconds_since(begin);
    CHECK(differing(tokenizer, expected, expected["texts"]) == 0);

    std::string text;
    for (const Json& part : expected["texts"]) text += part.get<std::string>() + "\n";
    while (text.size() < 1'000'000) text += text;
    text = valid_utf8(std::string_view(text).substr(0, 1'000'000));
    begin = std::chrono::steady_clock::now();
    const std::size_t count = tokenizer.encode(text).size();
    std::cout << (name.empty() ? "qwen.tiktoken" : name) << ": loaded in " << loaded << " s, 1 MB ("
              << count << " ids) encoded in " << seconds_since(begin) << " s\n";
  }
}
