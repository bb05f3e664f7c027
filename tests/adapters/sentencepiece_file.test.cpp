// SPDX-License-Identifier: MIT
#include <bit>
#include <random>

#include <adapters/tokenizer/sentencepiece_file.hpp>
#include <adapters/tokenizer/sentencepiece_tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
  return bytes + static_cast<char>(value);
}

std::string whole(unsigned number, std::uint64_t value) {
  return varint(number << 3U) + varint(value);
}

std::string bytes(unsigned number, const std::string& content) {
  return varint(number << 3U | 2U) + varint(content.size()) + content;
}

std::string real(unsigned number, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  std::string text = varint(number << 3U | 5U);
  for (const unsigned shift : {0U, 8U, 16U, 24U}) text += static_cast<char>(bits >> shift);
  return text;
}

std::string piece(const std::string& text, float score, unsigned kind = 1) {
  return bytes(1, bytes(1, text) + real(2, score) + whole(3, kind));
}

const std::string bpe = bytes(2, whole(3, 2));
const std::string plain = bytes(3, bytes(1, "identity") + whole(4, 0));
const std::string unknown = piece("<unk>", 0, 2);

std::string message(const std::string& model) {
  return error_of([&] { (void)sentencepiece_model(model, "tokenizer.model"); });
}

Ids encode(const std::string& model, const std::string& text) {
  TokenizerConfigs configs;
  configs.tokenizer_config = {{"add_bos_token", false}};
  const Json json = sentencepiece_tokenizer_json(sentencepiece_model(model, "t"), configs);
  return Tokenizer(json, "t").encode(text);
}

}  // namespace

TEST_CASE("a model of sentencepiece is read field by field", "[adapters][tokenizer]") {
  const std::string file = unknown + piece("<s>", 0, 3) + piece("ab", -1.5F) + piece("a", -2) +
                           bytes(1, bytes(1, "b")) + piece("c", 0, 4) + bpe + plain;
  const SentencePieceModel model = sentencepiece_model(file, "t");

  REQUIRE(model.pieces.size() == 6);
  CHECK(model.pieces[2].text == "ab");
  CHECK(model.pieces[2].score == -1.5F);
  CHECK(model.pieces[4].score == 0);
  CHECK(model.pieces[4].kind == PieceKind::normal);
  CHECK(model.pieces[5].kind == PieceKind::user_defined);
  CHECK(model.unknown == "<unk>");
  CHECK(model.dummy_prefix);
  CHECK_FALSE(model.byte_fallback);
  // A message in two parts is both of them; unknown fields of any kind say nothing.
  const std::string more = bytes(3, whole(3, 0)) + bytes(2, bytes(46, "ab")) + whole(99, 7) +
                           varint(98U << 3U | 1U) + std::string(8, 'x') + real(97, 1);
  CHECK_FALSE(sentencepiece_model(file + more, "t").dummy_prefix);
  CHECK(sentencepiece_model(file + more, "t").bos == "ab");
}

TEST_CASE("pieces merge by score, of equal scores the leftmost", "[adapters][tokenizer]") {
  const std::string rest = bpe + plain + bytes(3, whole(3, 0));
  const std::string letters = unknown + piece("a", -8) + piece("b", -9);

  CHECK(encode(letters + piece("ab", -2) + piece("ba", -1) + rest, "aba") == Ids{1, 4});
  CHECK(encode(letters + piece("ab", -1) + piece("ba", -1) + rest, "aba") == Ids{3, 1});
  CHECK(encode(letters + piece("ab", -1) + piece("ba", -2) + rest, "aba") == Ids{3, 1});
  CHECK(encode(letters + rest, "axxb") == Ids{1, 0, 2});
  // Nothing merges to a piece of control, and what the user defined merges with nothing.
  CHECK(encode(letters + piece("ab", 0, 3) + rest, "ab") == Ids{1, 2});
  CHECK(encode(letters + piece("ab", -1) + piece("bb", 0, 4) + rest, "abb") == Ids{1, 4});
}

