// SPDX-License-Identifier: MIT
/// \file What a JPEG file says of its picture before the pixels begin.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <infoflow/picture/exif.hpp>
#include <infoflow/picture/picture_bytes.hpp>

namespace infoflow::picture_files {

struct JpegFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t components = 0;  ///< 1 grey, 3 colour, 4 CMYK or its relative YCCK
  OrientationMarks marks;
};

/// The frame header in `[at, end)`.
inline void read_jpeg_frame(const PictureBytes& file, std::size_t at, std::size_t end,
                            JpegFile& jpeg) {
  if (end - at < 6) file.refuse("the JPEG file is damaged: a frame without a size");
  if (file.u8(at) != 8) {
    file.refuse("a JPEG file with " + std::to_string(file.u8(at)) + " bits a channel, not 8");
  }
  jpeg.height = file.be16(at + 1);
  jpeg.width = file.be16(at + 3);
  jpeg.components = file.u8(at + 5);
  if (jpeg.components != 1 && jpeg.components != 3 && jpeg.components != 4) {
    file.refuse("a JPEG file with " + std::to_string(jpeg.components) + " channels");
  }
}

inline void read_jpeg_application_data(const PictureBytes& file, std::size_t at, std::size_t end,
                                       JpegFile& jpeg) {
  constexpr std::string_view exif("Exif\0\0", 6);
  constexpr std::string_view xmp("http://ns.adobe.com/xap/1.0/\0", 29);
  const auto data = file.part(at, end - at);
  const auto begins = [&](std::string_view text) {
    return text.size() <= data.size() && file.says(at, text);
  };
  if (begins(exif)) {
    jpeg.marks.exif.insert(jpeg.marks.exif.end(), data.begin() + exif.size(), data.end());
  } else if (begins(xmp)) {
    jpeg.marks.xmp.assign(data.begin() + xmp.size(), data.end());
  }
}

/// Walks the segments up to the first scan, over whatever Pillow steps over: bytes between them
/// and fill bytes.
/// \throws Error if the file ends before a scan, or is of a kind that Pillow refuses
[[nodiscard]] inline JpegFile inspect_jpeg(const PictureBytes& file) {
  JpegFile jpeg;
  for (std::size_t at = 2;;) {
    while (file.u8(at) != 0xFF) ++at;
    while (file.u8(at) == 0xFF) ++at;
    const std::uint32_t marker = file.u8(at++);
    const bool alone = marker == 0x00 || marker == 0xC8 || (0xD0 <= marker && marker <= 0xD9) ||
                       (0xF0 <= marker && marker <= 0xFD);
    if (alone) continue;  // It has no length: an escaped byte, a restart, an extension.
    if (marker < 0xC0) file.refuse("the JPEG file is damaged: a marker that does not exist");
    const std::size_t length = std::max<std::size_t>(file.be16(at), 2);
    const std::size_t data = at + 2;
    const std::size_t end = at + length;
    static_cast<void>(file.part(data, length - 2));
    const bool tables = marker == 0xC4 || marker == 0xCC;
    if ((0xC0 <= marker && marker <= 0xCF && !tables) || marker == 0xDE) {
      read_jpeg_frame(file, data, end, jpeg);
    } else if (marker == 0xE1) {
      read_jpeg_application_data(file, data, end, jpeg);
    } else if (marker == 0xDA) {
      break;
    }
    at = end;
  }
  if (jpeg.components == 0) file.refuse("a JPEG file without a picture");
  return jpeg;
}

}  // namespace infoflow::picture_files
