// SPDX-License-Identifier: MIT
// InternVL-Chat V1.5, V2, V2.5 and InternVL3 in the command.
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
  return adapted_model<adapters::Internvl>(settings, "internvl");
}

const RegisterFamily internvl("internvl", &is_internvl, &open_internvl);

}  // namespace
