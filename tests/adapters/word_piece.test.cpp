// SPDX-License-Identifier: MIT
// BERT's tokenizer against transformers' BertTokenizer, on texts of all kinds.
#include <fstream>

#include <catch_compat.hpp>

#include <adapters/tokenizer/word_piece.hpp>

#include "adapter_support.hpp"
#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using adapter_tests::crc32;
using adapter_tests::error_of;
using adapter_tests::golden;
using adapter_tests::joined;
using adapter_tests::TemporaryFolder;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path word_piece_goldens =
    std::filesystem::path(INFOFLOW_SOURCE_DIR) / "tests/golden/instructblip";

std::string words_joined(std::string_view text) {
  std::string joined;
  for (const std::string& word : bert_words(text)) joined += (joined.empty() ? "" : "|") + word;
  return joined;
}

}  // namespace

TEST_CASE("BERT's words have no case, accents or control characters, and signs stand alone",
          "[adapters][word_piece]") {
  CHECK(words_joined("Is there a dog?") == "is|there|a|dog|?");
  CHECK(words_joined("Café\tna\u0308ive\u00a0x\u200by") == "cafe|naive|xy");
  CHECK(words_joined("ΑΣ İst") == "ασ|ist");
  CHECK(words_joined("图a里") == "图|a|里");
  CHECK(words_joined("a$b<c>`d") == "a|$|b|<|c|>|`|d");
  CHECK(words_joined("“x”…€") == "“|x|”|…|€");
  CHECK(words_joined("") == "");
}

TEST_CASE("WordPiece gives BertTokenizer's ids, from vocab.txt and from tokenizer.json",
          "[adapters][word_piece][golden]") {
  const Json rows = golden("../instructblip/word_piece.json");
  const Json texts = golden("../tokenizers/texts.json");
  REQUIRE(rows["crc"].size() == texts.size());
  for (const char* checkpoint : {"hub", "current"}) {
    const auto tokenizer =
        WordPieceTokenizer::from_directory(word_piece_goldens / checkpoint / "qformer_tokenizer");
    CHECK(tokenizer.size() == 601);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto text = texts[i].get<std::string>();
      if (crc32(joined(tokenizer.encode(text))) == rows["crc"][i]) continue;
      FAIL_CHECK(text);
    }
    for (const auto& [text, ids] : rows["marked"].items()) {
      CAPTURE(text);
      CHECK(tokenizer.encode(text) == ids.get<std::vector<TokenId>>());
    }
  }
}

TEST_CASE("special tokens that are written out are found, the longest at each place",
          "[adapters][word_piece]") {
  const auto tokenizer =
      WordPieceTokenizer::from_directory(word_piece_goldens / "hub/qformer_tokenizer");
  CHECK(tokenizer.marks_in("a [SEP] b[DEC]") == std::vector<std::string>{"[SEP]", "[DEC]"});
  CHECK(tokenizer.marks_in("[sep] [SEP").empty());
}

TEST_CASE("a folder without a BERT's vocabulary, or with one that keeps case, is refused",
          "[adapters][word_piece][errors]") {
  const TemporaryFolder folder;
  const auto message = [&] {
    return error_of([&] { (void)WordPieceTokenizer::from_directory(folder.path()); });
  };
  CHECK_THAT(message(), ContainsSubstring("tokenizer.json"));
  std::ofstream(folder.path() / "vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n";
  CHECK_THAT(message(), ContainsSubstring("no token [MASK]"));
  std::ofstream(folder.path() / "vocab.txt") << "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na";
  CHECK(message() == "");
  folder.write("tokenizer_config.json", Json{{"do_lower_case", false}});
  CHECK_THAT(message(), ContainsSubstring("without case"));
  folder.write("tokenizer_config.json",
               Json{{"added_tokens_decoder", {{"x", {{"content", "[DEC]"}}}}}});
  CHECK_THAT(message(), ContainsSubstring("\"[DEC]\" has no id"));
}
