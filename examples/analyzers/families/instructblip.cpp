// SPDX-License-Identifier: MIT
// InstructBLIP in the command.
#include <adapters/evaluation/instructblip_wording.hpp>
#include <adapters/instructblip.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_instructblip(const adapters::Json& config) {
  return config.value("model_type", "") == "instructblip";
}

std::unique_ptr<Model> open_instructblip(const LoadSettings& settings) {
  return adapted_model(load<adapters::InstructBlip>(settings), settings, "instructblip",
                       adapters::instructblip_evaluation);
}

const RegisterFamily instructblip("instructblip", &is_instructblip, &open_instructblip);

}  // namespace
