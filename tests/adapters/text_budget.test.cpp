// SPDX-License-Identifier: MIT
#include <adapters/tokenizer/text_budget.hpp>
#include <adapters/tokenizer/tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string question = "Is there a dog in the image? Answer yes or no, please: aaaaaaaaaa";

Json bytes_form() {
  return token_golden("qwen2.json");
}

Json characters_form() {
  return golden("tokenizer_normalizer.json");
}

Json repeated(const Json& step, int count) {
  return Json(static_cast<std::size_t>(count), step);
}

/// A tokenizer with another value in one place; the golden's else.
Tokenizer changed(Json json, const std::string& pointer, const Json& value) {
  json[Json::json_pointer(pointer)] = value;
  return {json, "tokenizer.json"};
}

std::string encoding_error(const Tokenizer& tokenizer, const std::string& text = question) {
  return error_of([&] { (void)tokenizer.encode(text); });
}

const Json doubling{{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};

}  // namespace

TEST_CASE("a normaliser that makes too much of a text is stopped by name",
          "[adapters][tokenizer]") {
  const auto message = [](const Json& steps) {
    return encoding_error(
        changed(bytes_form(), "/normalizer", {{"type", "Sequence"}, {"normalizers", steps}}));
  };
  const Json prepend{{"type", "Prepend"}, {"prepend", std::string(900, 'x')}};
  const Json nothing{{"type", "Replace"}, {"pattern", {{"String", "qq"}}}, {"content", ""}};
  const Json nested{{"type", "Sequence"}, {"normalizers", repeated(doubling, 40)}};
  const Json of_pages{
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(100'000, 'x')}};

  CHECK(message(repeated(doubling, 2)).empty());
  CHECK_THAT(message(repeated(doubling, 40)),
             ContainsSubstring("the normalizer Replace of \"a\" makes too much work of a text of " +
                               std::to_string(question.size()) + " bytes (tokenizer.json)"));
  CHECK_THAT(message(Json::array({nested})), ContainsSubstring("the normalizer Replace of \"a\""));
  CHECK_THAT(message(Json::array({of_pages})),
             ContainsSubstring("the normalizer Replace of \"a\""));
  CHECK_THAT(message(repeated(prepend, 200)), ContainsSubstring("the normalizer Prepend of \"xxx"));
  CHECK(message(repeated(nothing, 100)).empty());
  CHECK_THAT(message(repeated(nothing, 20'000)), ContainsSubstring("Replace of \"qq\""));
  CHECK_THAT(message(repeated({{"type", "NFC"}}, 20'000)), ContainsSubstring("normalizer NFC"));
}

TEST_CASE("a normaliser makes as little of the tokens that are sought in normalised text",
          "[adapters][tokenizer]") {
  Json json = characters_form();
  json["added_tokens"][3]["normalized"] = true;  // <image>, which has an a.
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", repeated(doubling, 40)}};

  CHECK_THAT(error_of([&] { Tokenizer tokenizer(json, "tokenizer.json"); }),
             ContainsSubstring("the normalizer Replace of \"a\""));
}

TEST_CASE("a pre-tokenizer that makes too much of a text is stopped by name",
          "[adapters][tokenizer]") {
  const auto message = [](const Json& steps, const std::string& text = question) {
    return encoding_error(
        changed(bytes_form(), "/pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}),
        text);
  };
  const auto split = [](const std::string& pattern) {
    return Json{{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}};
  };
  const Json bytes{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const Json metaspace{{"type", "Metaspace"}, {"replacement", "▁"}, {"split", false}};
  const std::string slow = "(?:a+)+b";

  // Every é is two bytes, and each of them a letter of two bytes again.
  CHECK_THAT(message(repeated(bytes, 40), "é"), ContainsSubstring("pre_tokenizer ByteLevel"));
  CHECK_THAT(message(repeated(metaspace, 20'000)), ContainsSubstring("pre_tokenizer Metaspace"));
  CHECK(message({split(slow), bytes}).empty());
  CHECK_THAT(message({split(slow), bytes}, question + std::string(30, 'a')),
             ContainsSubstring("the pattern \"(?:a+)+b\" makes too much work"));
  // Each is within the budget by itself.
  CHECK_THAT(message(repeated(split(slow), 2'000)), ContainsSubstring("the pattern \"(?:a+)+b\""));
  CHECK_THAT(message(repeated(split("\\p{L}"), 2'000)),
             ContainsSubstring("the pattern \"\\p{L}\" makes too much work"));
}

TEST_CASE("a decoder that makes too much of pieces is stopped by name", "[adapters][tokenizer]") {
  const auto message = [](const Json& steps) {
    const Tokenizer tokenizer =
        changed(characters_form(), "/decoder", {{"type", "Sequence"}, {"decoders", steps}});
    const Ids ids = tokenizer.encode(question);
    return error_of([&] { (void)tokenizer.decode(ids); });
  };

  CHECK(message(repeated(doubling, 2)).empty());
  CHECK_THAT(message(repeated(doubling, 40)),
             ContainsSubstring("the decoder Replace of \"a\" makes too much work"));
  for (const std::string kind : {"Fuse", "ByteFallback", "ByteLevel"}) {
    CHECK_THAT(message(repeated({{"type", kind}}, 20'000)), ContainsSubstring("decoder " + kind));
  }
}

TEST_CASE("pieces and templates that no model has are refused when they are read",
          "[adapters][tokenizer]") {
  const std::string page(5'000, 'x');
  const auto message = [](const std::string& pointer, const Json& value) {
    return error_of([&] { (void)changed(characters_form(), pointer, value); });
  };

  CHECK_THAT(message("/model/vocab/" + page, 5'000), ContainsSubstring("a token has 5000 bytes"));
  CHECK_THAT(message("/added_tokens/3/content", page), ContainsSubstring("a token has 5000 bytes"));
  CHECK(message("/post_processor/special_tokens/<s>/ids", Ids(64, 1)).empty());
  CHECK_THAT(message("/post_processor/special_tokens/<s>/ids", Ids(65, 1)),
             ContainsSubstring("more than 64 tokens"));
  CHECK_THAT(message("/post_processor/single", repeated({{"SpecialToken", {{"id", "<s>"}}}}, 65)),
             ContainsSubstring("more than 64 tokens"));
}

TEST_CASE("a budget is spent once, by all rules together", "[adapters][tokenizer]") {
  TextBudget budget(0, "f");
  budget.spend(65'000, "one");

  CHECK_THAT(error_of([&] { budget.spend(1'000, "another"); }),
             ContainsSubstring("another makes too much work of a text of 0 bytes (f)"));
  CHECK(error_of([&] { budget.spend(500, "a third"); }).empty());
  CHECK(budget.spend_steps(900'000));
  CHECK_FALSE(budget.spend_steps(200'000));
  CHECK_FALSE(budget.spend_steps(1));
  CHECK_FALSE(budget.is_late());
  CHECK(quoted_rule("short") == "\"short\"");
  CHECK(quoted_rule(std::string(39, 'a') + "éb") == "\"" + std::string(39, 'a') + "é…\"");
}

TEST_CASE("texts of a megabyte are within the budget of every form", "[adapters][tokenizer]") {
  std::string text;
  for (const Json& part : token_golden("texts.json")) text += part.get<std::string>() + " ";
  for (const Json& json : {bytes_form(), characters_form(), golden("tokenizer_never.json"),
                           token_golden("gpt2.json"), token_golden("whole.json")}) {
    const Tokenizer tokenizer(json, "t");
    Ids ids;
    CHECK(error_of([&] { ids = tokenizer.encode(text); }).empty());
    CHECK(error_of([&] { (void)tokenizer.decode(ids); }).empty());
  }
}
