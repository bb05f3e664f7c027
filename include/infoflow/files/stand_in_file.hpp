// SPDX-License-Identifier: MIT
/// \file Files that stand where another should: what a download left under the right name.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <infoflow/core/error.hpp>

namespace infoflow {

/// What a file is instead of what was asked for, and what to do about it.
struct StandIn {
  std::string_view what;
  std::string_view fix;
};

namespace detail {

struct Signature {
  std::string_view bytes;  ///< In lower case where it is text.
  StandIn file;
};

/// True if `text` begins with `opening`, which is in lower case, in any case of ASCII.
[[nodiscard]] inline bool opens_with(std::string_view text, std::string_view opening) {
  return text.size() >= opening.size() &&
         std::equal(opening.begin(), opening.end(), text.begin(), [](char wanted, char given) {
           return wanted == (given >= 'A' && given <= 'Z' ? given + ('a' - 'A') : given);
         });
}

inline constexpr StandIn archive{"this is a compressed file or an archive", "unpack it first"};
inline constexpr StandIn wide_text{"this is UTF-16 or UTF-32 text, not UTF-8", "save it as UTF-8"};
inline constexpr StandIn page{
    "this is a web page (HTML or XML), not the file itself",
    "an address was saved in place of its file; download the file itself"};

/// What text begins with that is not what it is called.
inline constexpr std::array<Signature, 5> stand_in_texts{{
    {"version https://git-lfs.github.com/spec/",
     {"this is a git-lfs pointer, not the file itself",
      "run `git lfs pull` in its folder, or download the file by itself"}},
    {"<!doctype", page},
    {"<html", page},
    {"<?xml", page},
    {"<error>", page},
}};

/// What binary files begin with.
inline constexpr std::array<Signature, 11> stand_in_binaries{{
    {"GGUF",
     {"this is a GGUF file of llama.cpp",
      "give the checkpoint it was made from: config.json, tokenizer and safetensors"}},
    {"\x1F\x8B", archive},
    {"PK\x03\x04", archive},
    {"BZh91AY&SY", archive},
    {{"\xFD"
      "7zXZ\0",
      6},
     archive},
    {"7z\xBC\xAF\x27\x1C", archive},
    {"\x28\xB5\x2F\xFD", archive},
    {"PAR1", {"this is a Parquet file", "convert it to JSON Lines"}},
    {"\xFF\xFE", wide_text},
    {"\xFE\xFF", wide_text},
    {{"\0\0\xFE\xFF", 4}, wide_text},
}};

/// A bracket that opens JSON, in two bytes: UTF-16 without a mark in front.
[[nodiscard]] inline bool is_wide_json(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const auto bracket = [](char c) { return c == '{' || c == '['; };
  return (bracket(bytes[0]) && bytes[1] == '\0' && bytes[2] != '\0' && bytes[3] == '\0') ||
         (bytes[0] == '\0' && bracket(bytes[1]) && bytes[2] == '\0' && bytes[3] != '\0');
}

}  // namespace detail

/// What a file is, where its first bytes say that it is nothing that is ever read here: a git-lfs
/// pointer, a web page, GGUF, an archive, UTF-16. A hundred bytes are enough.
[[nodiscard]] inline std::optional<StandIn> stand_in(std::string_view bytes) {
  for (const detail::Signature& known : detail::stand_in_binaries) {
    if (bytes.starts_with(known.bytes)) return known.file;
  }
  if (detail::is_wide_json(bytes)) return detail::wide_text;
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  for (const detail::Signature& known : detail::stand_in_texts) {
    if (detail::opens_with(bytes, known.bytes)) return known.file;
  }
  return std::nullopt;
}

/// \param where  the file's path. \throws Error that says what the file is, if stand_in() does
inline void refuse_stand_in(std::string_view bytes, const std::string& where) {
  if (const std::optional<StandIn> found = stand_in(bytes)) {
    throw Error(std::string(found->what), where, std::string(found->fix));
  }
}

}  // namespace infoflow
