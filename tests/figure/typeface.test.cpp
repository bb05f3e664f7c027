// SPDX-License-Identifier: MIT
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>

#include <infoflow/figure/fitted_text.hpp>
#include <infoflow/figure/layer_strip.hpp>
#include <infoflow/figure/raster.hpp>
#include <infoflow/figure/write_figure.hpp>
#include <infoflow/files/sha256.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path fonts =
    std::filesystem::path(INFOFLOW_SOURCE_DIR) / "tests/figure/fonts";

/// The built-in typeface alone: what does not depend on the machine.
const Typeface& alone() {
  static const Typeface face({});
  return face;
}

/// With fonts of squares of 0.6 on 1 for 图 中 有 (squares.ttf), 中 ก (.ttc), ก 二 点 (parts.ttf: 二 is
/// two of half the size, 点 is placed by points), and one with PostScript outlines, for 书 (.otf).
const Typeface& with_squares() {
  static const Typeface face({fonts});
  return face;
}

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path) {
  const std::string whole = io_test::content(path);
  return {whole.begin(), whole.end()};
}

RgbImage drawn(const std::string& text, const Typeface& face, bool bold = false) {
  Drawing drawing{200, 40};
  drawing.add(shapes::Words{{10, 30}, text, 20, {0, 0, 0}, shapes::Anchor::start, bold});
  return raster_of(drawing, 1, face);
}

double ink_of(const RgbImage& image) {
  double sum = 0;
  for (std::size_t i = 0; i < image.values.size(); i += 3) sum += (255 - image.values[i]) / 255.0;
  return sum;
}

}  // namespace

TEST_CASE("the built-in font is what its script makes of today's list", "[figure][typeface]") {
  const std::filesystem::path source(INFOFLOW_SOURCE_DIR);
  const std::string script = io_test::content(source / "tests/golden/make_typeface.py");
  const std::string data =
      io_test::content(source / "include/infoflow/figure/typeface/dejavu_sans.inc");
  INFO("run tests/golden/make_typeface.py");
  CHECK(data.substr(0, data.find('\n')) ==
        "// tests/golden/make_typeface.py " + hex(sha256(script)));
  const std::string fonts_made =
      std::string(typeface_bytes::dejavu_sans, sizeof(typeface_bytes::dejavu_sans) - 1) +
      std::string(typeface_bytes::dejavu_sans_bold, sizeof(typeface_bytes::dejavu_sans_bold) - 1);
  CHECK_THAT(data,
             ContainsSubstring("\n// the bytes of both fonts " + hex(sha256(fonts_made)) + "\n"));
  CHECK(sizeof(typeface_bytes::dejavu_sans) + sizeof(typeface_bytes::dejavu_sans_bold) < 60000);
}

TEST_CASE("the built-in font has every sign that figures and captions use", "[figure][typeface]") {
  for (const std::string text :
       {"the quick brown fox, \"JUMPS\" over {lazy} dogs [0123456789] #%&@\\^_`|~$;:!?<=>*+-/'()",
        "– — … “ ” ‘ ’ • · × ≥ ≤ ≈ ≠ ± − → ← ↑ ↓ λ Σ σ θ α ε π ‖ √ ° % ² ₁ ₂ ᵀ ∂ ∘ ∪ € ▁ ■ ✓",
        "déjà-vu Größe naïve Łódź İstanbul čeština señor œuvre", "Καλημέρα κόσμε, ώρα Ϋ",
        "Привет, мир: съешь ещё этих булок, Ґанок їжа", "e\u0301 n\u0303"}) {
    INFO(text);
    CHECK(alone().missing(text).empty());
  }
  CHECK(alone().missing("图a中图") == std::set<char32_t>{U'中', U'图'});
}

TEST_CASE("a line is as wide as its letters, closer where letters lean to each other",
          "[figure][typeface]") {
  // Of 2048 units: H 1540, i 569; A 1401, V 1401, and the pair AV is kerned by −131.
  CHECK(alone().width("Hi", 2048) == Approx(1540 + 569));
  CHECK(alone().width("AV", 2048) < 1401 + 1401 - 50);
  CHECK(alone().width("", 20) == 0);
  CHECK(alone().width("Hi", 20, true) > alone().width("Hi", 20));
  // A letter with a mark of its own is as wide as the letter.
  CHECK(alone().width("e\u0301", 20) == Approx(alone().width("e", 20)));
}

