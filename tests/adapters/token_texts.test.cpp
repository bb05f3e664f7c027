// SPDX-License-Identifier: MIT
#include <laws/broken_token_texts.hpp>
#include <laws/generators.hpp>
#include <laws/token_text.laws.hpp>

#include <adapters/tokenizer/tokenizer.hpp>
#include <infoflow/run/token_texts.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;

namespace {

using Texts = std::vector<std::string>;

struct Named {
  std::string name;
  Tokenizer tokenizer;
};

Tokenizer tiktoken() {
  const std::string file =
      std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/tokenizers/qwen.tiktoken";
  return {qwen_tokenizer_json(read_tiktoken(file), Json::object(), "c"), file};
}

/// One of every kind of decoder.
std::vector<Named> tokenizers() {
  std::vector<Named> all;
  for (const std::string form : {"normalizer", "always", "first", "never"}) {
    all.push_back({form, Tokenizer(golden("tokenizer_" + form + ".json"), form)});
  }
  for (const std::string form : {"qwen2", "gpt2", "whole"}) {
    all.push_back({form, Tokenizer(token_golden(form + ".json"), form)});
  }
  all.push_back({"qwen.tiktoken", tiktoken()});
  const std::string pieces = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/sentencepiece";
  for (const auto& entry : std::filesystem::directory_iterator(pieces)) {
    if (entry.path().extension() != ".model") continue;
    const std::string file = entry.path().string();
    all.push_back(
        {file, Tokenizer(sentencepiece_tokenizer_json(read_sentencepiece(file), {}), file)});
  }
  Json bare = golden("tokenizer_always.json");
  bare["decoder"] = nullptr;
  all.push_back({"no decoder", Tokenizer(bare, "t")});
  return all;
}

/// Any ids, some of them of no token, and what texts are encoded to.
std::vector<Ids> sequences(const Tokenizer& tokenizer) {
  std::vector<Ids> all{{}};
  for (std::uint64_t number = 0; number < 60; ++number) {
    laws::Draw draw(number);
    Ids ids;
    for (Index length = draw.index(1, number < 50 ? 12 : 200); length > 0; --length) {
      ids.push_back(draw.integer(0, 730));
    }
    all.push_back(ids);
  }
  const Json texts = token_golden("texts.json");
  Ids longest;
  for (std::size_t i = 0; i < texts.size(); i += 40) {
    all.push_back(tokenizer.encode(texts[i].get<std::string>()));
    const Ids& last = all.back();
    if (longest.size() < 500) longest.insert(longest.end(), last.begin(), last.end());
  }
  all.push_back(longest);
  return all;
}

auto decode_with(const Tokenizer& tokenizer) {
  return [&](std::span<const TokenId> ids) { return tokenizer.decode(ids); };
}

/// The texts of tokens, joined by U+0001. As the library does, what a token completes is held back
/// while a part of the next character stands behind it.
std::string held_back(const Tokenizer& tokenizer, const Ids& ids) {
  const Texts texts = token_texts(ids, decode_with(tokenizer));
  std::string all;
  std::string waiting;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) all += '\1';
    waiting += texts[i];
    if (tokenizer.decode(std::span(ids).first(i + 1)).ends_with("\uFFFD")) continue;
    all += std::exchange(waiting, "");
  }
  return all;
}

constexpr auto texts_of = [](std::span<const TokenId> ids, const auto& decode) {
  return token_texts(ids, decode);
};

}  // namespace

TEST_CASE("the texts of tokens concatenate to the text, with every decoder",
          "[adapters][tokenizer][law]") {
  REQUIRE(tokenizers().size() > 9);
  for (const Named& named : tokenizers()) {
    INFO(named.name);
    for (const Ids& ids : sequences(named.tokenizer)) {
      INFO(joined(ids));
      CHECK(laws::check_token_texts(texts_of, ids, decode_with(named.tokenizer)) == "");
    }
  }
}

