// SPDX-License-Identifier: MIT
// What the command makes of checkpoints whose files say odd things, lie, or are no checkpoints.
#include <cstring>
#include <fstream>
#include <functional>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string head = "language_model.lm_head.weight";

/// A copy of the small trained model whose files can be changed.
struct Copy {
  Scratch folder;
  std::string model = (folder / "model").string();

  Copy() { std::filesystem::copy(tiny + "/checkpoint", model); }

  void change(const std::string& file, const std::function<void(nlohmann::json&)>& how) const {
    auto json = nlohmann::json::parse(content(model + "/" + file));
    how(json);
    write(model + "/" + file, json.dump());
  }

  /// Every value of a float16 tensor gets these bits.
  void fill(const std::string& tensor, std::uint16_t bits) const {
    std::string bytes = content(model + "/model.safetensors");
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof(size));
    const auto header = nlohmann::json::parse(bytes.substr(8, size));
    const auto& entry = header.at(tensor);
    REQUIRE(entry.at("dtype") == "F16");
    const auto& offsets = entry.at("data_offsets");
    for (auto at = offsets[0].get<std::size_t>(); at < offsets[1].get<std::size_t>(); at += 2) {
      std::memcpy(bytes.data() + 8 + size + at, &bits, sizeof(bits));
    }
    write(model + "/model.safetensors", bytes);
  }

  [[nodiscard]] Outcome trace(const std::vector<std::string>& more = {}) const {
    return run_command(words(
        {"trace", "--model", model, "--image", tiny + "/pictures/300.png", "--question",
         "Is there a red circle in the image?", "--output", (folder / "out.safetensors").string()},
        more));
  }
  [[nodiscard]] Outcome analyze(const std::vector<std::string>& more = {}) const {
    return run_command(
        words({"analyze", "--model", model, "--image", tiny + "/pictures/300.png", "--question",
               "Is there a red circle in the image?", "--output", (folder / "analysis").string()},
              more));
  }
  [[nodiscard]] Outcome sweep(const std::vector<std::string>& more = {}) const {
    return run_command(
        words({"sweep", "--model", model, "--task", "vqa", "--data", tiny + "/yesno.jsonl",
               "--images", tiny, "--layers", "4", "--output", (folder / "sweep").string()},
              more));
  }
};

void check_error(const Outcome& outcome, const std::string& says) {
  CAPTURE(outcome.out, outcome.error);
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.error, ContainsSubstring(says));
}

}  // namespace

TEST_CASE("what is not used is not checked, and a stored head is used", "[command][loading]") {
  const auto said = [](const Outcome& outcome) {
    CAPTURE(outcome.error);
    CHECK(outcome.exit_code == 0);
    return outcome.out.substr(outcome.out.rfind('('));
  };
  const std::string wanted = said(Copy().trace());
  const auto check = [&](const std::string& file, const std::string& part, const std::string& key,
                         const nlohmann::json& value) {
    CAPTURE(file, part, key, value.dump());
    const Copy copy;
    copy.change(file, [&](auto& json) { (part.empty() ? json : json[part])[key] = value; });
    CHECK(said(copy.trace()) == wanted);
  };
  for (const std::string part : {"", "text_config"}) {
    check("config.json", part, "tie_word_embeddings", true);
    check("config.json", part, "pad_token_id", -1);
  }
  check("generation_config.json", "", "bos_token_id", nullptr);
  check("config.json", "", "vision_feature_layer", {-2});
  const Copy nan;
  std::string settings = content(nan.model + "/generation_config.json");
  settings.replace(settings.find('{'), 1, "{\"temperature\": NaN, \"top_p\": Infinity, ");
  write(nan.model + "/generation_config.json", settings);
  CHECK(said(nan.trace()) == wanted);
}

TEST_CASE("a tensor that nothing reads is left out with a note", "[command][loading]") {
  const Copy copy;
  std::string bytes = content(copy.model + "/model.safetensors");
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof(size));
  auto header = nlohmann::json::parse(bytes.substr(8, size));
  const std::size_t end = bytes.size() - 8 - size;
  header["image_newline"] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {end, end + 4}}};
  const std::string text = header.dump();
  const auto length = static_cast<std::uint64_t>(text.size());
  std::string changed(reinterpret_cast<const char*>(&length), sizeof(length));
  changed += text + bytes.substr(8 + size) + std::string(4, '\0');
  write(copy.model + "/model.safetensors", changed);
  const Outcome outcome = copy.trace();
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.error, ContainsSubstring("note: no part of the model reads the tensor "
                                              "image_newline"));
}

TEST_CASE("a head of zeros answers nothing, and trace, analyze and sweep say so",
          "[command][loading]") {
  const Copy copy;
  copy.fill(head, 0);
  check_error(copy.trace(), "the same logit");
  check_error(copy.trace({"--answer", "Yes"}), "the same logit");
  check_error(copy.analyze(), "the same logit");
  check_error(copy.sweep(), "the same logit");
  CHECK_FALSE(std::filesystem::exists(copy.folder / "out.safetensors"));
}

TEST_CASE("numbers that overflow in float16 are named at the first logits", "[command][loading]") {
  const Copy copy;
  copy.fill("language_model.model.layers.0.mlp.down_proj.weight", 0x7B53);  // 60,000
  CHECK(copy.trace().exit_code == 0);
  const std::vector<std::string> half{"--dtype", "float16"};
  for (const Outcome& outcome : {copy.trace(half), copy.analyze(half),
                                 copy.sweep({"--dtype", "float16", "--control", "uniform:0.25"}),
                                 copy.trace({"--dtype", "float16", "--answer", "Yes"})}) {
    check_error(outcome, "logits hold NaN or infinity");
    CHECK_THAT(outcome.error, ContainsSubstring("float32") && !ContainsSubstring("gradients"));
  }
  // Controls that rank by attention see it there, before there are logits.
  const Copy other;
  other.fill("language_model.model.layers.0.mlp.down_proj.weight", 0x7B53);
  check_error(other.sweep(half), "check its dtype");
}

TEST_CASE("absurd factors are refused", "[command][loading]") {
  const Copy copy;
  copy.change("config.json", [](auto& json) { json["text_config"]["rms_norm_eps"] = 1e300; });
  check_error(copy.trace(), "\"rms_norm_eps\" is 1e+300");
}

TEST_CASE("what is no checkpoint's folder is named as what it is", "[command][loading]") {
  Copy copy;
  copy.model = "llava-hf/llava-1.5-7b-hf";
  check_error(copy.trace(), "hf download llava-hf/llava-1.5-7b-hf");
  copy.model = "https://huggingface.co/llava-hf/llava-1.5-7b-hf";
  check_error(copy.trace(), "an address");
  copy.model = (copy.folder / "llava-q4.gguf").string();
  write(copy.model, "GGUF");
  check_error(copy.trace(), "GGUF");
}

TEST_CASE("a git-lfs pointer is named, whatever file it stands for", "[command][loading]") {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 4966157032\n";
  for (const char* file : {"model.safetensors", "config.json", "tokenizer.json",
                           "tokenizer_config.json", "generation_config.json"}) {
    const Copy copy;
    write(copy.model + "/" + file, pointer);
    const Outcome outcome = copy.trace();
    check_error(outcome, "git-lfs pointer");
    CHECK_THAT(outcome.error, ContainsSubstring(file));
  }
}
