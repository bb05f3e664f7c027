// SPDX-License-Identifier: MIT
/// \file The facts of NLTK's English Punkt model that matter for lower-cased text.
///
/// Source: the model punkt_tab/english of NLTK's data, which was learnt from the Wall Street
/// Journal. Abbreviations and pairs are complete, without ". .", which no word equals. Of its
/// 20,366 words with the cases in which they were seen, only those that a lower-case reader can
/// tell from the rest are here: never capitalised, and seen to begin a sentence in lower case.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace infoflow::caption {

/// What every number is for the model.
inline constexpr std::u32string_view punkt_number = U"##number##";

/// True if a period after the word is not taken for a sentence's end.
/// \param word  without its period
[[nodiscard]] constexpr bool is_abbreviation(std::u32string_view word) {
  constexpr auto sorted = std::to_array<std::u32string_view>({
      U". . ",  U"a.a",   U"a.c",     U"a.d",  U"a.g",    U"a.h",  U"a.m",   U"a.m.e",   U"a.s",
      U"a.t",   U"adm",   U"ala",     U"ariz", U"aug",    U"ave",  U"b.f",   U"b.v",     U"bros",
      U"c",     U"c.i.t", U"c.o.m.b", U"c.v",  U"calif",  U"chg",  U"cie",   U"co",      U"col",
      U"colo",  U"conn",  U"corp",    U"cos",  U"ct",     U"d",    U"d.c",   U"d.h",     U"d.w",
      U"dec",   U"dr",    U"e",       U"e.f",  U"e.h",    U"e.l",  U"e.m",   U"f",       U"f.g",
      U"f.j",   U"feb",   U"fla",     U"fri",  U"ft",     U"g",    U"g.d",   U"g.f",     U"g.k",
      U"ga",    U"gen",   U"h",       U"h.c",  U"h.f",    U"h.m",  U"i.m.s", U"ill",     U"inc",
      U"j.b",   U"j.c",   U"j.j",     U"j.k",  U"j.p",    U"j.r",  U"jan",   U"jr",      U"k",
      U"kan",   U"ky",    U"l",       U"l.a",  U"l.f",    U"l.p",  U"lt",    U"ltd",     U"m",
      U"m.b.a", U"m.d.c", U"m.j",     U"maj",  U"messrs", U"mg",   U"mich",  U"minn",    U"mr",
      U"mrs",   U"ms",    U"n",       U"n.c",  U"n.d",    U"n.h",  U"n.j",   U"n.m",     U"n.v",
      U"n.y",   U"nev",   U"nov",     U"oct",  U"ok",     U"okla", U"ore",   U"p",       U"p.a.m",
      U"p.m",   U"pa",    U"ph.d",    U"prof", U"r",      U"r.a",  U"r.h",   U"r.i",     U"r.j",
      U"r.k",   U"r.t",   U"rep",     U"reps", U"s",      U"s.a",  U"s.a.y", U"s.c",     U"s.g",
      U"s.p.a", U"s.s",   U"sen",     U"sep",  U"sept",   U"sr",   U"st",    U"sw",      U"t",
      U"t.j",   U"tenn",  U"tues",    U"u.k",  U"u.n",    U"u.s",  U"u.s.a", U"u.s.s.r", U"v",
      U"va",    U"vs",    U"vt",      U"w",    U"w.c",    U"w.r",  U"w.va",  U"w.w",     U"wash",
      U"wed",   U"wis",   U"yr",
  });
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

/// True if the two words belong together across a period: "b. smith", "12. business".
[[nodiscard]] constexpr bool is_collocation(std::u32string_view word, std::u32string_view next) {
  struct Pair {
    std::u32string_view word;
    std::u32string_view next;
  };
  constexpr auto after_number = std::to_array<std::u32string_view>({
      U"abreast",  U"aes",         U"business",      U"cbot",     U"colgate",   U"commodities",
      U"cooper",   U"corrections", U"credit",        U"dividend", U"financing", U"genentech",
      U"henley",   U"insider",     U"international", U"leisure",  U"letters",   U"notable",
      U"pay-fone", U"pegasus",     U"pepper",        U"review",   U"rj",        U"wedgestone",
      U"who",      U"zimmer",
  });
  constexpr auto after_initial = std::to_array<Pair>({
      {U"b", U"edelman"},
      {U"b", U"levine"},
      {U"b", U"smith"},
      {U"b", U"stewart"},
      {U"b", U"wigton"},
      {U"i", U"magnin"},
      {U"i", U"toussie"},
      {U"j", U"aron"},
      {U"j", U"fialka"},
      {U"j", U"walter"},
      {U"o", U"ludcke"},
  });
  if (word == punkt_number)
    return std::find(after_number.begin(), after_number.end(), next) != after_number.end();
  return std::any_of(after_initial.begin(), after_initial.end(),
                     [&](const Pair& pair) { return pair.word == word && pair.next == next; });
}

/// True if a number or an initial before this word may end a sentence.
[[nodiscard]] constexpr bool begins_sentences(std::u32string_view word) {
  return word == U"administrators" || word == U"b-week" || word == U"r-revised" ||
         word == U"z-holiday";
}

}  // namespace infoflow::caption
