// SPDX-License-Identifier: MIT
/// \file The bytes of a picture file, read without ever reading beyond their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/core/error.hpp>

namespace infoflow {

enum class PictureFormat { png, jpeg, bmp, gif, webp };

[[nodiscard]] constexpr std::string_view to_string(PictureFormat format) {
  switch (format) {
    case PictureFormat::png: return "PNG";
    case PictureFormat::jpeg: return "JPEG";
    case PictureFormat::bmp: return "BMP";
    case PictureFormat::gif: return "GIF";
    case PictureFormat::webp: return "WebP";
  }
  return "";
}

namespace picture_files {

/// Numbers of either byte order at any offset; one that lies beyond the end is an error.
class PictureBytes {
 public:
  PictureBytes(std::span<const std::uint8_t> bytes, std::string where)
      : bytes_(bytes), where_(std::move(where)) {}

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  /// \throws Error if the file ends before `offset + length`
  [[nodiscard]] std::span<const std::uint8_t> part(std::size_t offset, std::size_t length) const {
    if (offset > size() || length > size() - offset) cut_short();
    return bytes_.subspan(offset, length);
  }
  [[nodiscard]] std::uint32_t u8(std::size_t at) const { return part(at, 1)[0]; }
  [[nodiscard]] std::uint32_t be16(std::size_t at) const { return u8(at) << 8 | u8(at + 1); }
  [[nodiscard]] std::uint32_t be32(std::size_t at) const { return be16(at) << 16 | be16(at + 2); }
  [[nodiscard]] std::uint32_t le16(std::size_t at) const { return u8(at) | u8(at + 1) << 8; }
  [[nodiscard]] std::uint32_t le32(std::size_t at) const { return le16(at) | le16(at + 2) << 16; }

  /// True if `text` stands at `at`; false also where the file ends before.
  [[nodiscard]] bool says(std::size_t at, std::string_view text) const {
    if (at > size() || text.size() > size() - at) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (bytes_[at + i] != static_cast<std::uint8_t>(text[i])) return false;
    }
    return true;
  }

  [[noreturn]] void cut_short() const {
    throw Error("the file ends in the middle of the picture", where_,
                "copy or download it again: it was cut off");
  }
  [[noreturn]] void refuse(
      const std::string& what,
      const std::string& fix = "save the picture again as an ordinary PNG or JPEG") const {
    throw Error(what, where_, fix);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::string where_;
};

}  // namespace picture_files
}  // namespace infoflow
