// SPDX-License-Identifier: MIT
/// \file WebP pictures, where libwebp's headers are installed. A build that has the headers but not
/// the libraries defines INFOFLOW_NO_WEBP; CMake does so by itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/exif.hpp>
#include <infoflow/picture/picture_bytes.hpp>

#if !defined(INFOFLOW_NO_WEBP) && __has_include(<webp/demux.h>)
#define INFOFLOW_HAS_WEBP
#include <webp/decode.h>
#include <webp/demux.h>
#endif

namespace infoflow::picture_files {

[[nodiscard]] inline bool is_webp(const PictureBytes& file) {
  return file.says(0, "RIFF") && file.says(8, "WEBP");
}

/// What a build without libwebp says to a WebP picture.
[[noreturn]] inline void refuse_webp(const PictureBytes& file) {
  file.refuse("a WebP picture, which this build does not read",
              "convert it (dwebp in.webp -o out.png), or install libwebp (Debian: libwebp-dev) and "
              "configure infoflow again");
}

#ifdef INFOFLOW_HAS_WEBP

/// The parts of a WebP file. \throws Error if the file is cut or damaged
class WebpFile {
 public:
  explicit WebpFile(const PictureBytes& file) : file_(file) {
    const auto bytes = file.part(0, file.size());
    const WebPData data{bytes.data(), bytes.size()};
    demuxer_.reset(WebPDemux(&data));
    if (demuxer_ == nullptr) file.refuse("the WebP file is damaged or cut short");
    width = WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_WIDTH);
    height = WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_HEIGHT);
  }

  std::uint32_t width = 0;
  std::uint32_t height = 0;

  [[nodiscard]] OrientationMarks marks() const {
    OrientationMarks marks;
    WebPChunkIterator chunk;
    if (WebPDemuxGetChunk(demuxer_.get(), "EXIF", 1, &chunk) != 0) {
      marks.exif.assign(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
      WebPDemuxReleaseChunkIterator(&chunk);
    }
    if (WebPDemuxGetChunk(demuxer_.get(), "XMP ", 1, &chunk) != 0) {
      marks.xmp.assign(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
      WebPDemuxReleaseChunkIterator(&chunk);
    }
    return marks;
  }

  /// The first frame on a black canvas, alpha dropped.
  [[nodiscard]] RgbImage first_frame() const {
    WebPIterator frame;
    if (WebPDemuxGetFrame(demuxer_.get(), 1, &frame) == 0) {
      file_.refuse("a WebP file without a picture");
    }
    const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> owner(
        &frame, &WebPDemuxReleaseIterator);
    RgbImage image(static_cast<int>(width), static_cast<int>(height));
    const int stride = 3 * image.width;
    std::uint8_t* begin = image.pixel(frame.x_offset, frame.y_offset);
    const std::size_t room =
        image.values.size() - static_cast<std::size_t>(begin - image.values.data());
    if (WebPDecodeRGBInto(frame.fragment.bytes, frame.fragment.size, begin, room, stride) ==
        nullptr) {
      file_.refuse("the WebP file is damaged: its pixels cannot be unpacked");
    }
    return image;
  }

 private:
  const PictureBytes& file_;
  std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer_{nullptr, &WebPDemuxDelete};
};

#endif

}  // namespace infoflow::picture_files
