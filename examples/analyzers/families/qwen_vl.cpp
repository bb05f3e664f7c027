// SPDX-License-Identifier: MIT
// Qwen-VL and Qwen-VL-Chat (2023) in the command.
#include <adapters/evaluation/qwen_vl_wording.hpp>
#include <adapters/qwen_vl.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

// A Qwen without a vision tower has this type, too: the adapter says so.
bool is_qwen_vl(const adapters::Json& config) {
  return config.value("model_type", "") == "qwen";
}

std::unique_ptr<Model> open_qwen_vl(const LoadSettings& settings) {
  auto model = load<adapters::QwenVl>(settings);
  const EvaluationWording evaluation =
      model.config().chats ? adapters::qwen_vl_chat_evaluation : adapters::qwen_vl_raw_evaluation;
  return adapted_model(std::move(model), settings, "qwen_vl", evaluation);
}

const RegisterFamily qwen_vl("qwen_vl", &is_qwen_vl, &open_qwen_vl);

}  // namespace
