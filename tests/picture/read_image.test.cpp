// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <nlohmann/json.hpp>
#include <stb_reader.hpp>

#include <infoflow/core/random.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/picture/upright.hpp>

#include "scratch.hpp"

using namespace infoflow;

namespace {

const std::filesystem::path goldens = INFOFLOW_SOURCE_DIR "/tests/golden/io";

/// What Pillow made of a file; nothing but the name where it refuses it.
struct Golden {
  std::string name;
  bool refused = true;
  std::string format{};
  int width = 0;
  int height = 0;
  std::uint32_t crc = 0;
  std::size_t accepted_from = 0;  ///< The length of the shortest cut that Pillow reads.
  std::optional<int> orientation{};
  std::uint32_t turned_crc = 0;  ///< Behind ImageOps.exif_transpose.
};

const std::vector<Golden>& all_goldens() {
  static const std::vector<Golden> all = [] {
    std::vector<Golden> read;
    const auto json = nlohmann::json::parse(io_test::content(goldens / "expected.json"));
    for (const auto& [name, value] : json.at("pictures").items()) {
      Golden golden{.name = name, .refused = value.is_null()};
      if (!golden.refused) {
        golden.format = value.at("format");
        golden.width = value.at("width");
        golden.height = value.at("height");
        golden.crc = value.at("crc32");
        golden.accepted_from = value.at("accepted_from");
        if (value.contains("orientation")) {
          golden.orientation = value.at("orientation");
          golden.turned_crc = value.at("turned");
        }
      }
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

std::uint32_t crc_of(const RgbImage& image) {
  return static_cast<std::uint32_t>(
      ::crc32(0, image.values.data(), static_cast<uInt>(image.values.size())));
}

/// Every value, in all formats: JPEG goes through the decoder that Pillow has.
bool agrees_with_pillow(const Golden& golden, const RgbImage& decoded) {
  return decoded.width == golden.width && decoded.height == golden.height &&
         crc_of(decoded) == golden.crc;
}

/// WebP is an optional part.
bool can_read(const Golden& golden) {
#ifdef INFOFLOW_HAS_WEBP
  static_cast<void>(golden);
  return true;
#else
  return golden.format != "WebP";
#endif
}

int largest_difference_in_column(const RgbImage& a, const RgbImage& b, int x) {
  int most = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int c = 0; c < 3; ++c) {
      most = std::max(most, std::abs(a.pixel(x, y)[c] - b.pixel(x, y)[c]));
    }
  }
  return most;
}

/// The picture as a JPEG file, by libjpeg. Entropy coding loses nothing: both kinds hold the same.
std::vector<std::uint8_t> jpeg_of(const RgbImage& picture, bool arithmetic) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = static_cast<JDIMENSION>(picture.width);
  encoder.image_height = static_cast<JDIMENSION>(picture.height);
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  encoder.arith_code = arithmetic ? TRUE : FALSE;
  jpeg_start_compress(&encoder, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    auto* row = const_cast<JSAMPROW>(picture.pixel(0, y));  // libjpeg only reads there.
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  const std::vector<std::uint8_t> file(bytes, bytes + size);
  jpeg_destroy_compress(&encoder);
  std::free(bytes);
  return file;
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

TEST_CASE("pictures have the values that Pillow gives them", "[picture][read_image]") {
  int read = 0;
  for (const Golden& golden : all_goldens()) {
    if (golden.refused || !can_read(golden)) continue;
    INFO(golden.name);
    const DecodedImage decoded = read_image(goldens / golden.name);

    CHECK(agrees_with_pillow(golden, decoded.image));
    CHECK(to_string(decoded.format) == golden.format);
    CHECK(decoded.exif_orientation == golden.orientation);
    ++read;
  }
  CHECK(read > 140);
}

TEST_CASE("what Pillow refuses is refused in one line", "[picture][read_image]") {
  int refused = 0;
  for (const Golden& golden : all_goldens()) {
    if (!golden.refused) continue;
    INFO(golden.name);
    const std::string line = refusal(bytes_of(golden.name));
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring(" (picture); "));
    CHECK(line.find('\n') == std::string::npos);
    ++refused;
  }
  CHECK(refused >= 14);
}

TEST_CASE("what is wrong with a file that is read is said", "[picture][read_image]") {
  using Catch::Matchers::ContainsSubstring;
  const auto faults = [](const std::string& name) {
    std::string text;
    for (const std::string& fault : read_image(goldens / name).faults) text += fault + "; ";
    return text;
  };
  CHECK_THAT(faults("junk_before_tables.jpg"), ContainsSubstring("3 extraneous bytes"));
  CHECK_THAT(faults("junk_before_frame.jpg"), ContainsSubstring("extraneous bytes"));
  CHECK_THAT(faults("early_end.jpg"), ContainsSubstring("premature end"));
  CHECK(faults("junk_behind.jpg") == "28 bytes behind its end are left out; ");
  CHECK(faults("no_end.png") == "its end mark is missing; all pixels are there; ");
  CHECK(faults("junk_behind.png") == "28 bytes behind its end are left out; ");
  CHECK_THAT(faults("wrong_pixel_checksum.png"), ContainsSubstring("a checksum of its pixels"));
  CHECK(faults("rows_missing.png") == "its pixels end early, the rest is black; ");
  // What the formats allow is no fault: fill bytes, further pictures, pixels in several parts.
  for (const char* name : {"fill_bytes.jpg", "two_pictures.jpg", "two_views.mpo", "restarts.jpg",
                           "parts.png", "animated.png", "rgb.png", "progressive.jpg"}) {
    INFO(name);
    CHECK(faults(name).empty());
  }
}

TEST_CASE("a picture is turned as transformers' load_image turns it", "[picture][read_image]") {
  int turned = 0;
  for (const Golden& golden : all_goldens()) {
    if (!golden.orientation || !can_read(golden)) continue;
    INFO(golden.name << ", orientation " << *golden.orientation);
    const RgbImage picture = read_image(goldens / golden.name).image;
    CHECK(crc_of(upright(picture, *golden.orientation)) == golden.turned_crc);
    // Broken: 6 and 8 taken for each other, and 5 for 7.
    const int other = 14 - *golden.orientation;
    if (other <= 8 && other != *golden.orientation) {
      CHECK(crc_of(upright(picture, other)) != golden.turned_crc);
    }
    ++turned;
  }
  CHECK(turned >= 20);
}

TEST_CASE("the comparison with Pillow rejects other ways to make RGB", "[picture][read_image]") {
  const auto by_stb = [](const std::string& name) {
    return infoflow_tests::read_by_stb(bytes_of(name));
  };
  SECTION("alpha blended with black instead of dropped") {
    // rgba.png's alpha is 127 + 120 sin(x / 3), far from 255 at most columns.
    RgbImage blended = read_image(goldens / "rgba.png").image;
    for (int x = 0; x < blended.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = blended.pixel(x, 3)[c];
        value = static_cast<std::uint8_t>(value * (127 + 120 * std::sin(x / 3.0)) / 255);
      }
    }
    CHECK_FALSE(agrees_with_pillow(golden("rgba.png"), blended));
  }
  SECTION("16-bit grey scaled instead of clipped") {
    // stb_image's own conversion takes the high byte: values up to 765 become 0, 1 or 2.
    CHECK_FALSE(agrees_with_pillow(golden("grey16.png"), by_stb("grey16.png")));
  }
  SECTION("CMYK without Adobe's mark taken for YCCK") {
    CHECK_FALSE(agrees_with_pillow(golden("cmyk_unmarked.jpg"), by_stb("cmyk_unmarked.jpg")));
  }
  SECTION("transparent pixels of a GIF made black") {
    CHECK_FALSE(agrees_with_pillow(golden("transparent.gif"), by_stb("transparent.gif")));
  }
  SECTION("a decoder whose last column of 4:2:2 weighs its samples the wrong way round") {
    // stb_image: 3/4 of the neighbour and 1/4 of the last sample itself.
    CHECK_FALSE(agrees_with_pillow(golden("odd_422_34x18.jpg"), by_stb("odd_422_34x18.jpg")));
    const RgbImage right = read_image(goldens / "odd_422_34x18.jpg").image;
    CHECK(largest_difference_in_column(by_stb("odd_422_34x18.jpg"), right, 32) > 20);
  }
  SECTION("red and blue exchanged") {
    RgbImage exchanged = read_image(goldens / "rgb_420.jpg").image;
    for (std::size_t i = 0; i < exchanged.values.size(); i += 3) {
      std::swap(exchanged.values[i], exchanged.values[i + 2]);
    }
    CHECK_FALSE(agrees_with_pillow(golden("rgb_420.jpg"), exchanged));
  }
}

TEST_CASE("a file that was cut is read from the length on from which Pillow reads it",
          "[picture][read_image]") {
  for (const Golden& golden : all_goldens()) {
    if (golden.refused || !can_read(golden)) continue;
    const auto whole = bytes_of(golden.name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(golden.name << " cut to " << length << " of " << whole.size() << " bytes");
      const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(length));
      // A chunk behind the pixels may be missing, but not cut: with one, shorter files are read, too.
      const bool chunk_behind =
          golden.name == "exif_behind.png" || golden.name == "wrong_text_checksum_behind.png";
      const bool between = chunk_behind && refusal(cut) == "accepted";
      if (length >= golden.accepted_from || between) {
        REQUIRE(crc_of(decode_image(cut, "cut").image) == golden.crc);
      } else {
        REQUIRE_THAT(refusal(cut), Catch::Matchers::ContainsSubstring(" (picture); "));
      }
    }
  }
}