TEST_CASE("the law rejects texts that lose blanks, bytes or their tokens",
          "[adapters][tokenizer][law]") {
  const auto rejected = [](const auto& broken, const Tokenizer& tokenizer) {
    int count = 0;
    for (const Ids& ids : sequences(tokenizer)) {
      if (!laws::check_token_texts(broken, ids, decode_with(tokenizer)).empty()) ++count;
    }
    return count;
  };
  const Tokenizer llama(golden("tokenizer_normalizer.json"), "t");
  const Tokenizer qwen = tiktoken();

  CHECK(rejected(laws::DecodedAlone{}, llama) > 50);
  CHECK(rejected(laws::DecodedAlone{}, qwen) > 20);
  CHECK(rejected(laws::GrowthOfFronts{}, llama) > 20);
  CHECK(rejected(laws::GrowthOfFronts{}, qwen) > 20);
  CHECK(rejected(laws::AllAtTheEnd{}, llama) > 50);
}

TEST_CASE("a token keeps its blank, and a character belongs to the token that completes it",
          "[adapters][tokenizer]") {
  const Tokenizer llama(golden("tokenizer_normalizer.json"), "t");
  const auto shown = [](const Tokenizer& tokenizer, const Ids& ids) {
    return token_texts(ids, decode_with(tokenizer));
  };
  const auto id = [&](const std::string& piece) { return llama.id_of(piece).value(); };

  CHECK(shown(llama, {id("▁the"), id("▁dog")}) == Texts{"the", " dog"});
  CHECK(shown(llama, {id("▁the"), id("</s>"), id("▁dog")}) == Texts{"the", "</s>", " dog"});
  // 😀 is F0 9F 98 80.
  const Ids bytes{id("a"), id("<0xF0>"), id("<0x9F>"), id("<0x98>"), id("<0x80>"), id("▁a")};
  CHECK(shown(llama, bytes) == Texts{"a", "", "", "", "😀", " a"});
  // Bytes that never become a character are U+FFFD, one for each of them.
  CHECK(shown(llama, {id("a"), id("<0xF0>"), id("<0x9F>"), id("b")}) ==
        Texts{"a", "\uFFFD", "\uFFFD", "b"});
  CHECK(shown(llama, {id("<0x9F>")}) == Texts{"\uFFFD"});
  CHECK(shown(llama, {}) == Texts{});

  const Tokenizer qwen = tiktoken();
  const auto byte = [&](const std::string& piece) { return qwen.id_of(piece).value(); };
  // ä is C3 A4, written Ã¤.
  CHECK(shown(qwen, {byte("Ġ"), byte("Ã"), byte("¤")}) == Texts{" ", "", "ä"});
}

TEST_CASE(
    "texts of tokens are what the tokenizers library says when it decodes one after the other",
    "[adapters][tokenizer][golden]") {
  const Json texts = token_golden("texts.json");
  for (const std::string name : {"qwen2", "gpt2", "whole", "template"}) {
    INFO(name);
    const Tokenizer tokenizer(token_golden(name + ".json"), name);
    const Json expected = token_golden(name + ".ids.json")["streamed"];
    REQUIRE(expected.size() == texts.size());
    int differing = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto text = texts[i].get<std::string>();
      if (text.find("\uFFFD") != std::string::npos) continue;
      const std::string all = held_back(tokenizer, tokenizer.encode(text));
      if (crc32(all) == expected[i]) continue;
      if (++differing <= 5) UNSCOPED_INFO(texts[i].dump() << ": " << all);
    }
    CHECK(differing == 0);
  }
}

TEST_CASE("long sequences are not decoded from the front again and again",
          "[adapters][tokenizer]") {
  const Tokenizer llama(golden("tokenizer_normalizer.json"), "t");
  std::string text;
  for (int i = 0; i < 300; ++i) text += "the dog 😀 is there, naïve ";
  const Ids ids = llama.encode(text, SpecialTokens::none);
  std::size_t decoded = 0;
  const auto counting = [&](std::span<const TokenId> part) {
    decoded += part.size();
    return llama.decode(part);
  };
  REQUIRE(ids.size() > 4000);

  CHECK(token_texts(ids, counting).size() == ids.size());

  // Some hundred for each; from the front it would be half of their number.
  CHECK(decoded < 150 * ids.size());
}
