// SPDX-License-Identifier: MIT
// LLaVA-1.5 in the command.
#include "../families.hpp"

#include <adapters/internvl_chat_v1/config.hpp>
#include <adapters/llava.hpp>

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

// What the original LLaVA code wrote is told so by the adapter; with a tower of InternVL's it is
// InternVL-Chat-1.0.
bool is_llava(const adapters::Json& config) {
  return config.value("model_type", "") == "llava" && !adapters::names_intern_tower(config);
}

std::unique_ptr<Model> open_llava(const LoadSettings& settings) {
  return adapted_model<adapters::Llava>(settings, "llava");
}

const RegisterFamily llava("llava", &is_llava, &open_llava);

}  // namespace
