// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;

namespace {

std::vector<std::string> trace(const std::string& checkpoint, const std::string& output,
                               const std::vector<std::string>& more) {
  return words({"trace", "--model", golden + "/" + checkpoint, "--output", output}, more);
}

struct Case {
  std::string name;
  std::string checkpoint;
  std::vector<std::string> arguments;
};

const std::vector<Case> cases{
    {"plain", "plain", {"--image", wide, "--prompt", plain_prompt, "--max-new-tokens", "4"}},
    {"plain_forced",
     "plain",
     {"--image", wide, "--prompt", plain_prompt, "--answer", "Yes, a red dog."}},
    {"plain_question",
     "plain",
     {"--image", tall, "--question", "Is there a dog?", "--max-new-tokens", "4"}},
    {"plain_two_images",
     "plain",
     {"--image", wide, tall, "--prompt",
      "USER: <image>\nor <image>\nWhich one is red? ASSISTANT:", "--max-new-tokens", "4"}},
    {"grouped", "grouped", {"--image", wide, "--prompt", plain_prompt, "--max-new-tokens", "4"}},
    {"tied_forced",
     "tied",
     {"--image", tall, "--prompt", plain_prompt, "--answer", "Caf\u00e9 \u2603"}},
    {"full", "full", {"--image", tall, "--prompt", plain_prompt, "--max-new-tokens", "4"}},
};

}  // namespace

TEST_CASE("trace writes what eager transformers computes on the same checkpoint",
          "[command][trace]") {
  const Scratch folder;
  for (const Case& one : cases) {
    const std::string file = (folder / (one.name + ".safetensors")).string();
    const Outcome outcome = run_command(trace(one.checkpoint, file, one.arguments));
    CAPTURE(one.name, outcome.error);
    REQUIRE(outcome.exit_code == 0);
    CHECK(difference(Tensors(file), Tensors(golden + "/" + one.name + ".safetensors")) == "");
  }
  // The comparison itself: another picture's trace is not taken for this one's.
  CHECK(difference(Tensors(folder / "full.safetensors"), Tensors(golden + "/plain.safetensors")) !=
        "");
}

TEST_CASE("the same trace gives the same bytes, another seed others", "[command][trace]") {
  const Scratch folder;
  const auto run = [&](const std::string& name, const std::string& seed) {
    const std::string file = (folder / name).string();
    const Outcome outcome =
        run_command(trace("plain", file,
                          {"--image", wide, "--prompt", plain_prompt, "--answer", "Yes",
                           "--cam-samples", "2", "--cam-weighting", "hires", "--seed", seed}));
    REQUIRE(outcome.exit_code == 0);
    return content(file);
  };

  const std::string first = run("first", "5");

  CHECK(run("second", "5") == first);
  CHECK(Tensors(folder / "first").note("cam_samples") == "2");
  CHECK(Tensors(folder / "first").note("cam_weighting") == "hires");
  CHECK(Tensors(folder / "first").note("layers_without_flow") == "2");
  CHECK(Tensors(folder / "first").note("layers_that_cancel").empty());
  run("third", "6");
  CHECK(Tensors(folder / "third").raw("cam") != Tensors(folder / "first").raw("cam"));
  CHECK(Tensors(folder / "third").raw("logits") == Tensors(folder / "first").raw("logits"));
}

TEST_CASE("an answer without tokens gives tensors without rows, a note, and no failure",
          "[command][trace]") {
  const Scratch folder;
  const std::string file = (folder / "empty.safetensors").string();

  const Outcome outcome = run_command(
      trace("plain", file, {"--image", wide, "--prompt", plain_prompt, "--max-new-tokens", "0"}));

  CHECK(outcome.exit_code == 0);
  CHECK(outcome.error.starts_with("note: "));
  const Tensors tensors(file);
  CHECK(tensors.shape("answer_ids") == std::vector<std::int64_t>{0});
  CHECK(tensors.shape("logits").front() == 0);
  CHECK(tensors.shape("input_ids") == std::vector<std::int64_t>{16});
}
