// SPDX-License-Identifier: MIT
// LLaVA-1.5 in the command.
#include <adapters/llava.hpp>

#include <filesystem>

#include "../families.hpp"

namespace {

using namespace infoflow;
using namespace infoflow::analyzers;

std::unique_ptr<Model> open_llava(const LoadSettings& settings) {
  auto adapter = adapters::Llava::from_directory(
      settings.directory, {.dtype = settings.dtype, .device = settings.device});
  const auto path = std::filesystem::weakly_canonical(settings.directory);
  return std::make_unique<AdaptedModel<adapters::Llava>>(
      std::move(adapter), ModelInfo{.name = path.filename().string(),
                                    .family = "llava",
                                    .dtype = settings.dtype,
                                    .device = settings.device});
}

const RegisterFamily llava("llava", &open_llava);

}  // namespace
