// SPDX-License-Identifier: MIT
// LLaVA-1.6 (LLaVA-NeXT) in the command.
#include <adapters/evaluation/llava_next_wording.hpp>
#include <adapters/internvl_chat_v1/config.hpp>
#include <adapters/llava_next.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_llava_next(const adapters::Json& config) {
  return config.value("model_type", "") == "llava_next" ||
         (adapters::is_original_llava_next(config) && !adapters::names_intern_tower(config));
}

std::unique_ptr<Model> open_llava_next(const LoadSettings& settings) {
  return adapted_model(load<adapters::LlavaNext>(settings), settings, "llava_next",
                       adapters::llava_next_evaluation);
}

const RegisterFamily llava_next("llava_next", &is_llava_next, &open_llava_next);

}  // namespace
