// SPDX-License-Identifier: MIT
/// \file What the tests of tokenizers share: their goldens, and how to compare with them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <adapters/tokenizer/tokenizer.hpp>

#include "adapter_support.hpp"

namespace adapter_tests {

using Ids = std::vector<infoflow::TokenId>;

/// A file of tests/golden/tokenizers; its README is the docstring of make_tokenizer_goldens.py.
inline Json token_golden(const std::string& name) {
  return golden("../tokenizers/" + name);
}

inline std::uint32_t crc32(std::string_view text) {
  return crc32(std::as_bytes(std::span(text)));
}

inline std::string joined(const Ids& ids) {
  std::string text;
  for (const infoflow::TokenId id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
  return text;
}

/// Texts of which a tokenizer makes other ids, and ids of which it makes other text.
/// \param expected  what reference() of make_tokenizer_goldens.py wrote
inline int differing(const infoflow::adapters::Tokenizer& tokenizer, const Json& expected,
                     const Json& texts) {
  int count = 0;
  const auto both = [&](const Ids& ids) {
    return tokenizer.decode(ids) + "|" + tokenizer.decode(ids, /*skip_special=*/true);
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Ids ids = tokenizer.encode(texts[i].get<std::string>());
    const bool same =
        crc32(joined(ids)) == expected["ids"][i] && crc32(both(ids)) == expected["decoded"][i];
    if (!same && ++count <= 5) UNSCOPED_INFO(texts[i].dump() << ": " << joined(ids));
  }
  for (const Json& row : expected.value("random", Json::array())) {
    const bool same =
        both(row[0].get<Ids>()) == row[1].get<std::string>() + "|" + row[2].get<std::string>();
    if (!same && ++count <= 5) UNSCOPED_INFO(row.dump());
  }
  return count;
}

}  // namespace adapter_tests
