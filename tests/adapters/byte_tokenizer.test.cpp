// SPDX-License-Identifier: MIT
#include <chrono>
#include <functional>

#include <adapters/tokenizer/tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> forms{"qwen2", "gpt2", "whole", "template"};

Json form(const std::string& name) {
  return token_golden(name + ".json");
}

int differing_texts(const std::string& name, const std::function<void(Json&)>& change = {}) {
  Json json = form(name);
  if (change) change(json);
  return differing(Tokenizer(json, "tokenizer.json"), token_golden(name + ".ids.json"),
                   token_golden("texts.json"));
}

std::string message(const std::string& pointer, const Json& value) {
  Json json = form("qwen2");
  json[Json::json_pointer(pointer)] = value;
  return error_of([&] { Tokenizer tokenizer(json, "tokenizer.json"); });
}

}  // namespace

TEST_CASE("ids and text on bytes are those of the tokenizers library in every form",
          "[adapters][tokenizer][golden]") {
  REQUIRE(token_golden("texts.json").size() > 3000);
  for (const std::string& name : forms) {
    INFO(name);
    CHECK(differing_texts(name) == 0);
  }
}

TEST_CASE("the texts tell every setting of a byte-level tokenizer apart",
          "[adapters][tokenizer][law]") {
  const auto differs = [](const std::string& name, const std::string& pointer, const Json& value) {
    INFO(name << pointer);
    CHECK(differing_texts(name, [&](Json& json) { json[Json::json_pointer(pointer)] = value; }) >
          5);
  };
  differs("qwen2", "/normalizer", nullptr);
  differs("qwen2", "/pre_tokenizer/pretokenizers/1/add_prefix_space", true);
  differs("qwen2", "/pre_tokenizer/pretokenizers/1/use_regex", true);
  differs("qwen2", "/added_tokens/5/special", true);
  differs("qwen2", "/added_tokens/2/normalized", true);
  differs("qwen2", "/decoder", nullptr);
  differs("gpt2", "/pre_tokenizer/add_prefix_space", false);
  differs("gpt2", "/pre_tokenizer/use_regex", false);
  differs("gpt2", "/normalizer", {{"type", "NFC"}});
  differs("whole", "/model/ignore_merges", false);
  differs("whole", "/normalizer/normalizers", Json::array());
  differs("template", "/post_processor", nullptr);
}

TEST_CASE("whatever a byte-level tokenizer asks for and is not known is named",
          "[adapters][tokenizer]") {
  const std::string split = "/pre_tokenizer/pretokenizers/0/";

  CHECK(message(split + "invert", true).empty());
  CHECK_THAT(message(split + "behavior", "Removed"), ContainsSubstring("behavior Removed"));
  CHECK_THAT(message(split + "pattern", Json{{"String", " "}}), ContainsSubstring("String"));
  CHECK_THAT(message(split + "pattern/Regex", "[a"), ContainsSubstring("class without end"));
  CHECK_THAT(message(split + "pattern/Regex", "(a"), ContainsSubstring("cannot be compiled"));
  CHECK_THAT(message(split + "type", "Digits"), ContainsSubstring("pre_tokenizer Digits"));
  CHECK_THAT(message("/pre_tokenizer/pretokenizers/1/trim", true), ContainsSubstring("trim"));
  CHECK_THAT(message("/decoder/trim", true), ContainsSubstring("trim"));
  CHECK_THAT(message("/post_processor/trim", true), ContainsSubstring("trim"));
  CHECK_THAT(message("/normalizer/trim", true), ContainsSubstring("trim"));
  CHECK_THAT(message("/normalizer/type", "NFKC"), ContainsSubstring("normalizer NFKC"));
}

TEST_CASE("ill-formed text is repaired first, and ill-formed bytes when decoded",
          "[adapters][tokenizer]") {
  const Tokenizer tokenizer(form("qwen2"), "tokenizer.json");

  CHECK(tokenizer.encode("a\xFF\xE2\x82z") == tokenizer.encode("a\uFFFD\uFFFDz"));
  // ä is C3 A4, written Ã¤; one U+FFFD for every longest beginning of a character.
  const auto id = [&](const std::string& piece) { return tokenizer.id_of(piece).value(); };
  CHECK(tokenizer.decode(Ids{id("Ã"), id("¤")}) == "ä");
  CHECK(tokenizer.decode(Ids{id("Ã"), id("a"), id("¤")}) == "\uFFFDa\uFFFD");
}

TEST_CASE("a folder gives the byte-level tokenizer that AutoTokenizer makes of it",
          "[adapters][tokenizer][golden]") {
  const auto differing_cases = [](const std::string& ignored) {
    std::vector<std::string> names;
    for (const Json& row : token_golden("auto_bytes.json")) {
      const TemporaryFolder folder;
      Json json = form("qwen2");
      json.update(row["changes"]);
      Json config = row["config"];
      config.erase(ignored);
      folder.write("tokenizer.json", json);
      folder.write("tokenizer_config.json", config);
      if (!row["model_type"].is_null()) {
        folder.write("config.json", Json{{"model_type", row["model_type"]}});
      }
      const Tokenizer tokenizer = Tokenizer::from_directory(folder.path());
      bool same = true;
      for (std::size_t i = 0; i < row["texts"].size(); ++i) {
        const auto ids = row["ids"][i].get<Ids>();
        same = same && tokenizer.encode(row["texts"][i].get<std::string>()) == ids &&
               row["skipped"][i] == tokenizer.decode(ids, /*skip_special=*/true);
      }
      if (!same) names.push_back(row["name"]);
    }
    return names;
  };

  CHECK(differing_cases("") == std::vector<std::string>{});
  for (const std::string key : {"tokenizer_class", "added_tokens_decoder", "add_prefix_space",
                                "extra_special_tokens", "additional_special_tokens"}) {
    INFO(key);
    CHECK_FALSE(differing_cases(key).empty());
  }
}

TEST_CASE("a megabyte of text takes less than two seconds", "[adapters][tokenizer]") {
  const Tokenizer tokenizer(form("qwen2"), "tokenizer.json");
  std::string text;
  while (text.size() < 1'000'000) {
    for (const Json& part : token_golden("texts.json")) text += part.get<std::string>();
  }
  const auto begin = std::chrono::steady_clock::now();

  CHECK(tokenizer.encode(text).size() > 100'000);

  // Some 0.3 s by itself; ten times as much while the machine is busy.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}
