// SPDX-License-Identifier: MIT
#include "families.hpp"

#include <filesystem>
#include <map>

#include <adapters/json_file.hpp>

#include "progress_bar.hpp"

namespace infoflow::analyzers {

namespace {

// A function's static, because families register from other files' initialisers.
std::map<std::string, OpenModel>& families() {
  static std::map<std::string, OpenModel> known;
  return known;
}

std::string known_families() {
  std::string names;
  for (const auto& [name, open] : families()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

RegisterFamily::RegisterFamily(std::string model_type, OpenModel open) {
  families().emplace(std::move(model_type), open);
}

std::unique_ptr<Model> open_model(const LoadSettings& settings) {
  const std::filesystem::path directory(settings.directory);
  if (!std::filesystem::is_directory(directory)) {
    throw Error("no such folder", settings.directory,
                "give --model the folder of a checkpoint, with config.json in it");
  }
  const std::string config = (directory / "config.json").string();
  const auto json = adapters::read_json(config);
  const std::string type = adapters::get_or<std::string>(json, "model_type", "", config);
  const auto family = families().find(type);
  if (family == families().end()) {
    throw Error(type.empty() ? "the configuration names no model_type"
                             : "model_type \"" + type + "\" is not a family that this build knows",
                config, "known: " + known_families());
  }
  ProgressBar progress("load");
  LoadSettings told = settings;
  told.progress = std::ref(progress);
  return family->second(told);
}

}  // namespace infoflow::analyzers
