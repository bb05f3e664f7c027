// SPDX-License-Identifier: MIT
/// \file Bytes as text that may stand inside a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace infoflow {

/// The bytes in base64 (RFC 4648), padded. Law: four characters per three bytes begun.
[[nodiscard]] inline std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return i + k < bytes.size() ? bytes[i + k] : 0U; };
    const std::uint32_t three = byte(0) << 16U | byte(1) << 8U | byte(2);
    text += digits[three >> 18U];
    text += digits[three >> 12U & 63U];
    text += i + 1 < bytes.size() ? digits[three >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? digits[three & 63U] : '=';
  }
  return text;
}

}  // namespace infoflow
