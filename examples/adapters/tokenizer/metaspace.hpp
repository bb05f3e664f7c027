// SPDX-License-Identifier: MIT
/// \file Metaspace: the mark that stands for a blank in LLaMA's vocabulary.
#pragma once

#include <string>

#include <adapters/checkpoint/json_file.hpp>
#include <adapters/tokenizer/tokenizer_json.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/text/utf8.hpp>

namespace infoflow::adapters {

/// How a Metaspace puts its mark before a text.
enum class PrependScheme {
  always,  ///< Before every stretch between added tokens (transformers calls this legacy).
  first,   ///< Only where the whole text begins.
  never,
};

/// \return PrependScheme::always if there is no such key
/// \throws Error for an unknown name
[[nodiscard]] inline PrependScheme prepend_scheme(const Json& json, const std::string& key,
                                                  const std::string& file) {
  const auto scheme = get_or<std::string>(json, key, "always", file);
  if (scheme == "always") return PrependScheme::always;
  if (scheme == "first") return PrependScheme::first;
  if (scheme == "never") return PrependScheme::never;
  throw unknown_part(key + " \"" + scheme + "\"", file);
}

[[nodiscard]] constexpr bool prepends(PrependScheme scheme, bool at_start) {
  return scheme == PrependScheme::always || (scheme == PrependScheme::first && at_start);
}

/// What Metaspace says, as pre-tokenizer and as decoder.
struct Metaspace {
  std::string mark;  ///< Stands for a blank; ▁ (U+2581) in LLaMA's vocabulary.
  PrependScheme prepend = PrependScheme::always;
  bool split = true;  ///< Every mark begins a piece of its own; else the stretch is one piece.

  /// Reads the old form too (add_prefix_space, str_rep). \throws Error
  static Metaspace from_json(const Json& json, const std::string& file) {
    require_known(json,
                  {"type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"},
                  "Metaspace", file);
    Metaspace metaspace{get<std::string>(json, "replacement", file)};
    if (!text::is_utf8(metaspace.mark) || metaspace.mark.empty() ||
        text::first_character(metaspace.mark).length != metaspace.mark.size()) {
      throw Error("Metaspace's replacement must be one character", file, "LLaMA has U+2581");
    }
    metaspace.prepend = prepend_scheme(json, "prepend_scheme", file);
    if (!get_or(json, "add_prefix_space", true, file) &&
        metaspace.prepend != PrependScheme::never) {
      throw Error("Metaspace's add_prefix_space contradicts its prepend_scheme", file,
                  "set prepend_scheme to \"never\"");
    }
    metaspace.split = get_or(json, "split", true, file);
    return metaspace;
  }
};

}  // namespace infoflow::adapters
