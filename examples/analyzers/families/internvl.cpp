// SPDX-License-Identifier: MIT
// InternVL-Chat V1.5, V2, V2.5, InternVL3 and 3.5 in the command.
#include <adapters/evaluation/internvl_wording.hpp>
#include <adapters/internvl.hpp>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

bool is_internvl(const adapters::Json& config) {
  const std::string type = config.value("model_type", "");
  return type == "internvl" || type == "internvl_chat";
}

std::unique_ptr<Model> open_internvl(const LoadSettings& settings) {
  return adapted_model(load<adapters::Internvl>(settings), settings, "internvl",
                       adapters::internvl_evaluation);
}

const RegisterFamily internvl("internvl", &is_internvl, &open_internvl);

}  // namespace
