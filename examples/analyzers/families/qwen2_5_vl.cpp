// SPDX-License-Identifier: MIT
// Qwen2-VL and Qwen2.5-VL in the command.
#include <adapters/evaluation/qwen2_5_vl_wording.hpp>
#include <adapters/qwen2_5_vl.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_qwen2_5_vl(const adapters::Json& config) {
  const std::string type = config.value("model_type", "");
  return type == "qwen2_5_vl" || type == "qwen2_vl";
}

std::unique_ptr<Model> open_qwen2_5_vl(const LoadSettings& settings) {
  return adapted_model(load<adapters::Qwen2_5Vl>(settings), settings, "qwen2_5_vl",
                       adapters::qwen2_5_vl_evaluation);
}

const RegisterFamily qwen2_5_vl("qwen2_5_vl", &is_qwen2_5_vl, &open_qwen2_5_vl);

}  // namespace
