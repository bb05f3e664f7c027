// SPDX-License-Identifier: MIT
#include <random>

#include <adapters/tokenizer/tiktoken_file.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string byte_files = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/tokenizers/";

std::string base64(const std::string& bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : digits[bits >> (18 - 6 * k) & 63U];
    }
  }
  return text;
}

/// The 256 bytes in order, then `more`.
std::string lines(const std::vector<std::string>& more) {
  std::string all;
  std::size_t rank = 0;
  const auto append = [&](const std::string& token) {
    all += base64(token) + " " + std::to_string(rank++) + "\n";
  };
  for (int byte = 0; byte < 256; ++byte) append(std::string(1, static_cast<char>(byte)));
  for (const std::string& token : more) append(token);
  return all;
}

Tokenizer tokenizer_of(const std::string& file, const Json& config = Json::object()) {
  const TemporaryFolder there;
  there.write("qwen.tiktoken", file);
  there.write("tokenizer_config.json", config);
  return Tokenizer::from_directory(there.path());
}

std::string config_error(const Json& config) {
  return error_of([&] { (void)tokenizer_of(lines({}), config); });
}

}  // namespace

TEST_CASE("a folder with a qwen.tiktoken gives the ids and texts of tiktoken",
          "[adapters][tokenizer][golden]") {
  const Tokenizer tokenizer = Tokenizer::from_directory(byte_files);

  CHECK(differing(tokenizer, token_golden("qwen.ids.json"), token_golden("texts.json")) == 0);
}

TEST_CASE("the texts tell apart who merges tiktoken's tokens otherwise",
          "[adapters][tokenizer][law]") {
  const auto ranks = read_tiktoken(byte_files + "qwen.tiktoken");
  const auto differs = [&](const std::string& pointer, const Json& value) {
    Json json = qwen_tokenizer_json(ranks, Json::object(), "t");
    json[Json::json_pointer(pointer)] = value;
    return differing(Tokenizer(json, "t"), token_golden("qwen.ids.json"),
                     token_golden("texts.json"));
  };

  CHECK(differs("/model/ignore_merges", true) == 0);
  CHECK(differs("/model/ignore_merges", false) > 5);
  CHECK(differs("/normalizer", nullptr) > 50);
  CHECK(differs("/added_tokens/2/normalized", false) > 0);
  CHECK(differs("/added_tokens/2/special", false) > 5);
}

TEST_CASE("special tokens count on from the last rank", "[adapters][tokenizer]") {
  const Tokenizer tokenizer = tokenizer_of(lines({"ab"}));

  CHECK(tokenizer.id_of("<|endoftext|>") == 257);
  CHECK(tokenizer.id_of("<|extra_0|>") == 260);
  CHECK(tokenizer.id_of("<ref>") == 257 + 208);
  CHECK(tokenizer.id_of("<img>") == 257 + 214);
  CHECK(tokenizer.id_of("</img>") == 257 + 215);
  CHECK(tokenizer.id_of("<imgpad>") == 257 + 216);
  CHECK(tokenizer.encode("<img>ab</img>") == Ids{257 + 214, 256, 257 + 215});
  CHECK(tokenizer_of(lines({}), {{"image_start_tag", "<i>"}}).id_of("<i>") == 256 + 214);
}

TEST_CASE("joined bytes merge by rank, of one rank the leftmost", "[adapters][tokenizer]") {
  // Both "ab"+"a" and "a"+"ba" make "aba"; whole words go first and are avoided by the "c".
  const Tokenizer tokenizer = tokenizer_of(lines({"ba", "ab", "aba"}));
  const TokenId a = 'a', c = 'c', ba = 256, ab = 257, aba = 258;

  CHECK(tokenizer.encode("abac") == Ids{aba, c});
  CHECK(tokenizer.encode("abc") == Ids{ab, c});
  CHECK(tokenizer.encode("ababac") == Ids{aba, ba, c});
  CHECK(tokenizer.encode("aabc") == Ids{a, ab, c});
  CHECK(tokenizer.encode("aba") == Ids{aba});
}

TEST_CASE("every byte comes back from base64", "[adapters][tokenizer][law]") {
  std::mt19937 random(3);
  for (std::size_t size = 1; size < 40; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random() % 256);
    CHECK(adapters::detail::from_base64(base64(bytes)) == bytes);
    CHECK_FALSE(adapters::detail::from_base64(base64(bytes).substr(1)));
  }
  for (const std::string text : {"", "A", "AA=A", "====", "A===", "AAA", "AA A", "AAA\xC3"}) {
    CHECK_FALSE(adapters::detail::from_base64(text));
  }
}

TEST_CASE("ranks may stand in any order, lines may end as on Windows", "[adapters][tokenizer]") {
  std::string reversed;
  for (int byte = 255; byte >= 0; --byte) {
    reversed +=
        base64(std::string(1, static_cast<char>(byte))) + " " + std::to_string(byte) + "\r\n";
  }
  CHECK(tiktoken_ranks(reversed, "t") == tiktoken_ranks(lines({}), "t"));
  CHECK(tiktoken_ranks(lines({}) + "\n\n", "t").size() == 256);
}

TEST_CASE("a file that is no vocabulary of tiktoken says where", "[adapters][tokenizer]") {
  const auto message = [](const std::string& file) {
    return error_of([&] { (void)tiktoken_ranks(file, "qwen.tiktoken"); });
  };
  const std::string good = lines({"ab"});

  CHECK(message(good).empty());
  for (const std::string line :
       {"YQ==", "YQ== ", " 257", "YQ==  257", "YQ== x", "YQ== 257 ", "YQ 257", "YQ== -1",
        "YQ== 1.5", "YQ==\t257", "YQ== 99999999999999999999"}) {
    INFO(line);
    CHECK_THAT(message(good + line), ContainsSubstring("line 258 is not base64"));
  }
  CHECK_THAT(message(good + "YWI= 257"),
             ContainsSubstring("line 258 has a token that stood before"));
  CHECK_THAT(message(good + "YWJj 256"), ContainsSubstring("rank 256 stands twice"));
  CHECK_THAT(message(good + "YWJj 258"),
             ContainsSubstring("rank 258 stands twice or leaves a gap"));
  CHECK_THAT(message(good.substr(good.find('\n') + 1)), ContainsSubstring("leaves a gap"));
  CHECK_THAT(message("YQ== 0"), ContainsSubstring("byte 0 is no token"));
  CHECK_THAT(message(std::string("\0\xFF\n", 3)), ContainsSubstring("line 1 is not base64"));
}

TEST_CASE("a configuration that Qwen's own code refuses is refused", "[adapters][tokenizer]") {
  CHECK(
      config_error({{"tokenizer_class", "QWenTokenizer"}, {"pad_token", "<|endoftext|>"}}).empty());
  CHECK_THAT(config_error({{"pad_token", "<pad>"}}), ContainsSubstring("\"<pad>\" is no token"));
  CHECK_THAT(config_error({{"additional_special_tokens", {"<x>"}}}), ContainsSubstring("<x>"));
  CHECK_THAT(config_error({{"added_tokens_decoder", {{"7", {{"content", "<x>"}}}}}}),
             ContainsSubstring("<x>"));
  CHECK_THAT(config_error({{"errors", "ignore"}}), ContainsSubstring("errors \"ignore\""));
}
