// SPDX-License-Identifier: MIT
// InternVL-Chat-1.0 in the command.
#include <adapters/evaluation/llava_wording.hpp>
#include <adapters/internvl_chat_v1.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_internvl_chat_v1(const adapters::Json& config) {
  return config.value("model_type", "") == "llava" && adapters::names_intern_tower(config);
}

std::unique_ptr<Model> open_internvl_chat_v1(const LoadSettings& settings) {
  return adapted_model(load<adapters::InternvlChatV1>(settings), settings, "internvl_chat_v1",
                       adapters::llava_evaluation);
}

const RegisterFamily internvl_chat_v1("internvl_chat_v1", &is_internvl_chat_v1,
                                      &open_internvl_chat_v1);

}  // namespace
