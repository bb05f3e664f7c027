// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <catch_compat.hpp>

#include <infoflow/figure/colour_map.hpp>
#include <infoflow/figure/svg.hpp>
#include <infoflow/text/escape.hpp>

#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

/// What a browser makes of the five entities that escape_markup writes.
std::string unescaped(std::string text) {
  for (const auto& [entity, character] : {std::pair<std::string, std::string>{"&lt;", "<"},
                                          {"&gt;", ">"},
                                          {"&quot;", "\""},
                                          {"&#39;", "'"},
                                          {"&amp;", "&"}}) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos;) {
      text.replace(at, entity.size(), character);
      at += character.size();
    }
  }
  return text;
}

/// Law: the escaped text holds nothing that ends a text or an attribute, and reads back as it was.
template <class Escape>
bool escapes_safely(Escape escape, const std::string& text) {
  const std::string safe = escape(text);
  return safe.find_first_of("<>\"'") == std::string::npos && unescaped(safe) == text;
}

}  // namespace

TEST_CASE("text from outside cannot leave its place in markup", "[figure][escape]") {
  const std::string attack =
      "\"><script>alert('1')</script> &lt; &amp;amp; \xE2\x96\x81"
      "cat";

  CHECK(escapes_safely(escape_markup, attack));
  // Forgetting the ampersand is the usual fault: &lt; in the text would read back as <.
  CHECK_FALSE(escapes_safely(
      [](const std::string& text) {
        std::string escaped;
        for (const char c : text) {
          escaped += c == '<'    ? "&lt;"
                     : c == '>'  ? "&gt;"
                     : c == '"'  ? "&quot;"
                     : c == '\'' ? "&#39;"
                                 : std::string(1, c);
        }
        return escaped;
      },
      attack));
  CHECK(escape_markup(std::string("a\0b\x1B\tc\n", 7)) ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\tc\n");
}

TEST_CASE("CSV fields are quoted where they have to be", "[figure][escape]") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
  CHECK(csv_field("").empty());
}

TEST_CASE("jet is the three tents of its definition", "[figure][colour_map]") {
  const Jet jet;
  CHECK(jet(0.0F) == Rgb{0, 0, 128});      // blue: 1.5 − |0 − 1| = 0.5
  CHECK(jet(0.125F) == Rgb{0, 0, 255});    // blue: 1.5 − |0.5 − 1| = 1
  CHECK(jet(0.375F) == Rgb{0, 255, 255});  // green: 1.5 − |1.5 − 2| = 1
  CHECK(jet(0.5F) == Rgb{128, 255, 128});
  CHECK(jet(0.625F) == Rgb{255, 255, 0});
  CHECK(jet(1.0F) == Rgb{128, 0, 0});
}

TEST_CASE("turbo follows the published colours", "[figure][colour_map]") {
  // Entries of the published table of 256 colours.
  struct Entry {
    int index;
    Rgb colour;
  };
  const std::array<Entry, 7> table{{{32, {70, 107, 227}},
                                    {64, {40, 188, 235}},
                                    {96, {50, 242, 152}},
                                    {128, {164, 252, 60}},
                                    {160, {238, 207, 58}},
                                    {192, {251, 126, 33}},
                                    {224, {208, 47, 5}}}};
  const auto follows = [&](auto map) {
    return std::all_of(table.begin(), table.end(), [&](const Entry& entry) {
      const Rgb c = map(static_cast<float>(entry.index) / 255.0F);
      const int most = std::max({std::abs(c.r - entry.colour.r), std::abs(c.g - entry.colour.g),
                                 std::abs(c.b - entry.colour.b)});
      return most <= 11;
    });
  };
  CHECK(follows(Turbo{}));
  CHECK_FALSE(follows(Jet{}));
  CHECK_FALSE(follows([](float x) {
    const Rgb c = Turbo{}(x);
    return Rgb{c.b, c.g, c.r};  // the blue-green-red of the released code
  }));
}

TEST_CASE("numbers outside [0, 1] take the colours of the ends", "[figure][colour_map]") {
  const auto check = [](auto map) {
    CHECK(map(-3.0F) == map(0.0F));
    CHECK(map(7.0F) == map(1.0F));
    CHECK(map(std::numeric_limits<float>::quiet_NaN()) == map(0.0F));
    CHECK_FALSE(map(0.2F) == map(0.8F));
  };
  check(Turbo{});
  check(Jet{});
}

TEST_CASE("drawings print short numbers in any locale", "[figure][svg]") {
  CHECK(svg_number(1.0) == "1");
  CHECK(svg_number(0.126) == "0.13");
  CHECK(svg_number(-0.001) == "0");
  CHECK(svg_number(100.0) == "100");
  CHECK(svg_number(12.5) == "12.5");
  CHECK_THROWS_AS(svg_number(std::nan("")), Error);
  CHECK_THROWS_AS(svg_number(std::numeric_limits<double>::infinity()), Error);
  CHECK(svg_number(1e300).size() == 301);
  CHECK(svg_colour({0, 171, 255}) == "#00abff");
}

TEST_CASE("a drawing holds its elements in order, with text escaped", "[figure][svg]") {
  Svg svg(40, 30.5);
  svg.line({0, 1}, {2, 3.25}, {.stroke = "#ff0000", .width = 2, .dash = "4 2"});
  svg.group({5, 6}, [](Svg& inner) {
    inner.rect({1, 2, 4, 6}, {.fill = "#00ff00", .opacity = 0.5}, "<tip>");
  });
  svg.polyline(std::array<Point, 2>{Point{1, 2}, Point{3, 4}}, {.stroke = "#0000ff"});
  svg.path("M0,0 L1,1", {});
  svg.text({7, 8}, "a < b & \"c\"", {.size = 9, .anchor = "end", .bold = true, .turn = -90});

  CHECK(svg.str() ==
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"30.5\" viewBox=\"0 0 40 "
        "30.5\" font-family=\"DejaVu Sans, sans-serif\">\n"
        "<rect x=\"0\" y=\"0\" width=\"40\" height=\"30.5\" fill=\"#ffffff\"/>\n"
        "<line x1=\"0\" y1=\"1\" x2=\"2\" y2=\"3.25\" fill=\"none\" stroke=\"#ff0000\" "
        "stroke-width=\"2\" stroke-dasharray=\"4 2\"/>\n"
        "<g transform=\"translate(5 6)\">\n"
        "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"#00ff00\" opacity=\"0.5\">"
        "<title>&lt;tip&gt;</title></rect>\n"
        "</g>\n"
        "<polyline points=\"1,2 3,4\" fill=\"none\" stroke=\"#0000ff\" stroke-width=\"1\"/>\n"
        "<path d=\"M0,0 L1,1\" fill=\"none\"/>\n"
        "<text x=\"7\" y=\"8\" font-size=\"9\" fill=\"#222222\" text-anchor=\"end\" "
        "font-weight=\"bold\" transform=\"rotate(-90 7 8)\" xml:space=\"preserve\">"
        "a &lt; b &amp; &quot;c&quot;</text>\n"
        "</svg>\n");
}
