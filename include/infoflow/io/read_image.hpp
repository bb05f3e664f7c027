// SPDX-License-Identifier: MIT
/// \file Picture files as RGB, with the values that Pillow's `Image.open(path).convert("RGB")` has.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/io/bmp_file.hpp>
#include <infoflow/io/gif_file.hpp>
#include <infoflow/io/jpeg_file.hpp>
#include <infoflow/io/picture_bytes.hpp>
#include <infoflow/io/png_file.hpp>
#include <infoflow/io/read_file.hpp>
#include <infoflow/io/stb_image.hpp>

namespace infoflow {

struct DecodedImage {
  RgbImage image;
  PictureFormat format = PictureFormat::png;
  /// The camera's orientation tag, 1 … 8. It is not applied, as Pillow does not apply it.
  std::optional<int> exif_orientation;
};

/// Larger pictures are refused before they are decoded.
inline constexpr std::uint64_t most_pixels = 100'000'000;

namespace detail {

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

/// Runs stb_image with the memory that a picture of this size can need.
template <class Value>
[[nodiscard]] std::vector<Value> load_with_stb(const PictureBytes& file, std::uint32_t width,
                                               std::uint32_t height, int channels) {
  // 16 bytes a pixel is twice the most that is honestly needed (RGBA of 16 bits); 64 pixels more in
  // each direction for blocks that hang over the edge.
  const std::size_t memory = 16 * (std::size_t{width} + 64) * (std::size_t{height} + 64) +
                             4 * file.size() + (std::size_t{1} << 20);
  const stb::Decoded decoded =
      stb::decode(file.part(0, file.size()), channels, sizeof(Value) == 2, memory);
  const std::unique_ptr<void, decltype(&std::free)> owner(decoded.pixels, &std::free);
  if (!owner) file.refuse("the picture cannot be decoded: " + decoded.reason);
  if (decoded.width != static_cast<int>(width) || decoded.height != static_cast<int>(height)) {
    file.refuse("the picture has another size than its header says");
  }
  const auto* pixels = static_cast<const Value*>(decoded.pixels);
  return {pixels, pixels + static_cast<std::size_t>(channels) * width * height};
}

[[nodiscard]] inline RgbImage load_rgb(const PictureBytes& file, std::uint32_t width,
                                       std::uint32_t height) {
  RgbImage image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.values = load_with_stb<std::uint8_t>(file, width, height, 3);
  return image;
}

[[nodiscard]] inline RgbImage decode_png(std::vector<std::uint8_t> bytes, const std::string& where,
                                         const PngFile& png) {
  if (png.is_grey16()) {  // Pillow's 16-bit grey becomes RGB by clipping, not by scaling.
    const std::vector<std::uint16_t> grey =
        load_with_stb<std::uint16_t>(PictureBytes(bytes, where), png.width, png.height, 1);
    RgbImage image(static_cast<int>(png.width), static_cast<int>(png.height));
    for (std::size_t i = 0; i < grey.size(); ++i) {
      const auto level = static_cast<std::uint8_t>(std::min<std::uint16_t>(grey[i], 255));
      std::fill_n(image.values.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, level);
    }
    return image;
  }
  if (png.colour_type == 3 && png.palette_at != 0 && png.palette_colours < 256) {
    // Indices beyond a short palette are black; stb_image would read beyond its own.
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(png.palette_at);
    const auto data_end = at + 8 + static_cast<std::ptrdiff_t>(3 * png.palette_colours);
    bytes.insert(data_end, 3 * (256 - png.palette_colours), 0);
    bytes[png.palette_at + 2] = 3;  // The chunk's length, big-endian: 768.
    bytes[png.palette_at + 3] = 0;
  }
  return load_rgb(PictureBytes(bytes, where), png.width, png.height);
}

[[nodiscard]] inline RgbImage decode_jpeg(std::vector<std::uint8_t> bytes, const std::string& where,
                                          const JpegFile& jpeg) {
  if (jpeg.components == 4 && !jpeg.adobe_transform) {
    // Without Adobe's mark four channels are CMYK for libjpeg, but not for stb_image: add the mark.
    const std::vector<std::uint8_t> cmyk{0xFF, 0xEE, 0,   14, 'A', 'd', 'o', 'b',
                                         'e',  0,    100, 0,  0,   0,   0,   0};
    bytes.insert(bytes.begin() + 2, cmyk.begin(), cmyk.end());
  } else if (jpeg.components == 4 && *jpeg.adobe_transform == 1) {
    PictureBytes(bytes, where).refuse("a JPEG file of four channels marked as YCbCr");
  }
  return load_rgb(PictureBytes(bytes, where), jpeg.width, jpeg.height);
}

[[nodiscard]] inline RgbImage decode_gif(std::vector<std::uint8_t> bytes, const std::string& where,
                                         const GifFile& gif) {
  // Transparent pixels keep the colour of their palette entry, so nothing is transparent; what the
  // picture does not cover comes back with alpha 0 and gets the transparent or the first colour.
  if (gif.transparency_flag_at != 0) bytes[gif.transparency_flag_at] &= 0xFE;
  bytes[11] = 0;
  const std::vector<std::uint8_t> rgba =
      load_with_stb<std::uint8_t>(PictureBytes(bytes, where), gif.width, gif.height, 4);
  const std::size_t fill = gif.transparent < gif.palette_colours ? gif.transparent : 0;
  const std::uint8_t* bare = bytes.data() + gif.palette_at + 3 * fill;
  RgbImage image(static_cast<int>(gif.width), static_cast<int>(gif.height));
  for (std::size_t i = 0; i < rgba.size() / 4; ++i) {
    const std::uint8_t* from = rgba[4 * i + 3] != 0 ? &rgba[4 * i] : bare;
    std::copy_n(from, 3, &image.values[3 * i]);
  }
  return image;
}

}  // namespace detail

/// The picture that `bytes`, the content of a PNG, JPEG, BMP or GIF file, hold: grey, palette, 1
/// and 16 bits, CMYK become RGB; alpha is dropped, not blended; of an animation the first picture
/// is taken; gamma and colour profiles are ignored.
///
/// Law: PNG, BMP (not of 16 bits) and GIF have exactly Pillow's values. JPEG decoders are free to
/// round: colours differ from libjpeg-turbo's by a few levels.
/// \param where  names the picture in errors, such as its path
/// \throws Error if the bytes are of another format, cut short, damaged, or over 100 megapixels;
///         memory is only asked for once the header is believed
[[nodiscard]] inline DecodedImage decode_image(std::vector<std::uint8_t> bytes,
                                               const std::string& where) {
  using namespace detail;
  const PictureBytes file(bytes, where);
  const std::uint64_t size = file.size();
  if (file.says(0, "\x89PNG\r\n\x1a\n")) {
    const PngFile png = inspect_png(file);
    // Deflate packs at most 1032 to 1; a pixel takes at least the bits of one channel.
    const std::uint64_t bits = std::max<std::uint32_t>(png.bit_depth, 1);
    check_pixels(file, png.width, png.height, 1032 * 8 * png.packed_bytes / bits);
    return {decode_png(std::move(bytes), where, png), PictureFormat::png, png.orientation};
  }
  if (file.says(0, "\xFF\xD8\xFF")) {
    const JpegFile jpeg = inspect_jpeg(file);
    // A block of 64 pixels takes at least one bit.
    check_pixels(file, jpeg.width, jpeg.height, 64 * 8 * size);
    return {decode_jpeg(std::move(bytes), where, jpeg), PictureFormat::jpeg, jpeg.orientation};
  }
  if (file.says(0, "GIF87a") || file.says(0, "GIF89a")) {
    const GifFile gif = inspect_gif(file);
    // A code of 12 bits stands for at most 4096 pixels.
    check_pixels(file, gif.width, gif.height, 4096 * size);
    return {decode_gif(std::move(bytes), where, gif), PictureFormat::gif, std::nullopt};
  }
  if (file.says(0, "BM")) {
    const BmpFile bmp = inspect_bmp(file);
    check_pixels(file, bmp.width, bmp.height, 8 * size);
    return {load_rgb(file, bmp.width, bmp.height), PictureFormat::bmp, std::nullopt};
  }
  throw Error("not a PNG, JPEG, BMP or GIF picture", where,
              "give a picture file, or convert this one to PNG");
}

/// The picture in a file. \throws Error as above, or if the file is missing, a folder, a device,
/// empty or unreadable
[[nodiscard]] inline DecodedImage read_image(const std::filesystem::path& path) {
  return decode_image(read_file(path, "a PNG, JPEG, BMP or GIF picture", std::uintmax_t{1} << 30),
                      path.string());
}

}  // namespace infoflow
