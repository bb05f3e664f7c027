// SPDX-License-Identifier: MIT
#include <chrono>
#include <map>
#include <random>

#include <adapters/tokenizer/bpe_model.hpp>

#include "adapter_support.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace adapter_tests;
using Catch::Matchers::ContainsSubstring;

namespace {

using Pieces = std::vector<std::string>;

/// Random merges over the letters a, b and c.
Json random_model(std::mt19937& random) {
  Pieces pieces{"a", "b", "c"};
  Json merges = Json::array();
  while (merges.size() < 12) {
    const std::string left = pieces[random() % pieces.size()];
    const std::string right = pieces[random() % pieces.size()];
    if ((left + right).size() > 6) continue;
    if (std::find(merges.begin(), merges.end(), Json{left, right}) != merges.end()) continue;
    merges.push_back({left, right});
    if (std::find(pieces.begin(), pieces.end(), left + right) == pieces.end()) {
      pieces.push_back(left + right);
    }
  }
  Json vocabulary = Json::object();
  for (std::size_t i = 0; i < pieces.size(); ++i) vocabulary[pieces[i]] = i;
  return {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}};
}

/// BPE as its inventors wrote it down: look at all neighbours, merge the best, begin again.
/// \param chooses  whether a pair of that (rank, position) goes before the best one so far
template <class Chooses>
Pieces merge_naively(const Json& model, const std::string& text, Chooses chooses) {
  Pieces pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  while (true) {
    std::optional<std::pair<std::size_t, std::size_t>> best;
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
      const auto& merges = model["merges"];
      const auto found = std::find(merges.begin(), merges.end(), Json{pieces[i], pieces[i + 1]});
      if (found == merges.end()) continue;
      const std::pair candidate(static_cast<std::size_t>(found - merges.begin()), i);
      if (!best || chooses(candidate, *best)) best = candidate;
    }
    if (!best) return pieces;
    pieces[best->second] += pieces[best->second + 1];
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(best->second) + 1);
  }
}

template <class Chooses>
int texts_merged_otherwise(Chooses chooses) {
  std::mt19937 random(7);
  int otherwise = 0;
  for (int round = 0; round < 60; ++round) {
    const Json json = random_model(random);
    const BpeModel model(json, "tokenizer.json");
    for (int text_number = 0; text_number < 10; ++text_number) {
      std::string text;
      for (unsigned i = 0; i < random() % 25; ++i) text += static_cast<char>('a' + random() % 3);
      std::vector<TokenId> ids;
      model.encode(text, ids);
      Pieces pieces;
      for (const TokenId id : ids) pieces.push_back(*model.piece(id));
      if (pieces != merge_naively(json, text, chooses)) ++otherwise;
    }
  }
  return otherwise;
}

std::vector<TokenId> encode(const Json& json, const std::string& text) {
  std::vector<TokenId> ids;
  BpeModel(json, "tokenizer.json").encode(text, ids);
  return ids;
}

}  // namespace

TEST_CASE("the queue merges as going through all neighbours again and again does",
          "[adapters][bpe][law]") {
  CHECK(texts_merged_otherwise([](const auto& a, const auto& b) { return a < b; }) == 0);

  // Broken: the rightmost of equal ranks; the leftmost pair whatever its rank.
  CHECK(texts_merged_otherwise([](const auto& a, const auto& b) {
          return std::pair(a.first, b.second) < std::pair(b.first, a.second);
        }) > 10);
  CHECK(texts_merged_otherwise([](const auto& a, const auto& b) { return a.second < b.second; }) >
        10);
}

TEST_CASE("unknown characters become bytes, or unknowns that fuse if asked to", "[adapters][bpe]") {
  Json json{{"vocab", {{"<unk>", 0}, {"a", 1}, {"<0xC3>", 2}, {"<0xA9>", 3}, {"<0x7A>", 4}}},
            {"merges", Json::array()},
            {"unk_token", "<unk>"}};

  CHECK(encode(json, "aééa") == std::vector<TokenId>{1, 0, 0, 1});
  json["fuse_unk"] = true;
  CHECK(encode(json, "aééa") == std::vector<TokenId>{1, 0, 1});
  json["byte_fallback"] = true;
  // é is C3 A9, ß is C3 9F: a character of which one byte is missing stays unknown as a whole.
  CHECK(encode(json, "aéz") == std::vector<TokenId>{1, 2, 3, 4});
  CHECK(encode(json, "aßa") == std::vector<TokenId>{1, 0, 1});
  // As in the library: an unknown waits for the next known character, behind bytes.
  CHECK(encode(json, "ßéa") == std::vector<TokenId>{2, 3, 0, 1});
  json.erase("unk_token");
  CHECK(encode(json, "aßa") == std::vector<TokenId>{1, 1});
}

