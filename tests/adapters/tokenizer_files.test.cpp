// SPDX-License-Identifier: MIT
#include <adapters/tokenizer/tokenizer.hpp>

#include "token_support.hpp"

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
             row["skipped"][i] == tokenizer.decode(ids, /*skip_special=*/true);
    }
    if (!same) differing.push_back(row["name"]);
  }
  return differing;
}

/// A folder as auto_files.json describes it, without one of its files.
void write_files(const TemporaryFolder& folder, const Json& row, const std::string& left_out = "") {
  Json files = row["files"];
  files.erase(left_out);
  for (const auto& [name, content] : files.items()) folder.write(name, content);
  if (row["form"] == "llama") {
    folder.write("tokenizer.json", golden("tokenizer_normalizer.json"));
    return;
  }
  const Json json = token_golden("qwen2.json");
  if (row["form"] == "qwen2") {
    folder.write("tokenizer.json", json);
    return;
  }
  folder.write("vocab.json", json["model"]["vocab"]);
  std::string merges = "#version: 0.2\n";
  for (const Json& pair : json["model"]["merges"]) {
    merges += pair[0].get<std::string>() + " " + pair[1].get<std::string>() + "\n";
  }
  folder.write("merges.txt", merges);
}

/// The CRCs of a row of auto_files.json; null if the folder is refused.
Json crcs_of(const TemporaryFolder& folder, const Json& texts) {
  Json crcs = Json::array();
  const std::string refusal = error_of([&] {
    const Tokenizer tokenizer = Tokenizer::from_directory(folder.path());
    for (const Json& text : texts) {
      const Ids ids = tokenizer.encode(text.get<std::string>());
      crcs.push_back(crc32(joined(ids) + "|" + tokenizer.decode(ids) + "|" +
                           tokenizer.decode(ids, /*skip_special=*/true)));
    }
  });
  return refusal.empty() ? crcs : Json();
}

/// Folders of auto_files.json that give other ids or texts than AutoTokenizer finds.
/// \param left_out  a file to leave out of each
/// \param step      2 looks at every second folder
int differing_folders(const std::string& left_out = "", std::size_t step = 1) {
  const Json rows = token_golden("auto_files.json");
  int count = 0;
  for (std::size_t i = 0; i < rows["cases"].size(); i += step) {
    const Json& row = rows["cases"][i];
    const TemporaryFolder folder;
    write_files(folder, row, left_out);
    if (crcs_of(folder, rows["texts"]) == row["crcs"]) continue;
    if (++count <= 5 && left_out.empty()) UNSCOPED_INFO(row.dump());
  }
  return count;
}

}  // namespace

TEST_CASE("the small files beside a vocabulary are read as AutoTokenizer reads them",
          "[adapters][tokenizer][golden]") {
  REQUIRE(token_golden("auto_files.json")["cases"].size() > 150);
  CHECK(differing_folders() == 0);
}

TEST_CASE("the folders tell apart who passes over a file", "[adapters][tokenizer][law]") {
  CHECK(differing_folders("added_tokens.json", 3) > 5);
  CHECK(differing_folders("special_tokens_map.json", 3) > 5);
  CHECK(differing_folders("tokenizer_config.json", 3) > 5);
}

TEST_CASE("files that belong together are asked for, and what is wrong in them is named",
          "[adapters][tokenizer]") {
  const Json qwen{{"tokenizer_class", "Qwen2Tokenizer"}};
  const auto message = [&](const std::string& file, const Json& content, const Json& config) {
    const TemporaryFolder folder;
    write_files(folder, {{"form", "vocab"}, {"files", Json::object()}});
    folder.write("tokenizer_config.json", config);
    if (content.is_null()) {
      std::filesystem::remove(folder.path() / file);
    } else {
      folder.write(file, content.is_string() ? content.get<std::string>() : content.dump());
    }
    return error_of([&] { (void)Tokenizer::from_directory(folder.path()); });
  };

  CHECK(message("added_tokens.json", Json::object(), qwen).empty());
  CHECK_THAT(message("merges.txt", nullptr, qwen), ContainsSubstring("merges.txt"));
  CHECK_THAT(message("vocab.json", nullptr, qwen), ContainsSubstring("vocab.json"));
  CHECK_THAT(message("merges.txt", "a b\na b c\n", qwen),
             ContainsSubstring("line 2 is not two pieces") && ContainsSubstring("merges.txt"));
  CHECK_THAT(message("merges.txt", "zz zz\n", qwen), ContainsSubstring("not in the vocabulary"));
  CHECK_THAT(message("added_tokens.json", {{"<x>", "7"}}, qwen),
             ContainsSubstring("\"<x>\" has no id") && ContainsSubstring("added_tokens.json"));
  CHECK_THAT(message("added_tokens.json", {{"<x>", 7}, {"<y>", 7}}, qwen),
             ContainsSubstring("\"<y>\" has no id of its own"));
  CHECK_THAT(message("added_tokens.json", Json::array(), qwen), ContainsSubstring("added_tokens"));
  CHECK_THAT(message("special_tokens_map.json", Json::array(), qwen),
             ContainsSubstring("special_tokens_map"));
  CHECK_THAT(message("added_tokens.json", Json::object(), Json::object()),
             ContainsSubstring("tokenizer_class"));
}

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
  folder.write("vocab.txt", std::string("x"));

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
  CHECK_THAT(message({{"split_special_tokens", true}}, "llava"),
             ContainsSubstring("split_special_tokens is not supported"));
  CHECK_THAT(message({{"fast_tokenizer_files", {"tokenizer.4.0.0.json"}}}, "llava"),
             ContainsSubstring("fast_tokenizer_files is not supported"));
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