TEST_CASE("arithmetic coding gives the pixels of Huffman coding", "[picture][read_image]") {
  RgbImage picture(37, 21);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<std::uint8_t>(i * 7 % 251);
  }
  const RgbImage usual = decode_image(jpeg_of(picture, /*arithmetic=*/false), "usual").image;
  CHECK(decode_image(jpeg_of(picture, /*arithmetic=*/true), "arithmetic").image == usual);
}

TEST_CASE("a JPEG file of thousands of scans is refused before it costs hours",
          "[picture][read_image]") {
  auto bytes = bytes_of("progressive.jpg");
  const std::vector<std::uint8_t> scan{0xFF, 0xDA};
  const auto begin = std::search(bytes.begin(), bytes.end(), scan.begin(), scan.end());
  const auto next = std::search(begin + 2, bytes.end(), scan.begin(), scan.end());
  const std::vector<std::uint8_t> first_scan(begin, next);
  const auto at = begin - bytes.begin();
  for (int i = 0; i < 250; ++i) {
    bytes.insert(bytes.begin() + at, first_scan.begin(), first_scan.end());
  }
  CHECK_THAT(refusal(bytes), Catch::Matchers::ContainsSubstring("more than 200 scans"));
}

TEST_CASE("the given pictures are read as Pillow reads them", "[picture][read_image][given]") {
  const char* folder = std::getenv("INFOFLOW_CASES");
  if (folder == nullptr || *folder == '\0') INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const std::filesystem::path cases = folder;
  // CRC-32 of Image.open(file).convert("RGB"), Pillow 12.3.
  CHECK(crc_of(read_image(cases / "jpeg_422.jpg").image) == 1534008831U);
  const DecodedImage junk = read_image(cases / "junk_after_app0.jpg");
  CHECK(crc_of(junk.image) == 1078241573U);
  CHECK(junk.faults.size() == 1);
  const DecodedImage endless = read_image(cases / "png_without_iend.png");
  CHECK(crc_of(endless.image) == 942485723U);
  CHECK(endless.faults.size() == 1);
}

