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
      settings.directory,
      {.dtype = settings.dtype, .device = settings.device, .progress = settings.progress});
  // Two folders of the path: checkpoints often lie in one that is called "model" or "checkpoint".
  const auto path = std::filesystem::canonical(settings.directory);
  const auto name = path.parent_path().filename() / path.filename();
  return std::make_unique<AdaptedModel<adapters::Llava>>(std::move(adapter),
                                                         ModelInfo{.name = name.string(),
                                                                   .family = "llava",
                                                                   .dtype = settings.dtype,
                                                                   .device = settings.device});
}

const RegisterFamily llava("llava", &open_llava);

}  // namespace
