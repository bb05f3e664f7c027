// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/io/read_image.hpp>

#include "scratch.hpp"

using namespace infoflow;

namespace {

const std::filesystem::path goldens = INFOFLOW_SOURCE_DIR "/tests/golden/io";

struct Golden {
  std::string name;
  std::string format;
  RgbImage rgb;
  std::optional<int> orientation;
};

const std::vector<Golden>& all_goldens() {
  static const std::vector<Golden> all = [] {
    std::vector<Golden> read;
    const auto json = nlohmann::json::parse(io_test::content(goldens / "expected.json"));
    for (const auto& [name, value] : json.at("pictures").items()) {
      Golden golden{name, value.at("format"), {value.at("width"), value.at("height")}, {}};
      const std::string hex = value.at("rgb");
      for (std::size_t i = 0; i < golden.rgb.values.size(); ++i) {
        golden.rgb.values[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), {}, 16));
      }
      if (!value.at("orientation").is_null()) golden.orientation = value.at("orientation");
      read.push_back(std::move(golden));
    }
    return read;
  }();
  return all;
}

const Golden& golden(const std::string& name) {
  const auto& all = all_goldens();
  return *std::find_if(all.begin(), all.end(), [&](const Golden& g) { return g.name == name; });
}

std::vector<std::uint8_t> bytes_of(const std::string& name) {
  return read_file(goldens / name, "a golden", 1 << 20);
}

/// The largest and the mean difference of two pictures of one size, in levels of 255.
std::pair<int, double> difference(const RgbImage& a, const RgbImage& b) {
  if (a.width != b.width || a.height != b.height || a.values.size() != b.values.size()) {
    return {256, 256};
  }
  int most = 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const int d = std::abs(a.values[i] - b.values[i]);
    most = std::max(most, d);
    sum += d;
  }
  return {most, sum / static_cast<double>(a.values.size())};
}

/// PNG, BMP and GIF define every value. JPEG leaves rounding in the transform, in enlarging the
/// colour channels and in the change of colour space to the decoder; each rounds by one level or
/// two, and the last adds up to 1.8 times the error of a colour channel.
bool agrees_with_pillow(const Golden& golden, const RgbImage& decoded) {
  const auto [most, mean] = difference(decoded, golden.rgb);
  return golden.format == "JPEG" ? most <= 8 && mean <= 0.8 : most == 0;
}

void put_be32(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
}

std::string refusal(std::vector<std::uint8_t> bytes) {
  try {
    static_cast<void>(decode_image(std::move(bytes), "picture"));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("pictures have the values that Pillow gives them", "[io][read_image]") {
  REQUIRE(all_goldens().size() >= 41);
  for (const Golden& golden : all_goldens()) {
    const DecodedImage decoded = read_image(goldens / golden.name);

    const auto [most, mean] = difference(decoded.image, golden.rgb);
    INFO(golden.name << ": largest difference " << most << ", mean " << mean);
    CHECK(agrees_with_pillow(golden, decoded.image));
    CHECK(to_string(decoded.format) == golden.format);
    CHECK(decoded.exif_orientation == golden.orientation);
  }
}

TEST_CASE("the comparison with Pillow rejects other ways to make RGB", "[io][read_image]") {
  SECTION("alpha blended with black instead of dropped") {
    // rgba.png's alpha is 127 + 120 sin(x / 3), far from 255 at most columns.
    const Golden& rgba = golden("rgba.png");
    RgbImage blended = rgba.rgb;
    for (int x = 0; x < blended.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = blended.pixel(x, 3)[c];
        value = static_cast<std::uint8_t>(value * (127 + 120 * std::sin(x / 3.0)) / 255);
      }
    }
    CHECK_FALSE(agrees_with_pillow(rgba, blended));
  }
  SECTION("16-bit grey scaled instead of clipped") {
    // stb_image's own conversion takes the high byte: values up to 765 become 0, 1 or 2.
    const auto bytes = bytes_of("grey16.png");
    const detail::PngFile png = detail::inspect_png(detail::PictureBytes(bytes, "grey16.png"));
    const detail::PictureBytes file(bytes, "grey16.png");
    CHECK_FALSE(
        agrees_with_pillow(golden("grey16.png"), detail::load_rgb(file, png.width, png.height)));
  }
  SECTION("CMYK without Adobe's mark taken for YCCK") {
    const auto bytes = bytes_of("cmyk_unmarked.jpg");
    CHECK_FALSE(agrees_with_pillow(golden("cmyk_unmarked.jpg"),
                                   detail::load_rgb(detail::PictureBytes(bytes, ""), 23, 17)));
  }
  SECTION("transparent pixels of a GIF made black") {
    const auto bytes = bytes_of("transparent.gif");
    CHECK_FALSE(agrees_with_pillow(golden("transparent.gif"),
                                   detail::load_rgb(detail::PictureBytes(bytes, ""), 23, 17)));
  }
  SECTION("colour channels enlarged without interpolation, red and blue exchanged") {
    RgbImage exchanged = golden("rgb_420.jpg").rgb;
    for (std::size_t i = 0; i < exchanged.values.size(); i += 3) {
      std::swap(exchanged.values[i], exchanged.values[i + 2]);
    }
    CHECK_FALSE(agrees_with_pillow(golden("rgb_420.jpg"), exchanged));
  }
}

TEST_CASE("a picture file that was cut anywhere is refused", "[io][read_image]") {
  for (const Golden& golden : all_goldens()) {
    const auto whole = bytes_of(golden.name);
    const RgbImage picture = decode_image(whole, golden.name).image;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(golden.name << " cut to " << length << " of " << whole.size() << " bytes");
      const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(length));
      // Behind its first picture a GIF holds only an end mark or further pictures.
      if (golden.format == "GIF" && refusal(cut) == "accepted") {
        REQUIRE(decode_image(cut, "cut").image == picture);
        REQUIRE(2 * length > whole.size() / 2);
      } else {
        REQUIRE_THAT(refusal(cut), Catch::Matchers::ContainsSubstring("(picture); "));
      }
    }
  }
  // stb_image alone makes a BMP's missing rows black: the law above rejects it.
  auto cut = bytes_of("rgb.bmp");
  cut.resize(cut.size() - 40);
  CHECK_NOTHROW(detail::load_rgb(detail::PictureBytes(cut, ""), 23, 17));
}