TEST_CASE("text from outside cannot break a line", "[figure][typeface]") {
  CHECK(drawn("a\nb\tc\u3000d", alone()) == drawn("a b c d", alone()));
  CHECK(drawn(std::string("a\0b\x7F", 4), alone()) == drawn("a\uFFFDb\uFFFD", alone()));
  CHECK(drawn("a\xFF\xC3", alone()) == drawn("a\uFFFD\uFFFD", alone()));
  CHECK(drawn("a\xED\xA0\x80z", alone()) == drawn("a\uFFFD\uFFFD\uFFFDz", alone()));  // a surrogate
  CHECK(drawn("a\u200B\u202E\uFEFFb", alone()) == drawn("ab", alone()));
  const std::string book(1'000'000, 'w');
  CHECK(alone().width(book, 20) == alone().width(book.substr(0, Typeface::longest_text), 20));
  CHECK(cut_to(100, book, 20, false, alone()).size() < 20);
}

TEST_CASE("what no font has is shown as its code point", "[figure][typeface]") {
  const RgbImage box = drawn("图", alone());
  CHECK(ink_of(box) > 20);
  CHECK_FALSE(box == drawn("中", alone()));          // other digits
  CHECK_FALSE(box == drawn("\U0001F600", alone()));  // five of them
  CHECK(alone().width("\U0001F600", 20) > alone().width("图", 20));
}

TEST_CASE("what the built-in font lacks is found in the fonts of a folder", "[figure][typeface]") {
  CHECK(with_squares().missing("图中有ก").empty());
  CHECK(with_squares().missing("图の") == std::set<char32_t>{U'の'});
  CHECK(with_squares().width("图", 20) == Approx(20));
  // A square of 12 x 12 pixels on the baseline, from a font alone and from one of a collection.
  CHECK(ink_of(drawn("图", with_squares())) == Approx(144).margin(0.2));
  CHECK(ink_of(drawn("ก", with_squares())) == Approx(144).margin(0.2));
  // PostScript outlines are programs: a font of them is passed over.
  CHECK(with_squares().missing("图书") == std::set<char32_t>{U'书'});
  // Bold is drawn with thicker edges where its font has none.
  CHECK(ink_of(drawn("图", with_squares(), true)) > 150);
  // What the built-in font covers looks as without the folder.
  CHECK(drawn("Größe ≥ λ", with_squares()) == drawn("Größe ≥ λ", alone()));
}

TEST_CASE("the font with most of a text's characters is chosen, whatever was asked before",
          "[figure][typeface]") {
  const auto path_of = [](SystemFonts& system, const std::set<char32_t>& text) {
    std::set<const Font*> used;
    for (const auto& [c, font] : system.fonts_for(text)) used.insert(font);
    return used;
  };
  SystemFonts fresh({fonts});
  SystemFonts asked({fonts});
  CHECK(path_of(asked, {U'ก'}).size() == 1);         // parts.ttf, the first of two
  CHECK(path_of(asked, {U'二', U'ก'}).size() == 1);  // parts.ttf has both
  CHECK(path_of(asked, {U'中', U'ก'}).size() == 1);  // .ttc has both
  const auto of = [](SystemFonts& system, char32_t c) {
    return system.fonts_for({U'图', U'中', U'有', U'ก'}).at(c);
  };
  CHECK(of(asked, U'图')->glyph(U'有') != 0);  // .ttf has three of the four
  CHECK(of(asked, U'ก')->glyph(U'二') != 0);   // parts.ttf, the first that has the rest
  CHECK(of(fresh, U'图')->glyph(U'有') != 0);
  CHECK(of(fresh, U'ก')->glyph(U'二') != 0);
  CHECK(SystemFonts({"/nowhere"}).fonts_for({U'图'}).empty());
}

