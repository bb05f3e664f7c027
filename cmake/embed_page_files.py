#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the report pages' HTML, CSS and JavaScript into one header, so that including it is enough.

    python3 cmake/embed_page_files.py            writes include/infoflow/page/page_files.hpp
    python3 cmake/embed_page_files.py --check    fails if the header is not what would be written
    ... --folder DIR                             another folder of files, with its header

The header is committed: whoever uses the library runs nothing. CMake does not run this either; the
test "policy: page_files.hpp is up to date" says when it is to be run.
"""

import argparse
import pathlib
import sys

HEAD = """\
// SPDX-License-Identifier: MIT
/// \\file The files of the report pages as texts. Written by cmake/embed_page_files.py from the
/// .html, .css and .js files beside it; change those, and run it.
#pragma once

#include <string_view>

// clang-format off
namespace infoflow::page_files {
"""
FOOT = """
}  // namespace infoflow::page_files
"""

# What every compiler takes (MSVC the least): bytes of one literal, and of those that it joins.
LONGEST_PIECE = 12_000
LONGEST_TEXT = 60_000
DELIMITER = "page"


def pieces(text):
    """The text cut at line ends, each piece short enough for one literal."""
    piece = ""
    for line in text.splitlines(keepends=True):
        if piece and len((piece + line).encode()) > LONGEST_PIECE:
            yield piece
            piece = ""
        piece += line
    yield piece


def constant(path):
    """The file as a constant: report.js becomes report_js."""
    text = path.read_text(encoding="utf-8")
    size = len(text.encode())
    if size > LONGEST_TEXT:
        sys.exit(f"{path} has {size} bytes, more than one literal may have ({LONGEST_TEXT}): split it")
    if f'){DELIMITER}"' in text:
        sys.exit(f'{path} holds ){DELIMITER}", which would end its literal')
    name = path.name.replace(".", "_")
    literals = "\n".join(f'R"{DELIMITER}({piece}){DELIMITER}"' for piece in pieces(text))
    return f"\n/// {path.name}\ninline constexpr std::string_view {name} =\n{literals};\n"


def header_of(folder):
    files = sorted(f for f in folder.iterdir() if f.suffix in {".html", ".css", ".js"})
    if not files:
        sys.exit(f"{folder} has no .html, .css or .js file")
    return HEAD + "".join(constant(f) for f in files) + FOOT


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Embeds the report pages' files in a header.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    parser.add_argument("--folder", type=pathlib.Path, default=here.parent / "include/infoflow/page")
    options = parser.parse_args()
    header = options.folder / "page_files.hpp"
    text = header_of(options.folder)
    if not options.check:
        header.write_text(text, encoding="utf-8")
    elif not header.is_file() or header.read_text(encoding="utf-8") != text:
        sys.exit(f"{header} is stale: run python3 cmake/embed_page_files.py")


if __name__ == "__main__":
    main()
