// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/benchmarks/chair/chair.hpp>

#include "laws/generators.hpp"
#include "laws/law.hpp"

using namespace infoflow;

namespace {

struct Noun {
  std::string singular;
  std::string plural;
  std::string node;
};

/// Words of all kinds, with plurals and objects as a reader of English knows them.
const std::vector<Noun> nouns{
    {"woman", "women", "person"},
    {"child", "children", "person"},
    {"bike", "bikes", "bicycle"},
    {"scooter", "scooters", "motorcycle"},
    {"taxi", "taxis", "car"},
    {"ferry", "ferries", "boat"},
    {"bench", "benches", "bench"},
    {"goose", "geese", "bird"},
    {"puppy", "puppies", "dog"},
    {"calf", "calves", "cow"},
    {"sheep", "sheep", "sheep"},
    {"mouse", "mice", "mouse"},
    {"knife", "knives", "knife"},
    {"sandwich", "sandwiches", "sandwich"},
    {"couch", "couches", "couch"},
    {"toothbrush", "toothbrushes", "toothbrush"},
    {"vase", "vases", "vase"},
    {"stove", "stoves", "oven"},
    {"hot dog", "hot dogs", "hot dog"},
    {"wine glass", "wine glasses", "wine glass"},
    {"bow tie", "bow ties", "tie"},
    {"stop sign", "stop signs", "stop sign"},
    {"baby elephant", "baby elephants", "elephant"},
    {"passenger train", "passenger trains", "train"},
};

/// A caption made of nouns with text between, and the objects that were planted.
struct PlantedCaption {
  std::string text;
  std::vector<std::string> objects;
  std::size_t words_between = 0;

  explicit PlantedCaption(std::uint64_t number) {
    static const std::vector<std::string> between{
        " near ",  ". There is ",   ", and ",    "! \"",    " (left of ", ".\n\nBeside it: ",
        " with ",  "? It shows ",   " — maybe ", ".) The ", "; ",         " that's by Dr. Smith's ",
        " and 3 ", " in the sun, ", "... also ", "'s own ", ".\" Here, "};
    laws::Draw draw(number);
    for (Index left = draw.index(0, 12); left > 0; --left) {
      text +=
          between[static_cast<std::size_t>(draw.index(0, static_cast<Index>(between.size()) - 1))];
      const Noun& noun =
          nouns[static_cast<std::size_t>(draw.index(0, static_cast<Index>(nouns.size()) - 1))];
      std::string word = draw.coin() ? noun.singular : noun.plural;
      if (draw.coin()) word[0] = static_cast<char>(word[0] - 'a' + 'A');
      text += word;
      objects.push_back(noun.node);
    }
    if (draw.coin()) text += ".";
  }
};

using Reader = std::function<std::vector<std::string>(const std::string&)>;

/// The objects read are those planted, in order, and statistics are what counting them by hand
/// gives.
laws::Violation planted_objects_are_read(const Reader& read, std::uint64_t number) {
  const PlantedCaption caption(number);
  const std::vector<std::string> found = read(caption.text);
  if (found == caption.objects) return {};
  return "caption " + std::to_string(number) + " has " + std::to_string(caption.objects.size()) +
         " objects, " + std::to_string(found.size()) + " were read:" + caption.text;
}

/// Mentions split into right and hallucinated; leaving an object out of the truth adds its mentions
/// to the hallucinated ones and takes it from the right ones.
laws::Violation statistics_count_mentions(std::uint64_t number) {
  const PlantedCaption caption(number);
  laws::Draw draw(number + 1000);
  Chair::Reference truth;
  for (const std::string& object : caption.objects) {
    if (draw.coin()) truth.insert(object);
  }
  double wrong = 0;
  for (const std::string& object : caption.objects) wrong += truth.contains(object) ? 0 : 1;
  const Statistics counted = Chair().statistics(caption.text, truth);
  const auto mentions = static_cast<double>(caption.objects.size());
  const auto right = static_cast<double>(truth.size());
  const bool holds = counted[0] == mentions && counted[1] == wrong && counted[2] == 1 &&
                     counted[3] == (wrong > 0 ? 1 : 0) && counted[4] == right &&
                     counted[5] == right;
  return holds ? "" : "caption " + std::to_string(number) + " is counted wrongly";
}

const Reader reads_captions = [](const std::string& caption) {
  return Chair().read(caption).objects;
};

/// A reader that differs from the library's in one step.
std::vector<std::string> objects_of(const std::vector<std::string>& words) {
  static const ChairVocabulary vocabulary;
  std::vector<std::string> objects;
  for (const std::string& word : words) {
    if (const auto node = vocabulary.node_of(word)) objects.emplace_back(*node);
  }
  return objects;
}

const Reader splits_at_blanks = [](const std::string& caption) {
  std::vector<std::string> words;
  const std::string lowered = text::lower(caption);
  for (const auto word : text::words(lowered)) words.push_back(singularize(word));
  return objects_of(detail::with_double_words(words));
};

const Reader splits_no_sentences = [](const std::string& caption) {
  std::vector<std::string> words;
  caption::add_tokens(caption::characters(text::lower(caption)), words);
  for (std::string& word : words) word = singularize(word);
  return objects_of(detail::with_double_words(words));
};

const Reader keeps_plurals = [](const std::string& caption) {
  return objects_of(detail::with_double_words(word_tokenize(caption)));
};

const Reader joins_no_words = [](const std::string& caption) {
  std::vector<std::string> words = word_tokenize(caption);
  for (std::string& word : words) word = singularize(word);
  return objects_of(words);
};

const Reader counts_objects_once = [](const std::string& caption) {
  std::vector<std::string> once;
  for (const std::string& object : reads_captions(caption)) {
    if (std::find(once.begin(), once.end(), object) == once.end()) once.push_back(object);
  }
  return once;
};

}  // namespace

TEST_CASE("the objects read from a caption are those that were planted",
          "[benchmarks][chair][laws]") {
  for (std::uint64_t number = 0; number < 2000; ++number) {
    REQUIRE(planted_objects_are_read(reads_captions, number) == "");
  }
}

TEST_CASE("statistics of a planted caption are those of its mentions",
          "[benchmarks][chair][laws]") {
  for (std::uint64_t number = 0; number < 300; ++number) {
    REQUIRE(statistics_count_mentions(number) == "");
  }
}

TEST_CASE("the law of planted objects rejects readers that skip a step",
          "[benchmarks][chair][laws]") {
  for (const Reader* broken : {&splits_at_blanks, &splits_no_sentences, &keeps_plurals,
                               &joins_no_words, &counts_objects_once}) {
    int rejected = 0;
    for (std::uint64_t number = 0; number < 200; ++number) {
      rejected += planted_objects_are_read(*broken, number).empty() ? 0 : 1;
    }
    CHECK(rejected > 20);
  }
}
