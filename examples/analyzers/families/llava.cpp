// SPDX-License-Identifier: MIT
// LLaVA-1.5 in the command.
#include <adapters/llava.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

// What the original LLaVA code wrote is told so by the adapter; with an InternViT for a tower it is
// InternVL-Chat-1.0.
bool is_llava(const adapters::Json& config) {
  const auto tower = config.find("mm_vision_tower");
  const bool intern = tower != config.end() && tower->is_string() &&
                      tower->get<std::string>().find("Intern") != std::string::npos;
  return config.value("model_type", "") == "llava" && !intern;
}

std::unique_ptr<Model> open_llava(const LoadSettings& settings) {
  return adapted_model<adapters::Llava>(settings, "llava");
}

const RegisterFamily llava("llava", &is_llava, &open_llava);

}  // namespace