TEST_CASE("damaged picture files give an error or a picture, and nothing else",
          "[io][read_image]") {
  for (const Golden& golden : all_goldens()) {
    const auto whole = bytes_of(golden.name);
    for (std::uint32_t round = 0; round < 60; ++round) {
      const RandomStream random(7, key_of(golden.name), round);
      auto damaged = whole;
      for (std::uint32_t i = 0; i <= round % 4; ++i) {
        const auto [where, value, unused, unused_too] = random.block(i);
        damaged[where % damaged.size()] = static_cast<std::uint8_t>(value);
      }
      try {
        const RgbImage image = decode_image(damaged, golden.name).image;
        REQUIRE(image.values.size() == 3U * static_cast<std::size_t>(image.width) *
                                           static_cast<std::size_t>(image.height));
      } catch (const Error&) {
        SUCCEED("refused");
      }
    }
  }
}

TEST_CASE("a damaged PNG is refused by its checksum", "[io][read_image]") {
  auto bytes = bytes_of("rgb.png");
  bytes[bytes.size() - 20] ^= 1;  // The last byte of the compressed pixels.

  CHECK_THAT(refusal(bytes), Catch::Matchers::ContainsSubstring("a checksum is wrong"));
}

TEST_CASE("a header that lies about the size is refused before memory is asked for",
          "[io][read_image]") {
  using Catch::Matchers::ContainsSubstring;
  const auto resized_png = [](std::uint32_t width, std::uint32_t height) {
    auto bytes = bytes_of("rgb.png");
    put_be32(bytes, 16, width);
    put_be32(bytes, 20, height);
    put_be32(bytes, 29, detail::crc32(std::span(bytes).subspan(12, 17)));
    return bytes;
  };
  CHECK_THAT(refusal(resized_png(0xFFFFFFFF, 0xFFFFFFFF)),
             ContainsSubstring("over 100 megapixels"));
  CHECK_THAT(refusal(resized_png(10001, 10000)),
             ContainsSubstring("over 100 megapixels") && ContainsSubstring("a smaller copy"));
  CHECK_THAT(refusal(resized_png(10000, 10000)), ContainsSubstring("too many for the file"));
  CHECK_THAT(refusal(resized_png(0, 17)), ContainsSubstring("0 × 17 pixels"));
  CHECK_THAT(refusal(resized_png(23, 18)), ContainsSubstring("cannot be decoded"));

  auto jpeg = bytes_of("rgb_444.jpg");
  const std::vector<std::uint8_t> frame{0xFF, 0xC0};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  std::fill_n(at + 5, 4, 0xFF);
  CHECK_THAT(refusal(jpeg), ContainsSubstring("65535 × 65535 pixels is over 100 megapixels"));
  std::fill_n(at + 5, 4, 0x20);
  CHECK_THAT(refusal(jpeg), ContainsSubstring("too many for the file"));

  auto gif = bytes_of("palette.gif");
  gif[7] = gif[9] = 0x20;
  CHECK_THAT(refusal(gif), ContainsSubstring("too many for the file"));

  auto bmp = bytes_of("rgb.bmp");
  bmp[19] = bmp[23] = 0x20;
  CHECK_THAT(refusal(bmp), ContainsSubstring("ends in the middle"));
}

