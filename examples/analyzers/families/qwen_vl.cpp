// SPDX-License-Identifier: MIT
// Qwen-VL and Qwen-VL-Chat (2023) in the command.
#include <adapters/qwen_vl.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

// A Qwen without a vision tower has this type, too: the adapter says so.
bool is_qwen_vl(const adapters::Json& config) { return config.value("model_type", "") == "qwen"; }

std::unique_ptr<Model> open_qwen_vl(const LoadSettings& settings) {
  return adapted_model<adapters::QwenVl>(settings, "qwen_vl");
}

const RegisterFamily qwen_vl("qwen_vl", &is_qwen_vl, &open_qwen_vl);

}  // namespace
