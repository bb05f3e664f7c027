// SPDX-License-Identifier: MIT
/// \file run.json: which run a sweep's folder is of, so that it can be read again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/output/sweep_data.hpp>
#include <infoflow/output/sweep_manner.hpp>
#include <infoflow/sweep/decide.hpp>
#include <infoflow/sweep/latency.hpp>
#include <infoflow/text/json_fields.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow {

/// What a reader of the folder needs beside the journal; kept as run.json.
struct SweepRunFile {
  SweepData data;
  std::string model;
  std::string policy = "drop-all";
  double margin = 0.01;
  SweepManner manner{};
  std::optional<Latency> latency{};
};

/// What is decided of the run. \param questions  its data
[[nodiscard]] inline DecisionRequest decision_request(const SweepRunFile& run,
                                                      const SweepQuestions& questions) {
  return {run.model, questions.benchmark().title, run.policy, run.margin};
}

[[nodiscard]] inline nlohmann::json run_json(const SweepRunFile& file) {
  nlohmann::json object = {{"task", file.data.task},
                           {"data", file.data.files},
                           {"images", file.data.images},
                           {"rule", file.data.rule},
                           {"skip_bad", file.data.skip_bad},
                           {"limit", file.data.limit},
                           {"model", file.model},
                           {"prompts", file.manner.prompts},
                           {"policy", file.policy},
                           {"score", file.manner.score},
                           {"positions", file.manner.positions},
                           {"margin", file.margin},
                           {"command", file.manner.command}};
  if (file.data.apply_exif) object["exif"] = "apply";
  if (file.latency) {
    object["latency"] = {{"items", file.latency->items},
                         {"untouched", file.latency->untouched},
                         {"cut", file.latency->cut}};
  }
  return object;
}

/// \throws Error if the file cannot be written
inline void write_run_file(const std::filesystem::path& folder, const SweepRunFile& file) {
  output::write_json(folder / "run.json", run_json(file));
}

/// \throws Error if run.json is missing or is none
[[nodiscard]] inline SweepRunFile read_run_file(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "run.json";
  if (!std::filesystem::exists(path)) {
    const bool begun = std::filesystem::exists(folder / "journal.jsonl");
    throw Error(begun ? "this sweep is not finished" : "this is no folder of a sweep",
                folder.string(),
                begun ? "go on with it by sweep --resume" : "give one that sweep wrote");
  }
  const auto bytes = read_file(path, "the run.json of a sweep", 1U << 20U);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const nlohmann::json object = strict_json(text, path.string());
  const JsonFields fields(object, path.string());
  SweepRunFile file;
  file.data = {.task = fields.get<std::string>("task"),
               .files = fields.get<std::vector<std::string>>("data"),
               .images = fields.get<std::string>("images"),
               .rule = fields.get<std::string>("rule"),
               .skip_bad = fields.get<bool>("skip_bad"),
               .limit = Index{fields.get<std::uint32_t>("limit")},
               .apply_exif = fields.get_or<std::string>("exif", "") == "apply"};
  file.model = fields.get<std::string>("model");
  file.manner.prompts = fields.get_or<std::string>("prompts", "");
  file.policy = fields.get<std::string>("policy");
  file.manner.score = fields.get<std::string>("score");
  file.manner.positions = fields.get<std::string>("positions");
  file.margin = fields.get<double>("margin");
  file.manner.command = fields.get<std::string>("command");
  if (fields.has("latency")) {
    const JsonFields latency(fields.object("latency"), path.string());
    file.latency =
        Latency{latency.get<int>("items"), latency.number("untouched"), latency.number("cut")};
  }
  return file;
}

}  // namespace infoflow
