// SPDX-License-Identifier: MIT
/// \file The tables by which pattern's singularize turns English plurals into singulars.
///
/// Facts of the inflector of the pattern library (BSD-3-Clause), whose rules go back to Bermi
/// Ferrer's inflector (MIT). They are kept with their faults: equal numbers need them.
#pragma once

#include <array>
#include <string_view>

namespace infoflow::singulars {

/// Where in a word a rule's plural must stand.
enum class PluralPlace { end, begin, whole };

/// One way to a singular. `before` says which character must stand before the plural and stays: ""
/// asks for none, "abc" for one of these, "^abc" for one that is none of these.
struct SingularRule {
  std::string_view before;
  std::string_view plural;
  std::string_view singular;
  PluralPlace place = PluralPlace::end;
};

/// The first that fits wins. The numbers count pattern's own rules; alternatives of one are rows of
/// their own here. Rule 36 (glucose and its kin stay) changes nothing and has no row.
inline constexpr auto singular_rules = std::to_array<SingularRule>({
    {"^", "ae", "a"},                                  // 1
    {"^", "itis", "itis"},                             // 2
    {"^", "eaux", "eau"},                              // 3
    {"", "quizzes", "quiz"},                           // 4
    {"", "matrices", "matrix"},                        // 5
    {"", "apices", "apex"},                            // 6
    {"", "vertices", "vertex"},                        // 6
    {"", "indices", "index"},                          // 6
    {"", "oxen", "ox", PluralPlace::begin},            // 7
    {"", "aliases", "alias"},                          // 8
    {"", "statuses", "status"},                        // 8
    {"octp|vir", "i", "us"},                           // 9
    {"", "crises", "crisis"},                          // 10
    {"", "axes", "axis"},                              // 10
    {"", "testes", "testis"},                          // 10
    {"", "shoes", "shoe"},                             // 11
    {"", "oes", "o"},                                  // 12
    {"", "buses", "bus"},                              // 13
    {"m|l", "ice", "ouse"},                            // 14
    {"", "xes", "x"},                                  // 15
    {"", "ches", "ch"},                                // 15
    {"", "sses", "ss"},                                // 15
    {"", "shes", "sh"},                                // 15
    {"", "movies", "movie"},                           // 16
    {"^", "ombies", "ombie"},                          // 17
    {"", "series", "series"},                          // 18
    {"^aeiouy", "ies", "y"},                           // 19
    {"", "quies", "quy"},                              // 19
    {"aeo", "lves", "lf"},                             // 20
    {"^d", "eaves", "eaf"},                            // 21
    {"", "arves", "arf"},                              // 22
    {"", "erves", "erve"},                             // 23
    {"nlw", "ives", "ife"},                            // 24
    {"lr", "ves", "f"},                                // 25
    {"aeo", "ves", "ve"},                              // 26
    {"", "sives", "sive"},                             // 27
    {"", "tives", "tive"},                             // 28
    {"", "hives", "hive"},                             // 29
    {"^f", "ves", "fe"},                               // 30
    {"", "analyses", "analysis", PluralPlace::whole},  // 31
    {"", "analyses", "analyasis"},                     // 32, with its fault
    {"", "bases", "basis"},                            // 32
    {"", "diagnoses", "diagnosis"},                    // 32
    {"", "parentheses", "parenthesis"},                // 32
    {"", "prognoses", "prognosis"},                    // 32
    {"", "synopses", "synopsis"},                      // 32
    {"", "theses", "thesis"},                          // 32
    {"^", "opses", "opsis"},                           // 33
    {"^", "yses", "ysis"},                             // 34
    {"hdronbp", "oses", "ose"},                        // 35
    {"", "closes", "close"},                           // 35
    {"^", "oses", "osis"},                             // 37
    {"ti", "a", "um"},                                 // 38
    {"", "news", "news"},                              // 39
    {"", "s", ""},                                     // 40
});

/// A word of which another word's end is replaced, before the rules: "firemen" is "fireman".
struct IrregularPlural {
  std::string_view plural;
  std::string_view singular;
};

inline constexpr auto irregular_plurals = std::to_array<IrregularPlural>({
    {"atlantes", "atlas"}, {"atlases", "atlas"},    {"axes", "axe"},
    {"beeves", "beef"},    {"brethren", "brother"}, {"children", "child"},
    {"corpora", "corpus"}, {"corpuses", "corpus"},  {"ephemerides", "ephemeris"},
    {"feet", "foot"},      {"ganglia", "ganglion"}, {"geese", "goose"},
    {"genera", "genus"},   {"genii", "genie"},      {"graffiti", "graffito"},
    {"helves", "helve"},   {"kine", "cow"},         {"leaves", "leaf"},
    {"loaves", "loaf"},    {"men", "man"},          {"mongooses", "mongoose"},
    {"monies", "money"},   {"moves", "move"},       {"mythoi", "mythos"},
    {"numena", "numen"},   {"occipita", "occiput"}, {"octopodes", "octopus"},
    {"opera", "opus"},     {"opuses", "opus"},      {"our", "my"},
    {"oxen", "ox"},        {"penes", "penis"},      {"penises", "penis"},
    {"people", "person"},  {"sexes", "sex"},        {"soliloquies", "soliloquy"},
    {"teeth", "tooth"},    {"testes", "testis"},    {"trilbys", "trilby"},
    {"turves", "turf"},    {"zoa", "zoon"},
});

/// A word that one of these *ends with* stays: "scissors", but also "s", "as" and "is".
inline constexpr auto uninflected_words = std::to_array<std::string_view>({
    "bison",         "bream",      "breeches",     "britches",    "carp",       "chassis",
    "christmas",     "clippers",   "cod",          "contretemps", "corps",      "debris",
    "diabetes",      "djinn",      "eland",        "elk",         "flounder",   "gallows",
    "georgia",       "graffiti",   "headquarters", "herpes",      "high-jinks", "homework",
    "innings",       "jackanapes", "mackerel",     "measles",     "mews",       "mumps",
    "news",          "pincers",    "pliers",       "proceedings", "rabies",     "salmon",
    "scissors",      "series",     "shears",       "species",     "swine",      "swiss",
    "trout",         "tuna",       "whiting",      "wildebeest",  "advice",     "bread",
    "butter",        "cheese",     "electricity",  "equipment",   "fruit",      "furniture",
    "garbage",       "gravel",     "happiness",    "information", "ketchup",    "knowledge",
    "love",          "luggage",    "mathematics",  "mayonnaise",  "meat",       "mustard",
    "news",          "progress",   "research",     "rice",        "sand",       "software",
    "understanding", "water",
});

/// Words in -ie; a word that ends with one of them and "s" stays: "cookies". Two hold a caret that
/// was meant to anchor them, so "ties" is not among them.
inline constexpr auto words_in_ie = std::to_array<std::string_view>({
    "^pie",     "^tie",   "alergie", "auntie",  "beanie",  "birdie",  "bogie",   "bombie",
    "collie",   "cookie", "cutie",   "doggie",  "eyrie",   "freebie", "goonie",  "groupie",
    "hankie",   "hippie", "hoagie",  "hottie",  "indie",   "junkie",  "laddie",  "laramie",
    "lingerie", "meanie", "newbie",  "nightie", "oldie",   "pixie",   "quickie", "reverie",
    "rookie",   "softie", "sortie",  "stoolie", "sweetie", "techie",  "toughie", "valkyrie",
    "veggie",   "weenie", "yuppie",  "zombie",
});

/// A compound whose second part is one of these is inflected in its first: "mothers-in-law".
inline constexpr auto compound_prepositions = std::to_array<std::string_view>({
    "about",  "above",  "across", "after",   "among",  "around",  "at",      "athwart",
    "before", "behind", "below",  "beneath", "beside", "besides", "between", "betwixt",
    "beyond", "but",    "by",     "during",  "except", "for",     "from",    "in",
    "into",   "near",   "of",     "off",     "on",     "onto",    "out",     "over",
    "since",  "till",   "to",     "under",   "until",  "unto",    "upon",    "with",
});

}  // namespace infoflow::singulars
