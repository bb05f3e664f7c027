// SPDX-License-Identifier: MIT
/// \file Picture files as RGB, with the values that Pillow's `Image.open(path).convert("RGB")` has.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/picture/bmp_file.hpp>
#include <infoflow/picture/bmp_pixels.hpp>
#include <infoflow/picture/gif_file.hpp>
#include <infoflow/picture/gif_pixels.hpp>
#include <infoflow/picture/jpeg_decoder.hpp>
#include <infoflow/picture/jpeg_file.hpp>
#include <infoflow/picture/picture_bytes.hpp>
#include <infoflow/picture/png_file.hpp>
#include <infoflow/picture/png_pixels.hpp>
#include <infoflow/picture/webp_file.hpp>

namespace infoflow {

struct DecodedImage {
  RgbImage image;
  PictureFormat format = PictureFormat::png;
  /// The camera's orientation, 1 … 8, from EXIF or XMP. It is not applied, as Pillow does not
  /// apply it; `upright` does.
  std::optional<int> exif_orientation;
  /// What is wrong with the file although it can be read, one phrase each.
  std::vector<std::string> faults;
};

/// Larger pictures are refused before they are decoded.
inline constexpr std::uint64_t most_pixels = 100'000'000;

namespace detail {

using namespace picture_files;

/// \param most_in_file  how many pixels the file's bytes can hold at best; a header that promises
///                      more lies, and is not believed with memory
inline void check_pixels(const PictureBytes& file, std::uint32_t width, std::uint32_t height,
                         std::uint64_t most_in_file) {
  const std::uint64_t pixels = std::uint64_t{width} * height;
  const std::string size = std::to_string(width) + " × " + std::to_string(height) + " pixels";
  if (pixels == 0) file.refuse("a picture of " + size);
  if (pixels > most_pixels) {
    file.refuse("a picture of " + size + " is over 100 megapixels", "give a smaller copy of it");
  }
  if (pixels > most_in_file) file.refuse("the header promises " + size + ", too many for the file");
}

/// Twice the most that decoding a picture honestly needs: 16 bytes a pixel, 64 pixels more in each
/// direction for blocks that hang over the edge, the file, and a megabyte of tables.
[[nodiscard]] inline std::size_t decoding_memory(const PictureBytes& file, std::uint32_t width,
                                                 std::uint32_t height) {
  return 16 * (std::size_t{width} + 64) * (std::size_t{height} + 64) + 4 * file.size() +
         (std::size_t{1} << 20);
}

[[nodiscard]] inline DecodedImage decode_png(const PictureBytes& file) {
  PngFile png = inspect_png(file);
  // Deflate packs at most 1032 to 1; a pixel takes at least the bits of one channel.
  check_pixels(file, png.width, png.height, 1032 * 8 * png.packed_bytes / png.bits_per_pixel());
  PngRows rows = read_png_rows(file, png);
  DecodedImage decoded{std::move(rows.image), PictureFormat::png, std::nullopt, {}};
  if (rows.ended_early) decoded.faults.emplace_back("its pixels end early, the rest is black");
  const bool checked = std::all_of(png.pixels.begin(), png.pixels.end(),
                                   [&](const PngChunk& c) { return png_checksum_holds(file, c); });
  if (!checked) decoded.faults.emplace_back("a checksum of its pixels is wrong or missing");
  if (const auto fault = read_png_tail(file, rows.last, png)) decoded.faults.push_back(*fault);
  decoded.exif_orientation = png.marks.orientation();
  return decoded;
}

/// CMYK as Adobe's programs store it, upside down, becomes RGB without a colour profile.
[[nodiscard]] inline RgbImage rgb_of_inverted_cmyk(const std::vector<std::uint8_t>& cmyk,
                                                   RgbImage image) {
  const auto share = [](unsigned value, unsigned of) {  // Pillow's rounding of value · of / 255.
    const unsigned product = value * of + 128;
    return (product + (product >> 8U)) >> 8U;
  };
  for (std::size_t i = 0; i < cmyk.size() / 4; ++i) {
    const unsigned white = cmyk[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned ink = 255U - cmyk[4 * i + c];
      image.values[3 * i + c] = static_cast<std::uint8_t>(white - share(ink, white));
    }
  }
  return image;
}

[[nodiscard]] inline DecodedImage decode_jpeg(const PictureBytes& file) {
  const JpegFile jpeg = inspect_jpeg(file);
  // A block of 64 pixels takes at least one bit.
  check_pixels(file, jpeg.width, jpeg.height, 64 * 8 * std::uint64_t{file.size()});
  DecodedImage decoded{RgbImage(static_cast<int>(jpeg.width), static_cast<int>(jpeg.height)),
                       PictureFormat::jpeg,
                       jpeg.marks.orientation(),
                       {}};
  std::vector<std::uint8_t>& rgb = decoded.image.values;
  std::vector<std::uint8_t> other;  // Grey or CMYK.
  if (jpeg.components != 3) other.resize(rgb.size() / 3 * jpeg.components);
  const JpegOutcome outcome = decode_with_libjpeg(
      file.part(0, file.size()), jpeg.width, jpeg.height, jpeg.components,
      decoding_memory(file, jpeg.width, jpeg.height), other.empty() ? rgb.data() : other.data());
  if (outcome.end == JpegEnd::cut_short) file.cut_short();
  if (outcome.end == JpegEnd::refused) {
    file.refuse("the JPEG file cannot be decoded: " + outcome.reason);
  }
  if (outcome.damage) decoded.faults.push_back("it is faulty (" + *outcome.damage + ")");
  if (outcome.end == JpegEnd::unmarked) decoded.faults.emplace_back("its end mark is missing");
  const std::size_t end = file.size() - outcome.bytes_behind;
  if (outcome.bytes_behind > 0 && !file.says(end, "\xFF\xD8")) {  // There another picture begins.
    decoded.faults.push_back(std::to_string(outcome.bytes_behind) +
                             " bytes behind its end are left out");
  }
  if (jpeg.components == 4) decoded.image = rgb_of_inverted_cmyk(other, std::move(decoded.image));
  if (jpeg.components == 1) {
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = other[i / 3];
  }
  return decoded;
}

[[nodiscard]] inline DecodedImage decode_webp(const PictureBytes& file) {
#ifdef INFOFLOW_HAS_WEBP
  const WebpFile webp(file);
  // A flat lossless picture takes no bits for its pixels: any file may hold 100 megapixels.
  check_pixels(file, webp.width, webp.height, most_pixels);
  return {webp.first_frame(), PictureFormat::webp, webp.marks().orientation(), {}};
#else
  refuse_webp(file);
#endif
}

}  // namespace detail

/// The picture that `bytes`, the content of a PNG, JPEG, WebP, BMP or GIF file, hold: grey,
/// palette, 1 and 16 bits, CMYK become RGB; alpha is dropped, not blended; of an animation the
/// first picture is taken; gamma and colour profiles are ignored.
///
/// Law: the values are exactly Pillow's.
/// Law: what Pillow refuses, such as a file that was cut, is refused; what it tolerates is read,
/// and stands in `faults`.
/// \param where  names the picture in errors, such as its path
/// \throws Error if the bytes are of another format, cut short, damaged, or over 100 megapixels;
///         memory is only asked for once the header is believed
[[nodiscard]] inline DecodedImage decode_image(const std::vector<std::uint8_t>& bytes,
                                               const std::string& where) {
  using namespace detail;
  const PictureBytes file(bytes, where);
  const std::uint64_t size = file.size();
  if (file.says(0, "\x89PNG\r\n\x1a\n")) return decode_png(file);
  if (file.says(0, "\xFF\xD8\xFF")) return decode_jpeg(file);
  if (is_webp(file)) return decode_webp(file);
  if (file.says(0, "GIF87a") || file.says(0, "GIF89a")) {
    const GifFile gif = inspect_gif(file);
    // A code of 12 bits stands for at most 4096 pixels.
    check_pixels(file, gif.width, gif.height, 4096 * size);
    return {read_gif_rows(file, gif), PictureFormat::gif, std::nullopt, {}};
  }
  if (file.says(0, "BM")) {
    const BmpFile bmp = inspect_bmp(file);
    // Four bytes can step over 255 rows.
    const std::uint64_t in_file = bmp.is_run_length() ? 64 * size * (bmp.width + 1) : 8 * size;
    check_pixels(file, bmp.width, bmp.height, in_file);
    return {read_bmp_rows(file, bmp), PictureFormat::bmp, std::nullopt, {}};
  }
  throw Error("not a PNG, JPEG, WebP, BMP or GIF picture", where,
              "give a picture file, or convert this one to PNG");
}

/// The picture in a file. \throws Error as above, or if the file is missing, a folder, a device,
/// empty or unreadable
[[nodiscard]] inline DecodedImage read_image(const std::filesystem::path& path) {
  return decode_image(
      read_file(path, "a PNG, JPEG, WebP, BMP or GIF picture", std::uintmax_t{1} << 30),
      path.string());
}

}  // namespace infoflow
