// SPDX-License-Identifier: MIT
// A user's own stb_truetype before infoflow's; tests/picture/own_stb.test.cpp has it behind.
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_assert(x) static_cast<void>(x)
#include <stb_truetype.h>

#include <infoflow/figure/typeface.hpp>

// Once more, as further headers of the user would include it.
#undef STB_TRUETYPE_IMPLEMENTATION
#include <catch_compat.hpp>
#include <stb_truetype.h>

TEST_CASE("an stb_truetype of the user's may come first", "[figure][stb]") {
  stbtt_fontinfo font;
  const auto* bytes = reinterpret_cast<const unsigned char*>(infoflow::typeface_bytes::dejavu_sans);
  REQUIRE(stbtt_InitFont(&font, bytes, 0) != 0);
  CHECK(stbtt_FindGlyphIndex(&font, 'H') > 0);
  CHECK(infoflow::Typeface({}).missing("H").empty());
}
