// SPDX-License-Identifier: MIT
#include "families.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <adapters/checkpoint/checkpoint_folder.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/half_products.hpp>
#include <infoflow/text/printable.hpp>

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
  adapters::require_checkpoint_folder(settings.directory);
  const std::string config = (std::filesystem::path(settings.directory) / "config.json").string();
  const auto json = adapters::read_json(config);
  const std::string type = adapters::get_or<std::string>(json, "model_type", "", config);
  const auto family = std::find_if(families().begin(), families().end(),
                                   [&](const Family& f) { return f.recognises(json); });
  if (family == families().end()) {
    throw Error(type.empty() ? "the configuration names no model_type"
                             : "model_type \"" + type + "\" is not a family that this build knows",
                config, "known: " + known_families());
  }
  std::vector<std::string> notes;
  std::unique_ptr<Model> model;
  {
    ProgressBar progress("load");
    LoadSettings told = settings;
    told.progress = std::ref(progress);
    told.note = [&](const std::string& note) { notes.push_back(note); };
    adapters::half_products() = adapters::parse_half_products(settings.half_products);
    model = family->open(told);
  }
  for (const std::string& note : notes) fmt::print(stderr, "note: {}\n", printable(note));
  return model;
}

}  // namespace infoflow::analyzers