TEST_CASE("a font that lacks what its list promises is chosen by what it has, also at first",
          "[figure][typeface]") {
  const io_test::Scratch folder;
  std::vector<std::uint8_t> bytes = bytes_of(fonts / "squares.ttf");
  const auto write = [&](const char* name) {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  write("whole.ttf");
  bytes[font_tables(bytes, bytes.size())->at("maxp").offset + 5] = 2;  // glyphs: none, 图
  write("promises.ttf");
  SystemFonts fresh({folder.path()});
  SystemFonts asked({folder.path()});
  CHECK(asked.fonts_for({U'图'}).at(U'图')->glyph(U'中') == 0);  // the first by path
  CHECK(asked.fonts_for({U'中'}).at(U'中')->glyph(U'图') != 0);
  for (SystemFonts* system : {&fresh, &asked}) {
    const auto found = system->fonts_for({U'图', U'中', U'有'});
    CHECK(found.at(U'图') == found.at(U'有'));  // all from the whole one
  }
}

TEST_CASE("a glyph made of others is put together, or missing", "[figure][typeface]") {
  // Two squares of 6 x 6 pixels, the second half a size to the right.
  CHECK(ink_of(drawn("二", with_squares())) == Approx(72).margin(0.2));
  const auto font = Font::from(bytes_of(fonts / "parts.ttf"));
  REQUIRE(font);
  const std::vector<Outline> two = font->outlines(font->glyph(U'二'));
  REQUIRE(two.size() == 2);
  const auto is_at = [](const Point& p, double x, double y) {
    return p.x == Approx(x).margin(1e-9) && p.y == Approx(y).margin(1e-9);
  };
  CHECK(is_at(two[0][0], 0.1, 0));
  CHECK(is_at(two[1][0], 0.6, 0));
  CHECK(is_at(two[1][2], 0.9, -0.3));
  CHECK(font->glyph(U'点') == 0);  // placed by a point of what it is put on
  CHECK(with_squares().missing("ก二点") == std::set<char32_t>{U'点'});
}

TEST_CASE("a glyph that contains itself, is placed out of reach or has too many points is missing",
          "[figure][typeface]") {
  const std::vector<std::uint8_t> whole = bytes_of(fonts / "parts.ttf");
  const FontTables tables = font_tables(whole, whole.size()).value();
  const FontBytes file{whole};
  const auto at = [&](std::size_t glyph) {
    return tables.at("glyf").offset + 2 * file.u16(tables.at("loca").offset + 2 * glyph);
  };
  const auto lacks = [&](char32_t c, std::size_t offset, std::uint8_t high, std::uint8_t low) {
    std::vector<std::uint8_t> bytes = whole;
    bytes[offset] = high;
    bytes[offset + 1] = low;
    return Font::from(bytes).value().glyph(c) == 0;
  };
  const std::size_t square = at(1);
  const std::size_t two = at(2);
  REQUIRE(file.u16(two) == 0xFFFF);           // of parts
  REQUIRE(file.u16(two + 12) == 1);           // the first is the square
  CHECK_FALSE(lacks(U'二', two + 12, 0, 1));  // nothing changed
  CHECK(lacks(U'二', two + 12, 0, 2));        // itself
  CHECK(lacks(U'二', two + 12, 0, 99));       // no glyph
  CHECK(lacks(U'二', square + 10, 0x10, 0));  // 4,097 points
  CHECK(lacks(U'二', square + 10, 0x0F, 0));  // twice 3,841
  CHECK_FALSE(lacks(U'ก', square + 10, 0x0F, 0));
  CHECK_FALSE(lacks(U'ก', square + 10, 0, 3));
}

TEST_CASE("stb_truetype is given no memory that a glyph cannot need", "[figure][typeface]") {
  CHECK_THROWS_AS(stb::room_for(static_cast<std::size_t>(-14)), stb::UnsoundFont);
  CHECK_THROWS_AS(stb::room_for((std::size_t{64} << 20U) + 1), stb::UnsoundFont);
}

TEST_CASE("a folder of damaged fonts draws code points or squares, and never faults",
          "[figure][typeface]") {
  for (const char* name : {"squares.ttf", "squares.ttc", "parts.ttf"}) {
    const std::vector<std::uint8_t> bytes = bytes_of(fonts / name);
    REQUIRE(Font::from(bytes));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      CHECK_FALSE(Font::from({bytes.begin(), bytes.begin() + static_cast<long>(length)}));
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const std::uint8_t value : {0, 1, 2, 0x48, 0x7F, 0x80, 0xFF}) {
        std::vector<std::uint8_t> damaged = bytes;
        damaged[at] = value;
        const auto font = Font::from(damaged);
        if (!font) continue;
        for (const char32_t c : {U'图', U'中', U'ก', U'二', U'点'}) {
          const std::uint32_t glyph = font->glyph(c);
          static_cast<void>(font->advance(glyph));
          static_cast<void>(font->kerning(glyph, glyph));
          CHECK(font->outlines(glyph).size() < 1000);
        }
      }
    }
  }
}

