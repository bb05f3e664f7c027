// SPDX-License-Identifier: MIT
// What of a text a model would read as something else, and the error that names it.
#include <functional>
#include <set>

#include <adapters/chat/plain_text.hpp>
#include <adapters/tokenizer/sentencepiece_tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

using Texts = std::vector<std::string>;
using Finder = std::function<Texts(const Tokenizer&, const std::string&)>;

struct Form {
  std::string name;
  Json json;
  Texts words{};  ///< Added and user-defined tokens that are words or blanks.
};

std::vector<Form> forms_with_words() {
  std::vector<Form> all;
  const auto add = [&](const std::string& name, Json json, Texts words = {}) {
    all.push_back({name, std::move(json), std::move(words)});
  };
  add("normalizer", golden("tokenizer_normalizer.json"));
  add("always", golden("tokenizer_always.json"));
  add("first", golden("tokenizer_first.json"), {"dog"});
  add("never", golden("tokenizer_never.json"), {"word", "or"});
  add("qwen2", token_golden("qwen2.json"));
  add("gpt2", token_golden("gpt2.json"), {"é naïve"});
  add("whole", token_golden("whole.json"), {"\u304B\u3099"});  // Not in normal form.
  const std::string folder = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/";
  add("qwen", qwen_tokenizer_json(read_tiktoken(folder + "tokenizers/qwen.tiktoken"),
                                  Json::object(), "tokenizer_config.json"));
  add("internlm2",
      sentencepiece_tokenizer_json(read_sentencepiece(folder + "sentencepiece/internlm2.model"),
                                   {}),
      {"▁▁▁", "dog", "do"});
  return all;
}

/// Tokens that are added, or user-defined in a sentencepiece model, but for words and the unknown
/// one, which stands for letters that the vocabulary lacks, too.
std::set<std::string> marks_of(const Form& form) {
  std::set<std::string> marks;
  for (const Json& token : form.json["added_tokens"]) marks.insert(token["content"]);
  for (const Json& piece : form.json["model"].value("user_defined", Json::array())) {
    marks.insert(piece.get<std::string>());
  }
  for (const std::string& word : form.words) marks.erase(word);
  marks.erase("<unk>");
  return marks;
}

/// Texts of which encode() makes other marks than `find` says.
int differing(const Form& form, const Finder& find) {
  const Tokenizer tokenizer(form.json, form.name);
  const std::set<std::string> known = marks_of(form);
  int count = 0;
  for (const char* file : {"texts.json", "../tokenizers/texts.json"}) {
    for (const Json& entry : golden(file)) {
      const auto text = entry.get<std::string>();
      Texts encoded;
      for (const TokenId id : tokenizer.encode(text, SpecialTokens::none)) {
        if (known.contains(tokenizer.piece(id))) encoded.push_back(tokenizer.piece(id));
      }
      Texts found = find(tokenizer, text);
      std::erase(found, "<unk>");
      count += found == encoded ? 0 : 1;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("the marks of a text are the tokens that encode() finds written out in it",
          "[adapters][tokenizer][law]") {
  for (const Form& form : forms_with_words()) {
    INFO(form.name);
    REQUIRE_FALSE(marks_of(form).empty());
    CHECK(differing(form, [](const Tokenizer& tokenizer, const std::string& text) {
            return tokenizer.marks_in(text);
          }) == 0);
  }
}

TEST_CASE("a plain search for the names of tokens does not find what encode() finds",
          "[adapters][tokenizer][law]") {
  // As if a text could be looked through with no regard to flags, order and normal forms.
  int unlike = 0;
  for (const Form& form : forms_with_words()) {
    const std::set<std::string> names = marks_of(form);
    const int count = differing(form, [&](const Tokenizer&, const std::string& text) {
      Texts found;
      for (std::size_t at = 0; at < text.size(); ++at) {
        for (const std::string& name : names) {
          if (text.compare(at, name.size(), name) == 0) found.push_back(name);
        }
      }
      return found;
    });
    unlike += count > 0 ? 1 : 0;
  }
  CHECK(unlike >= 3);
}

TEST_CASE("InternLM2's unused tokens are found, which only its model knows",
          "[adapters][tokenizer]") {
  const std::string file =
      std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/sentencepiece/internlm2.model";
  const Tokenizer tokenizer(sentencepiece_tokenizer_json(read_sentencepiece(file), {}), file);
  CHECK(tokenizer.marks_in("a[UNUSED_TOKEN_3]b</s>") == Texts{"[UNUSED_TOKEN_3]", "</s>"});
  CHECK(tokenizer.marks_in("[UNUSED_TOKEN_3 and the dog   do").empty());
}

TEST_CASE("marks beyond those of the template are named", "[adapters][prompt]") {
  const auto fault = [](const Texts& marks, const Texts& allowed) {
    return error_of([&] { require_marks(marks, allowed, "question"); });
  };
  CHECK(fault({}, {}).empty());
  CHECK(fault({"<image>", "<|im_end|>"}, {"<image>", "<|im_end|>"}).empty());
  CHECK_THAT(fault({"<image>", "<s>", "<|im_end|>"}, {"<image>", "<|im_end|>"}),
             ContainsSubstring("\"<s>\" in the question would be a token of the model, not text") &&
                 ContainsSubstring("(question)") && ContainsSubstring("write it in other words"));
  CHECK_THAT(fault({"<image>", "<image>"}, {"<image>"}), ContainsSubstring("\"<image>\" in the"));
  CHECK_THAT(fault({"<img>"}, {"<img>", "</img>"}),
             ContainsSubstring("the template's \"</img>\" is no token any more"));
}
