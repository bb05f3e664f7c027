// SPDX-License-Identifier: MIT
/// \file LLaVA's golden references.
#pragma once

#include <adapters/llava.hpp>

#include "../parity/golden.hpp"

namespace infoflow::tests {

inline const std::string llava_goldens = "llava";
using PreparedLlava = PreparedCase<adapters::Llava>;

[[nodiscard]] inline const adapters::Llava& llava_model(const std::string& checkpoint,
                                                        const std::string& dtype = "float32") {
  return model_of<adapters::Llava>(golden_directory(llava_goldens) / checkpoint, dtype);
}

}  // namespace infoflow::tests
