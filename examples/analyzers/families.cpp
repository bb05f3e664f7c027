// SPDX-License-Identifier: MIT
#include "families.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <adapters/checkpoint/json_file.hpp>

#include "progress_bar.hpp"

namespace infoflow::analyzers {

namespace {

struct Family {
  std::string name;
  Recognises recognises;
  OpenModel open;
};

// A function's static, because families register from other files' initialisers.
std::vector<Family>& families() {
  static std::vector<Family> known;
  return known;
}

std::string known_families() {
  std::vector<std::string> sorted;
  for (const Family& family : families()) sorted.push_back(family.name);
  std::sort(sorted.begin(), sorted.end());
  std::string names;
  for (const std::string& name : sorted) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

RegisterFamily::RegisterFamily(std::string name, Recognises recognises, OpenModel open) {
  families().push_back({std::move(name), recognises, open});
}

std::unique_ptr<Model> open_model(const LoadSettings& settings) {
  const std::filesystem::path directory(settings.directory);
  if (!std::filesystem::is_directory(directory)) {
    throw Error("no such folder", settings.directory,
                "give --model the folder of a checkpoint, with config.json in it");
  }
  const std::string config = (directory / "config.json").string();
  if (!std::filesystem::exists(config)) {
    throw Error("no config.json in the folder", settings.directory,
                "give --model the folder of a checkpoint; it may lie one folder deeper");
  }
  const auto json = adapters::read_json(config);
  const std::string type = adapters::get_or<std::string>(json, "model_type", "", config);
  const auto family = std::find_if(families().begin(), families().end(),
                                   [&](const Family& f) { return f.recognises(json); });
  if (family == families().end()) {
    throw Error(type.empty() ? "the configuration names no model_type"
                             : "model_type \"" + type + "\" is not a family that this build knows",
                config, "known: " + known_families());
  }
  ProgressBar progress("load");
  LoadSettings told = settings;
  told.progress = std::ref(progress);
  return family->open(told);
}

}  // namespace infoflow::analyzers