TEST_CASE("damaged picture files give an error or a picture, and nothing else",
          "[picture][read_image]") {
  for (const Golden& golden : all_goldens()) {
    const auto whole = bytes_of(golden.name);
    for (std::uint32_t round = 0; round < 20; ++round) {
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

TEST_CASE("a damaged PNG is refused by its checksums", "[picture][read_image]") {
  auto bytes = bytes_of("rgb.png");
  bytes[bytes.size() - 17] ^= 1;  // The last byte of the compressed pixels, zlib's checksum.
  CHECK_THAT(refusal(bytes), Catch::Matchers::ContainsSubstring("cannot be unpacked"));

  bytes = bytes_of("rgb.png");
  bytes[30] ^= 1;  // Of the header's.
  CHECK_THAT(refusal(bytes), Catch::Matchers::ContainsSubstring("checksum of its IHDR is wrong"));
}

TEST_CASE("a step in a run-length coded BMP cannot ask for more than the picture",
          "[picture][read_image]") {
  // 8 bits, RLE8, 100,000,000 × 1 pixels; the only code is a step of 255 rows.
  std::vector<std::uint8_t> bmp{'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 58, 0, 0, 0, 40, 0, 0, 0};
  for (const std::uint32_t value : {100'000'000U, 1U, 0x00080001U, 1U, 0U, 0U, 0U, 1U, 1U, 0U}) {
    for (int byte = 0; byte < 4; ++byte) {
      bmp.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
    }
  }
  for (const int byte : {0, 2, 0, 255}) bmp.push_back(static_cast<std::uint8_t>(byte));
  CHECK_NOTHROW(refusal(bmp));
}

TEST_CASE("a header that lies about the size is refused before memory is asked for",
          "[picture][read_image]") {
  using Catch::Matchers::ContainsSubstring;
  const auto resized_png = [](std::uint32_t width, std::uint32_t height) {
    auto bytes = bytes_of("rgb.png");
    put_be32(bytes, 16, width);
    put_be32(bytes, 20, height);
    put_be32(bytes, 29, static_cast<std::uint32_t>(::crc32(0, bytes.data() + 12, 17)));
    return bytes;
  };
  CHECK_THAT(refusal(resized_png(0xFFFFFFFF, 0xFFFFFFFF)),
             ContainsSubstring("over 100 megapixels"));
  CHECK_THAT(refusal(resized_png(10001, 10000)),
             ContainsSubstring("over 100 megapixels") && ContainsSubstring("a smaller copy"));
  CHECK_THAT(refusal(resized_png(10000, 10000)), ContainsSubstring("too many for the file"));
  CHECK_THAT(refusal(resized_png(0, 17)), ContainsSubstring("0 × 17 pixels"));
  // Rows of 70 bytes are read as rows of 73, whose filters are then pixels.
  CHECK_THAT(refusal(resized_png(24, 17)), ContainsSubstring("a filter that does not exist"));

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
  CHECK_THAT(refusal(bmp), ContainsSubstring("too many for the file"));
}

TEST_CASE("of a small PNG that unpacks to far more than its picture only the picture is unpacked",
          "[picture][read_image]") {
  // 2 × 1 grey pixels. The first stored block of deflate holds their row, the second one promises
  // 65535 bytes more and has a length that contradicts itself: who unpacked it would refuse it.
  const std::vector<std::uint8_t> zlib{0x78, 0x01, 0, 3,    0,    0xFC, 0xFF, 0,
                                       10,   20,   1, 0xFF, 0xFF, 7,    7,    9};
  std::vector<std::uint8_t> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto chunk = [&](const char* kind, const std::vector<std::uint8_t>& data) {
    const std::size_t at = png.size();
    png.resize(at + 8);
    put_be32(png, at, static_cast<std::uint32_t>(data.size()));
    std::copy_n(kind, 4, png.begin() + static_cast<long>(at) + 4);
    png.insert(png.end(), data.begin(), data.end());
    const auto crc = static_cast<std::uint32_t>(
        ::crc32(0, png.data() + at + 4, static_cast<uInt>(png.size() - at - 4)));
    png.resize(png.size() + 4);
    put_be32(png, png.size() - 4, crc);
  };
  chunk("IHDR", {0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0});
  chunk("IDAT", {zlib.begin(), zlib.begin() + 11});
  chunk("IDAT", {zlib.begin() + 11, zlib.end()});
  chunk("IEND", {});

  CHECK(decode_image(png, "png").image.values == std::vector<std::uint8_t>{10, 10, 10, 20, 20, 20});
}

TEST_CASE("a build without libwebp says which package is missing and how to convert",
          "[picture][read_image]") {
  const std::vector<std::uint8_t> bytes = bytes_of("lossless.webp");
  try {
    picture_files::refuse_webp(picture_files::PictureBytes(bytes, "cat.webp"));
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("libwebp-dev") &&
                                 Catch::Matchers::ContainsSubstring("dwebp in.webp -o out.png"));
  }
}

TEST_CASE("what is not a readable picture is refused in one clear line", "[picture][read_image]") {
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
  std::ofstream(scratch / "page.png") << "what is written here is no picture";

  CHECK_THAT(refused(scratch / "missing.png"), ContainsSubstring("no such file"));
  CHECK_THAT(refused(scratch.path()), ContainsSubstring("this is a folder"));
  CHECK_THAT(refused(scratch / "empty.png"), ContainsSubstring("the file is empty"));
  CHECK_THAT(refused(scratch / "page.png"), ContainsSubstring("not a PNG, JPEG, WebP, BMP or GIF"));
  CHECK_THAT(refused("/dev/zero"), ContainsSubstring("a device or a pipe"));
}