TEST_CASE("what a model asks for beyond LLaMA's and InternLM2's is named",
          "[adapters][tokenizer]") {
  const std::string pieces = unknown + piece("a", -1) + piece("b", -2);
  const std::string good = pieces + bpe + plain;

  CHECK(message(good).empty());
  CHECK_THAT(message(pieces + plain), ContainsSubstring("another type than BPE"));
  CHECK_THAT(message(pieces + bytes(2, whole(3, 1)) + plain), ContainsSubstring("than BPE"));
  CHECK_THAT(message(pieces + bpe), ContainsSubstring("removal of extra blanks"));
  CHECK_THAT(message(good + bytes(2, whole(24, 1))), ContainsSubstring("blank behind its word"));
  CHECK_THAT(message(good + bytes(3, bytes(1, "nmt_nfkc") + bytes(2, "map"))),
             ContainsSubstring("normalisation \"nmt_nfkc\""));
  CHECK_THAT(message(good + bytes(3, whole(5, 0))), ContainsSubstring("bare blank"));
  CHECK_THAT(message(good + bytes(5, bytes(2, "map"))), ContainsSubstring("denormalisation"));
  CHECK(message(good + bytes(5, bytes(2, ""))).empty());
  CHECK_THAT(message(good + bytes(2, whole(35, 1))), ContainsSubstring("\"<0x00>\" is no piece"));
  CHECK_THAT(message(good + piece("c", 0, 5)), ContainsSubstring("unused piece \"c\""));
  CHECK_THAT(message(good + piece("ab", 0, 5)), ContainsSubstring("unused piece \"ab\""));
  // No two pieces make it, so it can never come about.
  CHECK(message(good + piece("abcd", 0, 5)).empty());
  CHECK_THAT(message(good + piece("abc", -3) + piece("abcd", 0, 5)), ContainsSubstring("abcd"));
}

TEST_CASE("a file that is no model of sentencepiece is an error of one line",
          "[adapters][tokenizer]") {
  const std::string good = unknown + piece("a", -1) + bpe + plain;

  CHECK_THAT(message("PK\3\4"), ContainsSubstring("tokenizer.model"));
  CHECK_THAT(message(good + unknown), ContainsSubstring("\"<unk>\" stands twice"));
  CHECK_THAT(message(good + piece("u", 0, 2)), ContainsSubstring("unknown one"));
  CHECK_THAT(message(piece("a", 0) + bpe + plain), ContainsSubstring("unknown one"));
  CHECK_THAT(message(good + piece("", 0)), ContainsSubstring("proper text"));
  CHECK_THAT(message(good + piece("\xFF", 0)), ContainsSubstring("proper text"));
  CHECK(message(good + piece(std::string(1024, 'a'), 0)).empty());
  CHECK_THAT(message(good + piece(std::string(1025, 'a'), 0)), ContainsSubstring("has 1025 bytes"));
  CHECK_THAT(message(good + piece("b", std::nanf(""))), ContainsSubstring("proper text or score"));
  CHECK_THAT(message(good + piece("b", 0, 7)), ContainsSubstring("no known kind"));
  CHECK_THAT(message(good + bytes(1, whole(1, 5))),
             ContainsSubstring("field 1 is of another kind"));
  CHECK_THAT(message(good + whole(2, 1)), ContainsSubstring("field 2 is of another kind"));
  CHECK_THAT(message(good + varint(1U << 3U | 2U) + varint(1ULL << 40U)),
             ContainsSubstring("cut off"));
  CHECK_THAT(message(good + varint(9U << 3U) + std::string(11, '\xFF')),
             ContainsSubstring("number without end"));
  CHECK_THAT(message(good + varint(9U << 3U | 3U)), ContainsSubstring("no message of protobuf"));
  CHECK_THAT(message(good + varint(0)), ContainsSubstring("no message of protobuf"));
}

TEST_CASE("a file far larger than any model is refused unread", "[adapters][tokenizer]") {
  const TemporaryFolder folder;
  folder.write("tokenizer.model", std::string((4U << 20U) + 1, 'x'));
  CHECK_THAT(error_of([&] { (void)read_sentencepiece(folder.path() / "tokenizer.model"); }),
             ContainsSubstring("tokenizer.model") && ContainsSubstring("bytes"));
}

TEST_CASE("added tokens beside a model cost as much as they are many", "[adapters][tokenizer]") {
  // Compared each with each, these would take minutes.
  constexpr int count = 200'000;
  TokenizerConfigs configs;
  Json& names = configs.tokenizer_config["additional_special_tokens"] = Json::array();
  for (int i = 0; i < count; ++i) {
    const std::string name = "<" + std::to_string(i) + ">";
    configs.added_tokens[name] = 2 + i;
    names.push_back(name);
  }
  const std::string good = unknown + piece("<s>", 0, 3) + bpe + plain;
  const SentencePieceModel model = sentencepiece_model(good, "t");
  const Json json = sentencepiece_tokenizer_json(model, configs);
  CHECK(json["added_tokens"].size() == count + 3);  // And <unk>, <s>, </s>.
}

TEST_CASE("a cut or damaged model is read or refused, never more", "[adapters][tokenizer]") {
  const std::string path =
      std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/sentencepiece/unknown.model";
  const auto content = read_file(path, "a model", 1U << 20U);
  const std::string file(content.begin(), content.end());
  REQUIRE(message(file).empty());

  std::mt19937 random(4);
  int refused = 0;
  for (std::size_t length = 0; length < file.size(); length += 7) {
    refused += !message(file.substr(0, length)).empty();
  }
  CHECK(refused > 900);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = file;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    CHECK_NOTHROW(message(damaged));  // It catches infoflow::Error alone.
  }
}
