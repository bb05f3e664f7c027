// SPDX-License-Identifier: MIT
/// \file The orientation that a camera or a program noted beside a picture's pixels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace infoflow::picture_files {

/// Numbers of a TIFF block in its own byte order; nothing beyond the end.
class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::uint8_t> tiff) : bytes_(tiff) {
    if (bytes_.size() < 8) return;
    const bool little = bytes_[0] == 'I' && bytes_[1] == 'I';
    const bool big = bytes_[0] == 'M' && bytes_[1] == 'M';
    little_ = little;
    valid_ = (little || big) && number(2, 2) == 42;
  }

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] bool holds(std::size_t at, std::size_t length) const {
    return at <= bytes_.size() && length <= bytes_.size() - at;
  }
  /// The number of `length` bytes at `at`, which must be inside.
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t length) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      value = value << 8U | bytes_[at + (little_ ? length - 1 - i : i)];
    }
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool little_ = false;
  bool valid_ = false;
};

/// The bytes of one value of a TIFF type; 0 for a type that does not exist.
[[nodiscard]] constexpr std::size_t tiff_value_bytes(std::uint32_t type) {
  constexpr std::size_t bytes[]{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
  return type < std::size(bytes) ? bytes[type] : 0;
}

/// The orientation tag (0x0112) of the first directory; any number, as the file has it. Entries are
/// read up to the first whose value lies outside, as Pillow reads them. Broken or absent: no value,
/// never a picture refused.
[[nodiscard]] inline std::optional<std::uint32_t> exif_orientation(
    std::span<const std::uint8_t> block) {
  constexpr std::string_view head("Exif\0\0", 6);
  while (block.size() >= head.size() && std::equal(head.begin(), head.end(), block.begin())) {
    block = block.subspan(head.size());
  }
  const TiffNumbers tiff(block);
  if (!tiff.valid()) return std::nullopt;
  const std::size_t directory = tiff.number(4, 4);
  if (!tiff.holds(directory, 2)) return std::nullopt;
  std::optional<std::uint32_t> orientation;
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (!tiff.holds(entry, 12)) break;
    const std::uint32_t type = tiff.number(entry + 2, 2);
    const std::uint64_t size = std::uint64_t{tiff.number(entry + 4, 4)} * tiff_value_bytes(type);
    const std::size_t at = size <= 4 ? entry + 8 : tiff.number(entry + 8, 4);
    if (size > 4 && !tiff.holds(at, size)) break;
    const bool whole_number = type == 3 || type == 4 || type == 6 || type == 8 || type == 9;
    if (tiff.number(entry, 2) == 0x0112 && size > 0 && whole_number) {
      orientation = tiff.number(at, tiff_value_bytes(type));
    }
  }
  return orientation;
}

/// The orientation that an XMP packet names: tiff:Orientation="6" or <tiff:Orientation>6<.
[[nodiscard]] inline std::optional<std::uint32_t> xmp_orientation(std::string_view xmp) {
  constexpr std::string_view name = "tiff:Orientation";
  for (std::size_t at = xmp.find(name); at != std::string_view::npos; at = xmp.find(name, at + 1)) {
    std::string_view rest = xmp.substr(at + name.size());
    if (rest.starts_with("=\"")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with(">")) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (!rest.empty() && '0' <= rest[0] && rest[0] <= '9') {
      return static_cast<std::uint32_t>(rest[0] - '0');
    }
  }
  return std::nullopt;
}

/// What a file says of which way is up.
struct OrientationMarks {
  std::vector<std::uint8_t> exif;  ///< All EXIF parts, joined.
  std::string xmp;

  /// 1 … 8; EXIF goes before XMP, as in Pillow.
  [[nodiscard]] std::optional<int> orientation() const {
    std::optional<std::uint32_t> value = exif_orientation(exif);
    if (!value) value = xmp_orientation(xmp);
    if (!value || *value < 1 || *value > 8) return std::nullopt;
    return static_cast<int>(*value);
  }
};

}  // namespace infoflow::picture_files