TEST_CASE("a small PNG that unpacks to far more than its picture is refused", "[io][read_image]") {
  // 2 × 1 grey pixels, and 4 MB of zeros in stored deflate blocks: above the limit of
  // 16 · 66 · 65 bytes + 4 · file + 1 MiB once stb_image's buffer has doubled often enough.
  std::vector<std::uint8_t> zlib{0x78, 0x01};
  for (int block = 0; block < 64; ++block) {
    zlib.insert(zlib.end(), {static_cast<std::uint8_t>(block == 63), 0xFF, 0xFF, 0, 0});
    zlib.insert(zlib.end(), 65535, 0);
  }
  // Stored blocks are as large as what they hold, so the limit grows with them: such a file is only
  // honest about its size. It decodes, the surplus is ignored as Pillow ignores it.
  std::vector<std::uint8_t> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto chunk = [&](const char* kind, const std::vector<std::uint8_t>& data) {
    const std::size_t at = png.size();
    png.resize(at + 8);
    put_be32(png, at, static_cast<std::uint32_t>(data.size()));
    std::copy_n(kind, 4, png.begin() + static_cast<long>(at) + 4);
    png.insert(png.end(), data.begin(), data.end());
    const std::uint32_t crc = detail::crc32(std::span(png).subspan(at + 4));
    png.resize(png.size() + 4);
    put_be32(png, png.size() - 4, crc);
  };
  chunk("IHDR", {0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0});
  const auto head = png;
  chunk("IDAT", zlib);
  chunk("IEND", {});
  CHECK(refusal(png) == "accepted");

  // One fixed-code block: a literal 0, then 40 000 times "258 bytes back by 1" (code 285 is
  // 11000101, distance code 0 is 00000): 13 bits for 258 bytes, 10 MB from 65 kB.
  png = head;
  zlib = {0x78, 0x01};
  std::uint32_t bits = 0;
  int held = 0;
  const auto put = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bits |= (value >> i & 1) << held++;
      if (held == 8) {
        zlib.push_back(static_cast<std::uint8_t>(bits));
        bits = 0;
        held = 0;
      }
    }
  };
  put(3, 3);           // last block, fixed codes
  put(0b00001100, 8);  // literal 0: 00110000, most significant bit first
  for (int i = 0; i < 40000; ++i) {
    put(0b10100011, 8);
    put(0, 5);
  }
  put(0, 7 + 8);  // end of block, and fill the last byte
  chunk("IDAT", zlib);
  chunk("IEND", {});
  CHECK_THAT(refusal(png), Catch::Matchers::ContainsSubstring("cannot be decoded"));
}

TEST_CASE("what is not a readable picture is refused in one clear line", "[io][read_image]") {
  using Catch::Matchers::ContainsSubstring;
  const io_test::Scratch scratch;
  const auto refused = [&](const std::filesystem::path& path) -> std::string {
    try {
      static_cast<void>(read_image(path));
    } catch (const Error& error) {
      CHECK_THAT(error.what(), ContainsSubstring(path.string()));
      return error.what();
    }
    return "accepted";
  };
  std::ofstream(scratch / "empty.png").close();
  std::ofstream(scratch / "page.png") << "<!DOCTYPE html><title>Not found</title>";

  CHECK_THAT(refused(scratch / "missing.png"), ContainsSubstring("no such file"));
  CHECK_THAT(refused(scratch.path()), ContainsSubstring("this is a folder"));
  CHECK_THAT(refused(scratch / "empty.png"), ContainsSubstring("the file is empty"));
  CHECK_THAT(refused(scratch / "page.png"), ContainsSubstring("not a PNG, JPEG, BMP or GIF"));
  CHECK_THAT(refused("/dev/zero"), ContainsSubstring("a device or a pipe"));
}
