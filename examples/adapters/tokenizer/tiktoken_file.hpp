// SPDX-License-Identifier: MIT
/// \file tiktoken's vocabulary: a line of base64 and a rank for each token.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/files/read_file.hpp>

namespace infoflow::adapters {

namespace detail {

/// The bytes of padded base64; nothing if it is none.
[[nodiscard]] inline std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool padded = i >= text.size() - padding;
    const std::size_t digit = padded ? 0 : digits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    if (i % 4 != 3) continue;
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(bits >> shift & 0xFFU);
    bits = 0;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace detail

/// The tokens' bytes by their ranks, which are their ids.
/// \param text  lines "base64 rank"; the ranks are 0, 1, …, each once, in any order
/// \throws Error naming the first line that is another, or if a token or rank is missing or twice
[[nodiscard]] inline std::vector<std::string> tiktoken_ranks(std::string_view text,
                                                             const std::string& file) {
  std::vector<std::pair<std::size_t, std::string>> found;
  std::unordered_set<std::string> tokens;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (line.empty()) continue;
    const auto refuse = [&](const std::string& what) {
      throw Error("line " + std::to_string(number) + " " + what, file, "fetch the file anew");
    };
    const std::size_t blank = std::min(line.find(' '), line.size() - 1);
    const std::string_view digits = line.substr(blank + 1);
    std::size_t rank = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
    const auto token = detail::from_base64(line.substr(0, blank));
    if (!token || fault != std::errc() || end != digits.data() + digits.size()) {
      refuse("is not base64, a blank and a rank");
    }
    if (!tokens.insert(*token).second) refuse("has a token that stood before");
    found.emplace_back(rank, *token);
  }
  std::vector<std::string> by_rank(found.size());
  for (auto& [rank, token] : found) {
    if (rank >= by_rank.size() || !by_rank[rank].empty()) {
      throw Error("rank " + std::to_string(rank) + " stands twice or leaves a gap below", file,
                  "fetch the file anew");
    }
    by_rank[rank] = std::move(token);
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (!tokens.contains(std::string(1, static_cast<char>(byte)))) {
      throw Error("byte " + std::to_string(byte) + " is no token", file, "fetch the file anew");
    }
  }
  return by_rank;
}

/// \throws Error if there is no such file, and as tiktoken_ranks()
[[nodiscard]] inline std::vector<std::string> read_tiktoken(const std::filesystem::path& path) {
  constexpr std::uintmax_t most_bytes = 64U << 20U;  // Qwen's has 2.5 MB.
  const auto bytes = read_file(path, "a file of tiktoken", most_bytes);
  return tiktoken_ranks({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace infoflow::adapters