TEST_CASE("letters with curves, holes and marks can be damaged as well", "[figure][typeface]") {
  const std::vector<std::uint8_t> bytes(
      typeface_bytes::dejavu_sans,
      typeface_bytes::dejavu_sans + sizeof(typeface_bytes::dejavu_sans) - 1);
  std::size_t read = 0;
  for (std::size_t at = 0; at < bytes.size(); at += at < 6000 ? 7 : 41) {
    std::vector<std::uint8_t> damaged = bytes;
    damaged[at] = static_cast<std::uint8_t>(~damaged[at]);
    const auto font = Font::from(std::move(damaged));
    if (!font) continue;
    ++read;
    for (const char32_t c : {U'a', U'g', U'&', U'é', U'Å', U'ǅ', U'Ж', U'…'}) {
      const std::uint32_t glyph = font->glyph(c);
      CHECK(font->advance(glyph) < 100);
      CHECK(font->outlines(glyph).size() < 10000);
    }
  }
  CHECK(read > 100);
}

TEST_CASE("the environment names folders of fonts in the place of the system's",
          "[figure][typeface]") {
  CHECK(paths_of("").empty());
#ifndef _WIN32
  CHECK(paths_of("/a::/b c") == std::vector<std::filesystem::path>{"/a", "/b c"});
#endif
}

TEST_CASE("texts are cut and broken at the width that they have", "[figure][typeface]") {
  const auto lines = [](double room, const std::vector<std::string>& texts, std::size_t most = 9) {
    return lines_within(room, texts, 10, most, alone());
  };
  const double seven = alone().width("one two", 10) + 0.01;
  CHECK(lines(seven, {"one two three", "x"}) == std::vector<std::string>{"one two", "three", "x"});
  CHECK(lines(500, {"one two three"}) == std::vector<std::string>{"one two three"});
  CHECK(lines(seven, {""}) == std::vector<std::string>{""});
  // What does not fit on the lines is cut where it can be seen.
  CHECK(lines(seven, {"one two three"}, 1).front().ends_with("…"));
  CHECK(lines(seven, {"one two three"}, 1).size() == 1);
  // A word that fills a line goes on in the next: Chinese has no blanks.
  const std::vector<std::string> broken =
      lines(with_squares().width("图图", 10) + 5, {"图中有图中"});
  CHECK(broken.size() > 1);
  std::string joined;
  for (const std::string& line : broken) joined += line;
  CHECK(joined == "图中有图中");
  CHECK(lines(0, {"ab"}) == std::vector<std::string>{"a", "b"});
  for (const std::string& line : lines(seven, {std::string(5000, 'x')})) {
    CHECK(alone().width(line, 10) <= seven);
  }

  CHECK(cut_to(seven, "one two", 10, false, alone()) == "one two");
  const std::string cut = cut_to(seven, "one two three", 10, false, alone());
  CHECK(cut.ends_with("…"));
  CHECK(alone().width(cut, 10) <= seven);
  CHECK(cut_to(500, "a\nb\tc", 10, false, alone()) == "a b c");
}

TEST_CASE("a picture says which characters it shows as code points", "[figure][typeface]") {
  const auto layout = ImageLayout::grid(Preprocessing(40, 40), 1, 1);
  const RgbImage picture(40, 40, 100);
  const std::vector<LayerHeat> layers{{"layer 0", HostVector::Constant(1, 1)}};
  const std::vector<std::string> caption{"question: 图中有 – ≥ é"};
  const auto texts = [&](const Typeface& face) {
    const Drawing strip = layer_strip(picture, layout, layers, caption, {}, {}, face);
    std::string all;
    for (const std::string_view text : words_of(strip)) all += std::string(text) + '\n';
    return all;
  };
  CHECK_THAT(texts(alone()), ContainsSubstring("question: 图中有 – ≥ é\n"
                                               "no font here has U+4E2D, U+56FE, U+6709: shown as "
                                               "code points\n"));
  CHECK_THAT(texts(with_squares()), !ContainsSubstring("no font here"));

  Drawing figure{600, 100};
  figure.add(shapes::Words{{10, 20}, "图中有\U0001F600"});
  const Drawing noted = with_missing_note(figure, alone());
  CHECK(noted.height == 124);
  CHECK_THAT(std::string(words_of(noted).back()), ContainsSubstring("and 1 more"));
  CHECK(with_missing_note(figure, Typeface({fonts})).shapes.size() == 2);  // the face alone
  CHECK(missing_note(std::vector<std::string>{"\U0001F600"}, alone()) ==
        "no font here has U+1F600: shown as code points");
}
