// SPDX-License-Identifier: MIT
/// \file A checkpoint's folder as far as its configuration goes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "fuzz.hpp"

namespace fuzz {

/// Writes the parts of `input` as config.json, generation_config.json and preprocessor_config.json.
inline void write_configuration(std::string_view input) {
  constexpr std::array names{"config.json", "generation_config.json", "preprocessor_config.json"};
  const auto contents = parts(input, names.size());
  for (std::size_t i = 0; i < names.size(); ++i) (void)folder().file(names[i], contents[i]);
}

}  // namespace fuzz
