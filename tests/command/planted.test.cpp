// SPDX-License-Identifier: MIT
// Checkpoints that learnt to answer by one object: in every family the heat that a page shows lies on it, and
// does not where the weights are random.
#include <algorithm>
#include <filesystem>
#include <sstream>
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
                                                  {"shikra", "shikra/seven"},
                                                  {"instructblip", "instructblip/current"},
                                                  {"qwen2_5_vl", "qwen2_5_vl/qwen2_5"},
                                                  {"internvl", "internvl/hf_qwen3"}};

/// The golden's folder with other weights, as links in `folder`.
std::string planted_checkpoint(const PlantedFamily& family, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const auto& entry : std::filesystem::directory_iterator(goldens / family.golden)) {
    const std::string file = entry.path().filename().string();
    if (file.find(".safetensors") != std::string::npos) continue;  // an index of parts, too
    std::filesystem::create_symlink(entry.path(), folder / file);
  }
  const std::string weights = "model.safetensors";
  std::filesystem::create_symlink(planted / family.name / weights, folder / weights);
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

/// The colour of the square in a planted picture.
std::string colour_in(const std::string& picture) {
  std::istringstream rows(content(planted / "questions.jsonl"));
  for (std::string row; std::getline(rows, row);) {
    const auto question = nlohmann::json::parse(row);
    if (question.at("image") == picture) return question.at("answer");
  }
  return "no such picture";
}

/// How often the heat that a page shows, at its best layer, lies on the object; position by position, as
/// it was planted.
double heat_rate(const nlohmann::json& rates) {
  double best = 0;
  for (const auto& rate : rates) {
    if (rate.at("map") == "post_attention_norm" && rate.at("weighting") == "hires") {
      best = std::max(best, rate.at("hit_rate").get<double>());
    }
  }
  return best;
}

}  // namespace

TEST_CASE("heat lies on the object that a planted checkpoint answers by", "[command][planted]") {
  for (const PlantedFamily& family : planted_families) {
    CAPTURE(family.name);
    const Scratch scratch;
    const std::string model = planted_checkpoint(family, scratch / "model");
    // The square is an eighth of the picture. InternVL, whose tokens are as large as it, has 0.75 of 16.
    CHECK(heat_rate(rates_of(model, scratch / "planted")) >= 0.6);
    CHECK(heat_rate(rates_of((goldens / family.golden).string(), scratch / "random")) < 0.4);

    const std::string output = (scratch / "analysis").string();
    const Outcome analysed =
        run_command({"analyze", "--model", model, "--image", (planted / "pictures/00.png").string(),
                     "--question", "Which colour?", "--max-new-tokens", "1", "--cam-samples", "0",
                     "--output", output});
    CAPTURE(analysed.error);
    REQUIRE(analysed.exit_code == 0);
    CHECK(std::filesystem::exists(scratch / "analysis/report.html"));
    const auto flow = nlohmann::json::parse(content(scratch / "analysis/flow.json"));
    const std::string answer = flow.at("answer");
    REQUIRE(!answer.empty());
    CHECK(colour_in("00.png").starts_with(answer));
  }
}
