// SPDX-License-Identifier: MIT
// A user's own stb beside infoflow's: its implementations in the same source file, with a memory
// hook of its own. That this compiles and links is most of the test.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image.h>
#include <stb_image_write.h>

#include <infoflow/figure/typeface.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/picture/write_png.hpp>

// This one after infoflow's, with a memory of its own.
static int own_blocks = 0;
#define STBTT_malloc(size, user) (++own_blocks, static_cast<void>(user), std::malloc(size))
#define STBTT_free(block, user) (static_cast<void>(user), std::free(block))
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb_truetype.h>

// Once more, as further headers of the user would include it.
#undef STB_IMAGE_IMPLEMENTATION
#include <catch_compat.hpp>
#include <stb_image.h>

TEST_CASE("a source file may hold an stb_image of its own", "[picture][stb]") {
  infoflow::RgbImage image(2, 1);
  image.values = {1, 2, 3, 250, 251, 252};
  const std::vector<std::uint8_t> png = infoflow::encode_png(image);

  int width = 0;
  int height = 0;
  int channels = 0;
  stbi_uc* own = stbi_load_from_memory(png.data(), static_cast<int>(png.size()), &width, &height,
                                       &channels, 0);

  REQUIRE(own != nullptr);
  CHECK(std::vector<std::uint8_t>(own, own + 6) == image.values);
  CHECK(infoflow::decode_image(png, "png").image == image);
  // Settings of one copy do not reach the other.
  stbi_set_flip_vertically_on_load(1);
  infoflow::RgbImage tall(1, 2);
  tall.values = image.values;
  CHECK(infoflow::decode_image(infoflow::encode_png(tall), "png").image == tall);
  stbi_set_flip_vertically_on_load(0);
  stbi_image_free(own);
}

TEST_CASE("a source file may hold an stb_truetype of its own", "[picture][stb]") {
  stbtt_fontinfo font;
  const auto* bytes = reinterpret_cast<const unsigned char*>(infoflow::typeface_bytes::dejavu_sans);
  REQUIRE(stbtt_InitFont(&font, bytes, 0) != 0);
  int width = 0;
  stbtt_GetCodepointHMetrics(&font, 'H', &width, nullptr);
  CHECK(infoflow::Typeface({}).width("H", 2048) == Approx(width));
  // infoflow's copy draws without the user's memory.
  CHECK(infoflow::Typeface({}).glyphs("H").size() == 1);
  CHECK(own_blocks == 0);
  stbtt_vertex* vertices = nullptr;
  CHECK(stbtt_GetCodepointShape(&font, 'H', &vertices) > 0);
  stbtt_FreeShape(&font, vertices);
  CHECK(own_blocks == 1);
}
