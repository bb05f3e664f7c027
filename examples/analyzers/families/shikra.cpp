// SPDX-License-Identifier: MIT
// Shikra in the command.
#include <adapters/evaluation/shikra_wording.hpp>
#include <adapters/shikra.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_shikra(const adapters::Json& config) {
  return config.value("model_type", "") == "shikra";
}

std::unique_ptr<Model> open_shikra(const LoadSettings& settings) {
  return adapted_model(load<adapters::Shikra>(settings), settings, "shikra",
                       adapters::shikra_evaluation);
}

const RegisterFamily shikra("shikra", &is_shikra, &open_shikra);

}  // namespace
