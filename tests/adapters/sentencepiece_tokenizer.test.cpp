// SPDX-License-Identifier: MIT
#include <functional>

#include <adapters/tokenizer/sentencepiece_tokenizer.hpp>

#include "token_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string models = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/sentencepiece/";

Json sentencepiece_golden(const std::string& name) {
  return golden("../sentencepiece/" + name);
}

/// Texts and ids with which a model alone, without tokens around it, gives something else than the
/// library.
int texts_unlike_goldens(const std::string& name, const std::function<void(Json&)>& change = {}) {
  const SentencePieceModel model = read_sentencepiece(models + name + ".model");
  Json json = sentencepiece_tokenizer_json(model, {});
  json["added_tokens"] = Json::array();
  json["post_processor"] = nullptr;
  if (change) change(json);
  const Tokenizer tokenizer(json, name);
  const Json expected = sentencepiece_golden(name + ".ids.json");
  const Json texts = token_golden("texts.json");
  int count = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Ids ids = tokenizer.encode(texts[i].get<std::string>());
    // The library decodes its unknown piece as " ⁇ ", a tokenizer as that piece.
    const bool has_unknown = std::count(ids.begin(), ids.end(), tokenizer.id_of("<unk>")) > 0;
    const bool same = crc32(joined(ids)) == expected["ids"][i] &&
                      (has_unknown || crc32(tokenizer.decode(ids)) == expected["decoded"][i]);
    if (!same && ++count <= 5 && !change) UNSCOPED_INFO(texts[i].dump() << ": " << joined(ids));
  }
  for (const Json& row : expected["random"]) {
    const bool same = row[1] == tokenizer.decode(row[0].get<Ids>());
    if (!same && ++count <= 5 && !change) UNSCOPED_INFO(row.dump());
  }
  return count;
}

/// Rows of folders.json that come out otherwise.
std::vector<std::string> folders_unlike_goldens(const std::string& ignored = "") {
  const Json texts = token_golden("texts.json");
  std::vector<std::string> differing;
  for (const Json& row : sentencepiece_golden("folders.json")) {
    const TemporaryFolder there;
    std::filesystem::copy(models + row["model"].get<std::string>() + ".model",
                          there.path() / "tokenizer.model");
    for (const auto& [name, content] : row["files"].items()) {
      Json json = content;
      json.erase(ignored);
      if (name != ignored) there.write(name + ".json", json);
    }
    int count = 0;
    const std::string fault = error_of([&] {
      const Tokenizer tokenizer = Tokenizer::from_directory(there.path());
      for (std::size_t i = 0; i < row["ids"].size(); ++i) {
        const auto text = texts[3 * i].get<std::string>();
        const bool same = crc32(joined(tokenizer.encode(text))) == row["ids"][i];
        if (!same && ++count <= 3 && ignored.empty()) {
          UNSCOPED_INFO(row["name"] << ": " << texts[3 * i].dump());
        }
      }
    });
    if (!fault.empty() && ignored.empty()) UNSCOPED_INFO(fault);
    if (count > 0 || !fault.empty()) differing.push_back(row["name"]);
  }
  return differing;
}

std::string folder_error(const Json& config, const Json& added = nullptr) {
  const TemporaryFolder there;
  std::filesystem::copy(models + "llama.model", there.path() / "tokenizer.model");
  there.write("tokenizer_config.json", config);
  if (!added.is_null()) there.write("added_tokens.json", added);
  return error_of([&] { (void)Tokenizer::from_directory(there.path()); });
}

}  // namespace

TEST_CASE("ids and text are those of the sentencepiece library", "[adapters][tokenizer][golden]") {
  for (const std::string name : {"llama", "internlm2", "unknown"}) {
    INFO(name);
    CHECK(texts_unlike_goldens(name) == 0);
  }
}

