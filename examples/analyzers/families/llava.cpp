// SPDX-License-Identifier: MIT
// LLaVA-1.5 in the command.
#include <adapters/evaluation/llava_wording.hpp>
#include <adapters/internvl_chat_v1/config.hpp>
#include <adapters/llava.hpp>
#include <adapters/llava_next/original_config.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

// What the original LLaVA code wrote is told so by the adapter; with tiles it is LLaVA-1.6, with a tower
// of InternVL's InternVL-Chat-1.0.
bool is_llava(const adapters::Json& config) {
  return config.value("model_type", "") == "llava" && !adapters::names_intern_tower(config) &&
         !adapters::is_original_llava_next(config);
}

std::unique_ptr<Model> open_llava(const LoadSettings& settings) {
  return adapted_model(load<adapters::Llava>(settings), settings, "llava",
                       adapters::llava_evaluation);
}

const RegisterFamily llava("llava", &is_llava, &open_llava);

}  // namespace