TEST_CASE("a whole piece goes before merges if these are to be ignored", "[adapters][bpe]") {
  Json json{{"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"aba", 3}}},
            {"merges", Json::array({"a b"})}};

  CHECK(encode(json, "aba") == std::vector<TokenId>{2, 0});
  json["ignore_merges"] = true;
  CHECK(encode(json, "aba") == std::vector<TokenId>{3});
  CHECK(encode(json, "abab") == std::vector<TokenId>{2, 2});
}

TEST_CASE("a hundred thousand characters without a blank take less than a second",
          "[adapters][bpe]") {
  std::mt19937 random(1);
  const BpeModel model(random_model(random), "tokenizer.json");
  const std::string text(200000, 'a');
  const auto begin = std::chrono::steady_clock::now();

  std::vector<TokenId> ids;
  model.encode(text, ids);

  // Quadratic work would be 2·10^10 steps: minutes.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK_FALSE(ids.empty());
}

TEST_CASE("ranked pieces merge by their joined text, the earliest rank first", "[adapters][bpe]") {
  Json json{{"type", "BPE"},
            {"vocab",
             {{"<unk>", 0}, {"a", 1}, {"b", 2}, {"ab", 3}, {"ba", 4}, {"aba", 5}, {"<0xC3>", 6}}},
            {"ranks", {{"a", 9}, {"b", 9}, {"ab", 1}, {"ba", 0}, {"aba", 2}}}};

  CHECK(encode(json, "aba") == std::vector<TokenId>{5});
  CHECK(encode(json, "abab") == std::vector<TokenId>{5, 2});
  json["ranks"]["ba"] = 1;  // Of equal ranks the leftmost.
  CHECK(encode(json, "abb") == std::vector<TokenId>{3, 2});
  CHECK(encode(json, "bab") == std::vector<TokenId>{4, 2});
  // c is no piece by itself, and yet a part of one.
  json["vocab"]["bc"] = 7;
  json["ranks"]["bc"] = 0;
  CHECK(encode(json, "abc") == std::vector<TokenId>{1, 7});
  CHECK(encode(json, "acéca") == std::vector<TokenId>{1, 1});
  json["unk_token"] = "<unk>";
  CHECK(encode(json, "acca") == std::vector<TokenId>{1, 0, 0, 1});
  json["fuse_unk"] = true;
  CHECK(encode(json, "accac") == std::vector<TokenId>{1, 0, 1, 0});
  json["vocab"]["<0xA9>"] = 8;
  json["byte_fallback"] = true;
  CHECK(encode(json, "cééc") == std::vector<TokenId>{0, 6, 8, 6, 8, 0});
  // Defined by the user: found first, the longest, and never merged.
  json["user_defined"] = {"b"};
  CHECK(encode(json, "aba") == std::vector<TokenId>{1, 2, 1});
  json["user_defined"] = {"a", "ab"};
  CHECK(encode(json, "abba") == std::vector<TokenId>{3, 2, 1});
}

TEST_CASE("a model that is not known or does not hold together is an error", "[adapters][bpe]") {
  const auto pairs = [](const std::vector<Pieces>& merges) { return Json(merges); };
  const Json good{{"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}}, {"merges", pairs({{"a", "b"}})}};
  const auto message = [&](const std::string& key, const Json& value) {
    Json json = good;
    json[key] = value;
    return error_of([&] { BpeModel model(json, "tokenizer.json"); });
  };

  CHECK(message("type", "BPE").empty());
  CHECK(message("merges", Json::array({"#version: 0.2", "a b"})).empty());
  CHECK_THAT(message("type", "Unigram"), ContainsSubstring("Unigram"));
  CHECK_THAT(message("dropout", 0.1), ContainsSubstring("dropout"));
  CHECK_THAT(message("continuing_subword_prefix", "##"),
             ContainsSubstring("continuing_subword_prefix"));
  CHECK_THAT(message("end_of_word_suffix", "</w>"), ContainsSubstring("end_of_word_suffix"));
  CHECK_THAT(message("new_setting", true), ContainsSubstring("new_setting"));
  CHECK_THAT(message("unk_token", "<unk>"), ContainsSubstring("<unk>"));
  CHECK_THAT(message("vocab", Json::object()), ContainsSubstring("vocabulary"));
  CHECK_THAT(message("vocab", Json{{"a", 0}, {"b", 0}, {"ab", 1}}), ContainsSubstring("id 0"));
  CHECK_THAT(message("vocab", Json{{"a", -1}}), ContainsSubstring("no proper id"));
  CHECK_THAT(message("vocab", Json{{"a", 0.5}}), ContainsSubstring("no proper id"));
  CHECK_THAT(message("vocab", Json{{"a", 1e18}}), ContainsSubstring("no proper id"));
  CHECK_THAT(message("merges", Json::array({"a c"})), ContainsSubstring("not in the vocabulary"));
  CHECK_THAT(message("merges", pairs({{"b", "a"}})), ContainsSubstring("not in the vocabulary"));
  CHECK_THAT(message("merges", Json::array({"a b c"})), ContainsSubstring("a merge must be"));
  CHECK_THAT(message("merges", pairs({{"a", "b", "c"}})), ContainsSubstring("a merge must be"));
  CHECK_THAT(message("merges", "a b"),
             ContainsSubstring("\"merges\" is \"a b\" and must be a list"));
  CHECK_THAT(message("ranks", Json{{"c", 0}}), ContainsSubstring("the rank of \"c\""));
  CHECK_THAT(message("ranks", Json{{"a", -1}}), ContainsSubstring("the rank of \"a\""));
  CHECK_THAT(error_of([&] {
               Json json = good;
               json["ranks"] = {{"a", 0}};
               json["user_defined"] = {"c"};
               BpeModel model(json, "tokenizer.json");
             }),
             ContainsSubstring("user-defined"));
}
