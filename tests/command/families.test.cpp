// SPDX-License-Identifier: MIT
// Every family through the built command: trace against its references, analyze and sweep to the end.
#include <fstream>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;

namespace {

struct Family {
  std::string folder;  ///< Below tests/golden.
  std::string prompt;
};

const std::vector<Family> families{{"llava", "USER: <image>\nWhat is it? ASSISTANT:"},
                                   {"llava_next", "USER: <image>\nWhat is it? ASSISTANT:"},
                                   {"internvl", "<image>\nWhat is it?"},
                                   {"internvl_chat_v1", "USER: <image>\nWhat is it? ASSISTANT:"},
                                   {"qwen_vl", "<image>What is it? Answer:"},
                                   {"shikra", "USER: What is in <image>? ASSISTANT:"},
                                   {"instructblip", "<image>What is it?"},
                                   {"qwen2_5_vl", "<image>What is it?"}};

std::string folder_of(const Family& family) {
  return std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/" + family.folder;
}

/// The cases on checkpoints whose weights are committed (a test of the family draws the others).
std::vector<nlohmann::json> cases_of(const Family& family) {
  const std::string folder = folder_of(family);
  std::vector<nlohmann::json> cases;
  const auto all = nlohmann::json::parse(content(folder + "/cases.json"));
  for (const auto& one : all.at("cases")) {
    const std::string weights =
        folder + "/" + one.at("checkpoint").get<std::string>() + "/model.safetensors";
    if (std::filesystem::exists(weights) || std::filesystem::exists(weights + ".index.json")) {
      cases.push_back(one);
    }
  }
  REQUIRE(cases.size() >= 3);
  return cases;
}

/// The arguments that make `trace` do what a golden case records.
std::vector<std::string> arguments_of(const std::string& folder, const nlohmann::json& one,
                                      const Tensors& reference) {
  std::vector<std::string> arguments{"trace", "--model",
                                     folder + "/" + one.at("checkpoint").get<std::string>()};
  if (!one.at("images").empty()) arguments.emplace_back("--image");
  for (const auto& image : one.at("images")) {
    arguments.push_back(folder + "/" + image.get<std::string>());
  }
  const std::string kind = one.contains("prompt") ? "prompt" : "question";
  arguments = words(arguments, {"--" + kind, one.at(kind)});
  if (one.at("answer").is_string()) return words(arguments, {"--answer", one.at("answer")});
  return words(arguments,
               {"--max-new-tokens", std::to_string(reference.shape("answer_ids").front())});
}

}  // namespace

TEST_CASE("every family's trace is what its reference computes on the same checkpoint",
          "[command][families]") {
  const Scratch scratch;
  for (const Family& family : families) {
    const std::string folder = folder_of(family);
    for (const auto& one : cases_of(family)) {
      const std::string name = one.at("name");
      const Tensors reference(folder + "/" + name + ".safetensors");
      const std::string file = (scratch / "trace.safetensors").string();
      const Outcome outcome =
          run_command(words(arguments_of(folder, one, reference), {"--output", file}));
      CAPTURE(family.folder, name, outcome.error);
      REQUIRE(outcome.exit_code == 0);
      CHECK(difference(Tensors(file), reference) == "");
    }
  }
}

TEST_CASE("every checkpoint of every family can be analysed and swept", "[command][families]") {
  for (const Family& family : families) {
    const std::string folder = folder_of(family);
    std::map<std::string, std::string> picture_of;
    for (const auto& one : cases_of(family)) {
      if (!one.at("images").empty()) picture_of[one.at("checkpoint")] = one.at("images").at(0);
    }
    REQUIRE(!picture_of.empty());
    for (const auto& [checkpoint, picture] : picture_of) {
      const Scratch scratch;
      const std::string model = folder + "/" + checkpoint;
      const Outcome analysed =
          run_command({"analyze", "--model", model, "--image", folder + "/" + picture, "--prompt",
                       family.prompt, "--max-new-tokens", "2", "--cam-samples", "0", "--output",
                       (scratch / "analysis").string()});
      CAPTURE(family.folder, checkpoint, analysed.error);
      CHECK(analysed.exit_code == 0);
      CHECK(std::filesystem::exists(scratch / "analysis/report.html"));

      // A forced answer with blanks, and with characters of several tokens.
      const Outcome forced =
          run_command({"analyze", "--model", model, "--image", folder + "/" + picture, "--prompt",
                       family.prompt, "--answer", "a dog, naïve 😀", "--cam-samples", "0",
                       "--output", (scratch / "forced").string()});
      CAPTURE(forced.error);
      CHECK(forced.exit_code == 0);
      for (const char* name : {"analysis", "forced"}) {
        const auto flow = nlohmann::json::parse(content(scratch / name / "flow.json"));
        CHECK(answer_tokens(flow) == flow.at("answer").get<std::string>());
      }

      std::ofstream items(scratch / "items.jsonl");
      for (const char* question : {"Is it?", "What is it?"}) {
        items << nlohmann::json{{"id", question},
                                {"image", picture},
                                {"question", question},
                                {"answer", "Yes"}}
              << "\n";
      }
      items.close();
      const Outcome swept = run_command({"sweep", "--model", model, "--task", "vqa", "--data",
                                         (scratch / "items.jsonl").string(), "--images", folder,
                                         "--control", "top-k:2", "--max-new-tokens", "2",
                                         "--output", (scratch / "sweep").string()});
      CAPTURE(swept.error);
      CHECK(swept.exit_code == 0);
      CHECK(std::filesystem::exists(scratch / "sweep/decision.json"));
    }
  }
}
