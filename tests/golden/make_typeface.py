#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the typeface that is built into figures, and the fonts that its tests need.

    python -m pip install fonttools==4.68.0
    python tests/golden/make_typeface.py [--fonts /usr/share/fonts/truetype/dejavu]

Writes include/infoflow/figure/typeface/dejavu_sans.inc: the part of DejaVu Sans 2.37 (Debian:
fonts-dejavu-core) that captions and figures need, as strings that C++ puts into a program. Hints and
layout tables, which stb_truetype does not read, are left out; kerning is kept between ASCII letters.
Writes tests/figure/fonts/: fonts of squares, of our own making, for the tests of system fonts.

The first lines of dejavu_sans.inc hold the digests of this script and of the fonts' bytes; a test
compares them, so that the data can neither be older than the list below nor damaged.
"""
import argparse
import hashlib
import io
import pathlib

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "include/infoflow/figure/typeface/dejavu_sans.inc"
FIXTURES = ROOT / "tests/figure/fonts"

LATIN = "20-7E,A0-FF,100-17F,218-21B"
SIGNS = ("2010-2016,2018-201E,2020-2022,2026,2030,2032,2033,2039,203A,2070-2089,20AC,2122,2190-2195,21D2,"
         "2202,2208,2211,2212,2218,221A,221E,2229,222A,2248,2260,2264,2265,2581-2588,25A0,25CF,2713,2717,"
         "1D40,FFFD")
MARKS = "300-304,306-30C,327,328"
GREEK = "386,388-38A,38C,38E-3CE"
CYRILLIC = "400-45F,490,491"
# Bold is for headings and names: what it lacks is taken from the regular face.
FACES = {"DejaVuSans": ",".join((LATIN, SIGNS, MARKS, GREEK, CYRILLIC)),
         "DejaVuSans-Bold": "20-7E,A0-FF,2013,2014,2018-201E,2022,2026,2190-2193,2212,2248,2264,2265"}
LEFT_OUT = ["GSUB", "GPOS", "GDEF", "MATH", "FFTM", "name", "post", "OS/2", "gasp"]


def keep_ascii_kerning(font):
    if "kern" not in font:
        return
    ascii_glyphs = {name for code, name in font.getBestCmap().items() if code < 0x7F}
    for table in font["kern"].kernTables:
        table.kernTable = {pair: value for pair, value in table.kernTable.items()
                           if ascii_glyphs.issuperset(pair)}


def subset(path, unicodes):
    options = Options(hinting=False, legacy_kern=True, layout_features=[], notdef_outline=True,
                      drop_tables=LEFT_OUT, recalc_timestamp=False)
    font = TTFont(path, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(unicodes))
    subsetter.subset(font)
    keep_ascii_kerning(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def literal(data):
    """Printable characters as they are, the rest in octal; a digit that follows is written out."""
    text = ""
    short = False  # whether the last escape would take a digit that follows it
    for byte in data:
        character = chr(byte)
        if character in '"\\':
            text += "\\" + character
        elif " " <= character <= "~" and character != "?" and not (short and character.isdigit()):
            text += character
        else:
            text += f"\\{byte:o}" if byte < 64 else f"\\{byte:03o}"
            short = byte < 64
            continue
        short = False
    return text


def write_data(faces):
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    lines = [f"// tests/golden/make_typeface.py {digest}",
             f"// the bytes of both fonts {hashlib.sha256(b''.join(faces.values())).hexdigest()}",
             "// A part of DejaVu Sans 2.37; LICENSE-DejaVu.txt beside this file is its licence."]
    for name, data in faces.items():
        constant = name.replace("DejaVuSans-Bold", "dejavu_sans_bold").replace("DejaVuSans", "dejavu_sans")
        pieces = [data[i:i + 96] for i in range(0, len(data), 96)]
        lines.append(f"inline constexpr char {constant}[] =")
        lines += [f'"{literal(piece)}"' for piece in pieces]
        lines[-1] += ";"
        lines.append(f"static_assert(sizeof({constant}) == {len(data)} + 1);")
    DATA.write_text("\n".join(lines) + "\n", encoding="ascii")


def square(pen, left, side):
    for move, point in (("moveTo", (left, 0)), ("lineTo", (left, side)), ("lineTo", (left + side, side)),
                        ("lineTo", (left + side, 0))):
        getattr(pen, move)(point)
    pen.closePath()


def squares(characters, postscript):
    """A font of 1000 units whose every character is 1000 wide and a square of 600 on the baseline."""
    names = [".notdef"] + [f"u{ord(c):X}" for c in characters]
    builder = FontBuilder(1000, isTTF=not postscript)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f"u{ord(c):X}" for c in characters})
    pens = {name: T2CharStringPen(1000, None) if postscript else TTGlyphPen(None) for name in names}
    for pen in pens.values():
        square(pen, 200, 600)
    if postscript:
        builder.setupCFF("Squares", {}, {n: p.getCharString() for n, p in pens.items()}, {})
    else:
        builder.setupGlyf({n: p.glyph() for n, p in pens.items()})
    builder.setupHorizontalMetrics({name: (1000, 200) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupPost(keepGlyphNames=False)
    builder.setupHead(unitsPerEm=1000, created=0, modified=0)
    builder.font.recalcTimestamp = False
    return builder.font


def component(flags, x, y):
    part = GlyphComponent()
    part.glyphName, part.flags, part.x, part.y = "uE01", flags, x, y
    return part


def parts():
    """Like squares of "ก二点", but 二 is two squares of half the size, and 点 is placed by points."""
    font = squares("ก二点", postscript=False)
    left, right = component(0x4, 0, 0), component(0x4, 500, 0)
    for half in (left, right):
        half.transform = [[0.5, 0], [0, 0.5]]
    by_points = component(0x4, 0, 0)
    del by_points.x, by_points.y
    by_points.firstPt, by_points.secondPt = 0, 0
    for name, pieces in (("u4E8C", [left, right]), ("u70B9", [component(0x4, 0, 0), by_points])):
        glyph = Glyph()
        glyph.numberOfContours, glyph.components = -1, pieces
        font["glyf"][name] = glyph
    return font


def write_fixtures():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    squares("图中有", postscript=False).save(FIXTURES / "squares.ttf")
    squares("书", postscript=True).save(FIXTURES / "squares.otf")
    parts().save(FIXTURES / "parts.ttf")
    collection = TTCollection()
    collection.fonts = [squares("中ก", postscript=False)]
    collection.save(FIXTURES / "squares.ttc")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=pathlib.Path, default="/usr/share/fonts/truetype/dejavu")
    folder = parser.parse_args().fonts
    faces = {name: subset(folder / f"{name}.ttf", unicodes) for name, unicodes in FACES.items()}
    for name, data in faces.items():
        print(f"{name}: {len(data)} bytes")
    write_data(faces)
    write_fixtures()


if __name__ == "__main__":
    main()
