// SPDX-License-Identifier: MIT
/// \file How a CPU multiplies by weights in half precision: the process's choice.
#pragma once

#include <string>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// How a CPU multiplies by weights in bfloat16 or float16. Most have no units for these: what libtorch
/// then does is several times as slow as a product in float32.
enum class HalfProducts {
  measured,  ///< The faster of the two, as measured once for each type.
  native,    ///< As libtorch does.
  widened,   ///< In float32, block by block: only a few megabytes of the weights are ever wide.
};

/// The process's choice; set it before a model runs. A property of the machine, not of a model.
inline HalfProducts& half_products() {
  static HalfProducts choice = HalfProducts::measured;
  return choice;
}

/// \throws Error if the name is none of the three
[[nodiscard]] inline HalfProducts parse_half_products(const std::string& name) {
  if (name == "measured") return HalfProducts::measured;
  if (name == "native") return HalfProducts::native;
  if (name == "widened") return HalfProducts::widened;
  throw Error("unknown way \"" + name + "\"", "--half-products",
              "give measured, native or widened");
}

}  // namespace infoflow::adapters