TEST_CASE("the texts tell every setting of a sentencepiece model apart",
          "[adapters][tokenizer][law]") {
  const auto differs = [](const std::string& name, const std::string& pointer, const Json& value) {
    INFO(name << pointer);
    CHECK(texts_unlike_goldens(name,
                               [&](Json& json) { json[Json::json_pointer(pointer)] = value; }) > 5);
  };

  differs("llama", "/pre_tokenizer/prefix", "never");
  differs("llama", "/model/byte_fallback", false);
  differs("llama", "/decoder/drops_prefix", false);
  differs("llama", "/decoder",
          {{"type", "Sequence"},
           {"decoders",
            {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
             {{"type", "ByteFallback"}}}}});
  differs("llama", "/pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "▁"}});
  differs("internlm2", "/pre_tokenizer/prefix", "always");
  differs("internlm2", "/model/user_defined", Json::array());
  differs("unknown", "/model/fuse_unk", false);
  CHECK(texts_unlike_goldens("llama", [](Json& json) {  // Every rank the other way round.
          for (auto& [piece, rank] : json["model"]["ranks"].items()) {
            rank = 1000 - rank.get<int>();
          }
        }) > 100);
  // "First" is "always" for texts without tokens inside.
  CHECK(texts_unlike_goldens("llama",
                             [](Json& json) { json["pre_tokenizer"]["prefix"] = "first"; }) == 0);
}

TEST_CASE("a folder gives the ids of the slow tokenizers on sentencepiece",
          "[adapters][tokenizer][golden]") {
  REQUIRE(sentencepiece_golden("folders.json").size() > 15);
  CHECK(folders_unlike_goldens() == std::vector<std::string>{});
  for (const std::string key :
       {"legacy", "added_tokens_decoder", "added_tokens", "pad_token", "additional_special_tokens",
        "add_bos_token", "add_eos_token", "bos_token", "special_tokens_map", "tokenizer_class"}) {
    INFO(key);
    CHECK_FALSE(folders_unlike_goldens(key).empty());
  }
}

TEST_CASE("a token that takes an id of the model's goes by its own name", "[adapters][tokenizer]") {
  const TemporaryFolder there;
  std::filesystem::copy(models + "internlm2.model", there.path() / "tokenizer.model");
  const SentencePieceModel model = read_sentencepiece(models + "internlm2.model");
  const auto last = static_cast<TokenId>(model.pieces.size() - 1);
  there.write("tokenizer_config.json",
              Json{{"tokenizer_class", "InternLM2Tokenizer"},
                   {"added_tokens_decoder",
                    {{std::to_string(last), {{"content", "<|im_start|>"}, {"special", true}}}}},
                   {"additional_special_tokens", {"<|im_start|>"}}});
  const Tokenizer tokenizer = Tokenizer::from_directory(there.path());

  CHECK(tokenizer.id_of("<|im_start|>") == last);
  CHECK(tokenizer.piece(last) == "<|im_start|>");
  CHECK(tokenizer.encode("<|im_start|>") == Ids{1, last});
  CHECK(tokenizer.decode(Ids{1, last}) == "<s><|im_start|>");
  CHECK(tokenizer.decode(Ids{1, last}, /*skip_special=*/true).empty());
}

TEST_CASE("configurations beside a tokenizer.model that cannot be followed are errors",
          "[adapters][tokenizer]") {
  const auto decoder = [](const std::string& id, const std::string& content) {
    return Json{{"added_tokens_decoder", {{id, {{"content", content}, {"special", true}}}}}};
  };

  CHECK(folder_error({{"tokenizer_class", "LlamaTokenizerFast"}}).empty());
  CHECK_THAT(folder_error({{"tokenizer_class", "T5Tokenizer"}}), ContainsSubstring("T5Tokenizer"));
  CHECK_THAT(folder_error({{"sp_model_kwargs", {{"enable_sampling", true}}}}),
             ContainsSubstring("sp_model_kwargs"));
  CHECK_THAT(folder_error({{"bos_token", nullptr}}), ContainsSubstring("add as bos_token"));
  CHECK_THAT(folder_error(decoder("-1", "<x>")), ContainsSubstring("cannot have the id -1"));
  CHECK_THAT(folder_error(decoder("7", "<s>")), ContainsSubstring("\"<s>\" cannot have the id 7"));
  CHECK_THAT(folder_error(Json::object(), {{"<x>", 900}, {"<y>", 900}}),
             ContainsSubstring("id 900"));
  CHECK_THAT(folder_error(Json::object(), {{"<x>", "900"}}),
             ContainsSubstring("added_tokens.json"));
  for (const std::string flag : {"single_word", "lstrip", "rstrip"}) {
    Json config = decoder("900", "<x>");
    config["added_tokens_decoder"]["900"][flag] = true;
    CHECK_THAT(folder_error(config), ContainsSubstring("a flag of \"<x>\""));
  }
}
