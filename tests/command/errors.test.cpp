// SPDX-License-Identifier: MIT
#include <fstream>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// One line on stderr that says `says`, and nothing on stdout.
void check_refusal(const std::vector<std::string>& arguments, int exit_code,
                   const std::vector<std::string>& says) {
  const Outcome outcome = run_command(arguments);
  CAPTURE(arguments, outcome.out, outcome.error);
  CHECK(outcome.exit_code == exit_code);
  CHECK(outcome.out.empty());
  CHECK(outcome.error.starts_with("infoflow: "));
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  CHECK(outcome.error.ends_with('\n'));
  for (const std::string& text : says) CHECK_THAT(outcome.error, ContainsSubstring(text));
}

/// The checkpoint `plain`, to be spoiled.
std::string copied_checkpoint(const Scratch& folder) {
  std::filesystem::copy(golden + "/plain", folder / "model");
  return (folder / "model").string();
}

struct Trace {
  Scratch folder;
  std::string model = golden + "/plain";
  std::string image = wide;
  std::string prompt = plain_prompt;

  [[nodiscard]] std::vector<std::string> operator()(
      const std::vector<std::string>& more = {}) const {
    return words({"trace", "--model", model, "--image", image, "--prompt", prompt, "--answer",
                  "Yes", "--output", (folder / "out.safetensors").string()},
                 more);
  }
};

}  // namespace

TEST_CASE("help and version are no failures", "[command]") {
  CHECK(run_command({"--version"}).exit_code == 0);
  const Outcome help = run_command({"analyze", "--help"});
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.out, ContainsSubstring("--hit-rates"));
}

TEST_CASE("wrong usage ends with 2 and one line", "[command]") {
  const Trace trace;
  check_refusal({}, 2, {"--help"});
  check_refusal({"analyse"}, 2, {"--help"});
  check_refusal(trace({"--cam-sample", "3"}), 2, {"--cam-sample"});
  check_refusal(trace({"--dtype", "float8"}), 2, {"--dtype"});
  check_refusal(trace({"--question", "and a prompt"}), 2, {"--question"});
  check_refusal({"trace", "--model", golden + "/plain", "--image", wide, "--output", "x"}, 2,
                {"--question"});
  check_refusal({"analyze", "--model", golden + "/plain", "--question", "What?", "--output", "x"},
                2, {"--image"});
}

TEST_CASE("a model that is not there or not known is refused by name", "[command]") {
  Trace trace;
  trace.model = "/no/such/folder";
  check_refusal(trace(), 1, {"/no/such/folder"});

  trace.model = copied_checkpoint(trace.folder);
  auto config = nlohmann::json::parse(content(trace.model + "/config.json"));
  config["model_type"] = "llama\x1b[31m";
  write(trace.model + "/config.json", config.dump());
  check_refusal(trace(), 1, {"config.json", "model_type", "llava"});
  CHECK(run_command(trace()).error.find('\x1b') == std::string::npos);
}

TEST_CASE("a safetensors header that lies is refused", "[command]") {
  Trace trace;
  trace.model = copied_checkpoint(trace.folder);
  const std::string file = trace.model + "/model.safetensors";
  const std::string good = content(file);

  std::string claims_more = good;
  claims_more[6] = '\x7f';  // A header of 2^55 bytes.
  write(file, claims_more);
  check_refusal(trace(), 1, {"model.safetensors", "header"});

  write(file, good.substr(0, good.size() / 2));
  check_refusal(trace(), 1, {"model.safetensors"});

  std::string lies = good;
  const std::size_t at = lies.find("\"F32\"");
  REQUIRE(at != std::string::npos);
  lies.replace(at, 5, "\"F16\"");
  write(file, lies);
  check_refusal(trace(), 1, {"model.safetensors"});
}

TEST_CASE("a picture that cannot be read is refused by name", "[command]") {
  Trace trace;
  trace.image = (trace.folder / "picture.png").string();
  check_refusal(trace(), 1, {"picture.png"});

  write(trace.image, "not a picture at all");
  check_refusal(trace(), 1, {"picture.png"});

  const std::string whole = content(wide);
  write(trace.image, whole.substr(0, whole.size() - 40));
  check_refusal(trace(), 1, {"picture.png"});
}

TEST_CASE("prompt and pictures must agree on their number", "[command]") {
  Trace trace;
  trace.prompt = "USER: What is it? ASSISTANT:";
  check_refusal(trace(), 1, {"<image>"});
  trace.prompt = "USER: <image><image> What is it? ASSISTANT:";
  check_refusal(trace(), 1, {"<image>"});
}

TEST_CASE("a CAM target or site that does not exist is refused", "[command]") {
  const Trace trace;
  check_refusal(trace({"--cam-target", "tokens:1"}), 1, {"tokens:1", "token:I"});
  check_refusal(trace({"--cam-target", "token:-1"}), 1, {"token:-1"});
  check_refusal(trace({"--cam-target", "token:99"}), 1, {"99"});
  check_refusal(trace({"--cam-site", "attention"}), 1, {"attention", "post_attention_norm"});
}

TEST_CASE("output that cannot be written is refused before the model is loaded", "[command]") {
  const Scratch folder;
  write(folder / "file", "in the way");
  const std::string output = (folder / "file" / "analysis").string();

  // The model does not exist either, but what is said first is about the output.
  check_refusal({"analyze", "--model", "/no/such/folder", "--image", wide, "--question", "What?",
                 "--output", output},
                1, {output});
  check_refusal({"trace", "--model", golden + "/plain", "--image", wide, "--question", "What?",
                 "--answer", "Yes", "--output", output},
                1, {output});
}

TEST_CASE("hit rates that are something else are refused", "[command]") {
  const Scratch folder;
  const std::string file = (folder / "point.json").string();
  const auto refuses = [&](const std::string& text, const std::string& says) {
    write(file, text);
    check_refusal({"analyze", "--model", "/no/such/folder", "--image", wide, "--question", "What?",
                   "--output", (folder / "out").string(), "--hit-rates", file},
                  1, {"point.json", says});
  };
  refuses("{", "JSON");
  refuses("{\"model\": \"m\"}", "rates");
  refuses("{\"rates\": [{\"map\": \"attention\"}]}", "layer");
}
