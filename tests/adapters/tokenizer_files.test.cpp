// SPDX-License-Identifier: MIT
#include "adapter_support.hpp"

#include <adapters/tokenizer/tokenizer.hpp>

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

void write_folder(const TemporaryFolder& folder, const Json& config, const Json& model_type) {
  folder.write("tokenizer.json", golden("tokenizer_normalizer.json"));
  if (!config.is_null()) folder.write("tokenizer_config.json", config);
  if (!model_type.is_null()) folder.write("config.json", Json{{"model_type", model_type}});
}

/// Cases of auto.json in which the folder's tokenizer gives other ids or text than AutoTokenizer.
/// \param ignored  a key of tokenizer_config.json to leave out
std::vector<std::string> differing_cases(const std::string& ignored = "") {
  std::vector<std::string> differing;
  for (const Json& row : golden("auto.json")) {
    const TemporaryFolder folder;
    Json config = row["config"];
    config.erase(ignored);
    write_folder(folder, config, row["model_type"]);
    const Tokenizer tokenizer = Tokenizer::from_directory(folder.path());
    bool same = true;
    for (std::size_t i = 0; i < row["texts"].size(); ++i) {
      const auto ids = row["ids"][i].get<std::vector<TokenId>>();
      same = same && tokenizer.encode(row["texts"][i].get<std::string>()) == ids &&
             tokenizer.decode(ids, /*skip_special=*/true) == row["skipped"][i];
    }
    if (!same) differing.push_back(row["name"]);
  }
  return differing;
}

}  // namespace

TEST_CASE("a folder gives the tokenizer that AutoTokenizer makes of it",
          "[adapters][tokenizer][golden]") {
  REQUIRE(golden("auto.json").size() > 10);
  CHECK(differing_cases() == std::vector<std::string>{});
}

TEST_CASE("the cases tell apart who passes over a key", "[adapters][tokenizer][law]") {
  for (const std::string key :
       {"tokenizer_class", "legacy", "added_tokens_decoder", "extra_special_tokens",
        "additional_special_tokens", "bos_token", "add_prefix_space"}) {
    INFO(key);
    CHECK_FALSE(differing_cases(key).empty());
  }
  // These have no effect beside a tokenizer.json.
  CHECK(differing_cases("add_bos_token").empty());
  CHECK(differing_cases("add_eos_token").empty());
}

TEST_CASE("a folder without a tokenizer.json says how to make one", "[adapters][tokenizer]") {
  const TemporaryFolder folder;
  folder.write("vocab.json", std::string("x"));

  CHECK_THAT(error_of([&] { (void)Tokenizer::from_directory(folder.path()); }),
             ContainsSubstring("no tokenizer.json") && ContainsSubstring("save_pretrained"));
}

TEST_CASE("configurations that cannot be followed are errors", "[adapters][tokenizer]") {
  const auto message = [](const Json& config, const Json& model_type) {
    const TemporaryFolder folder;
    write_folder(folder, config, model_type);
    return error_of([&] { (void)Tokenizer::from_directory(folder.path()); });
  };

  CHECK(message(nullptr, nullptr).empty());
  CHECK(message({{"tokenizer_class", "CodeLlamaTokenizer"}}, "llava").empty());
  CHECK_THAT(message({{"tokenizer_class", "CodeLlamaTokenizer"}}, "llama"),
             ContainsSubstring("CodeLlamaTokenizer"));
  CHECK_THAT(message({{"added_tokens_decoder", {{"x", {{"content", "<x>"}}}}}}, "llava"),
             ContainsSubstring("\"x\" in added_tokens_decoder is no id"));
  CHECK_THAT(message({{"tokenizer_class", 5}}, "llava"), ContainsSubstring("tokenizer_class"));
}

TEST_CASE("kinds that no tokenizer.json has are refused in one", "[adapters][tokenizer]") {
  const auto message = [](const std::string& where, const Json& value) {
    const TemporaryFolder folder;
    Json json = golden("tokenizer_normalizer.json");
    json[Json::json_pointer(where)] = value;
    folder.write("tokenizer.json", json);
    return error_of([&] { (void)Tokenizer::from_directory(folder.path()); });
  };
  const Json before{{"type", "SentencePiece"}, {"prefix", "always"}};
  const Json behind{{"type", "SentencePiece"}, {"drops_prefix", true}};

  CHECK_THAT(message("/model/ranks", Json::object()), ContainsSubstring("\"ranks\""));
  CHECK_THAT(message("/model/user_defined", Json::array()), ContainsSubstring("\"user_defined\""));
  CHECK_THAT(message("/pre_tokenizer", before), ContainsSubstring("pre_tokenizer SentencePiece"));
  CHECK_THAT(message("/pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {before}}}),
             ContainsSubstring("pre_tokenizer SentencePiece"));
  CHECK_THAT(message("/decoder", behind), ContainsSubstring("decoder SentencePiece"));
  CHECK_THAT(message("/decoder", {{"type", "Sequence"}, {"decoders", {behind}}}),
             ContainsSubstring("decoder SentencePiece"));
}
