// SPDX-License-Identifier: MIT
/// \file A JPEG file's pixels, by libjpeg-turbo.
///
/// libjpeg gives up by longjmp. Nothing with a destructor lives in the functions that it leaves
/// that way; what they hold is freed by their caller.
#pragma once

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs FILE.
#include <optional>
#include <span>
#include <string>

#include <jpeglib.h>

#ifndef LIBJPEG_TURBO_VERSION
#error "infoflow needs libjpeg-turbo: another libjpeg gives pixels that differ from Pillow's"
#endif

namespace infoflow::picture_files {

/// Each scan visits every block, so thousands of empty scans would take hours.
inline constexpr int most_jpeg_scans = 200;

/// How decoding ended: behind the end mark, behind the last row but without the mark, or not.
enum class JpegEnd { whole, unmarked, cut_short, refused };

/// A decoder with what its callbacks need. They find it by `client_data`.
struct JpegDecoding {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf give_up{};
  char reason[JMSG_LENGTH_MAX] = "";
  char first_warning[JMSG_LENGTH_MAX] = "";
};

template <class Common>
[[nodiscard]] JpegDecoding& decoding_of(Common* libjpeg) {
  return *static_cast<JpegDecoding*>(libjpeg->client_data);
}

inline void set_jpeg_callbacks(JpegDecoding& d) {
  d.decoder.err = jpeg_std_error(&d.errors);
  d.decoder.client_data = &d;
  d.errors.error_exit = [](j_common_ptr libjpeg) {
    JpegDecoding& decoding = decoding_of(libjpeg);
    decoding.errors.format_message(libjpeg, decoding.reason);
    std::longjmp(decoding.give_up, 1);
  };
  d.errors.emit_message = [](j_common_ptr libjpeg, int level) {
    JpegDecoding& decoding = decoding_of(libjpeg);
    if (level >= 0) return;  // Not a warning.
    if (decoding.errors.num_warnings++ == 0) {
      decoding.errors.format_message(libjpeg, decoding.first_warning);
    }
  };
  d.source.init_source = [](j_decompress_ptr) {};
  d.source.term_source = [](j_decompress_ptr) {};
  d.source.resync_to_restart = jpeg_resync_to_restart;
  // The whole file is there from the beginning: who wants more has a file that was cut.
  d.source.fill_input_buffer = [](j_decompress_ptr) -> boolean { return FALSE; };
  d.source.skip_input_data = [](j_decompress_ptr libjpeg, long count) {
    jpeg_source_mgr& source = *libjpeg->src;
    if (count <= 0) return;
    const std::size_t skipped = std::min(static_cast<std::size_t>(count), source.bytes_in_buffer);
    source.next_input_byte += skipped;
    source.bytes_in_buffer -= skipped;
  };
  d.progress.progress_monitor = [](j_common_ptr libjpeg) {
    JpegDecoding& decoding = decoding_of(libjpeg);
    if (decoding.decoder.input_scan_number <= most_jpeg_scans) return;
    std::snprintf(decoding.reason, sizeof decoding.reason, "more than %d scans", most_jpeg_scans);
    std::longjmp(decoding.give_up, 1);
  };
}

/// Everything that libjpeg is asked to do.
/// \param pixels  room for width × height × channels bytes
inline JpegEnd run_libjpeg(JpegDecoding& d, std::span<const std::uint8_t> bytes,
                           std::uint32_t width, std::uint32_t height, std::uint32_t channels,
                           std::size_t memory, std::uint8_t* pixels) {
  if (setjmp(d.give_up) != 0) return JpegEnd::refused;
  jpeg_create_decompress(&d.decoder);
  d.decoder.mem->max_memory_to_use = static_cast<long>(memory);
  d.decoder.src = &d.source;
  d.decoder.progress = &d.progress;
  d.source.next_input_byte = bytes.data();
  d.source.bytes_in_buffer = bytes.size();
  int header = JPEG_HEADER_TABLES_ONLY;
  while (header == JPEG_HEADER_TABLES_ONLY) header = jpeg_read_header(&d.decoder, FALSE);
  if (header == JPEG_SUSPENDED) return JpegEnd::cut_short;
  if (d.decoder.image_width != width || d.decoder.image_height != height ||
      static_cast<std::uint32_t>(d.decoder.num_components) != channels) {
    std::snprintf(d.reason, sizeof d.reason, "two frames that differ");
    return JpegEnd::refused;
  }
  d.decoder.out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  if (jpeg_start_decompress(&d.decoder) == 0) return JpegEnd::cut_short;
  while (d.decoder.output_scanline < height) {
    JSAMPROW row = pixels + std::size_t{d.decoder.output_scanline} * width * channels;
    if (jpeg_read_scanlines(&d.decoder, &row, 1) != 1) return JpegEnd::cut_short;
  }
  return jpeg_finish_decompress(&d.decoder) != 0 ? JpegEnd::whole : JpegEnd::unmarked;
}

/// What came of a file, beside the pixels.
struct JpegOutcome {
  JpegEnd end = JpegEnd::refused;
  std::string reason;                 ///< Why it was refused.
  std::optional<std::string> damage;  ///< What libjpeg stepped over first, in its words.
  std::size_t bytes_behind = 0;       ///< Bytes behind the end mark.
};

/// Decodes to `channels` bytes a pixel: grey, RGB or CMYK.
inline JpegOutcome decode_with_libjpeg(std::span<const std::uint8_t> bytes, std::uint32_t width,
                                       std::uint32_t height, std::uint32_t channels,
                                       std::size_t memory, std::uint8_t* pixels) {
  JpegDecoding decoding;
  set_jpeg_callbacks(decoding);
  JpegOutcome outcome;
  outcome.end = run_libjpeg(decoding, bytes, width, height, channels, memory, pixels);
  jpeg_destroy_decompress(&decoding.decoder);
  outcome.reason = decoding.reason;
  if (decoding.errors.num_warnings > 0) outcome.damage = decoding.first_warning;
  outcome.bytes_behind = decoding.source.bytes_in_buffer;
  return outcome;
}

}  // namespace infoflow::picture_files
