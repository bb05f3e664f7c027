// SPDX-License-Identifier: MIT
/// \file The golden references of tests/golden/llava: checkpoints, cases and tensors.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint_tensors.hpp>
#include <adapters/json_file.hpp>
#include <adapters/llava.hpp>
#include <infoflow/adapter/generate.hpp>
#include <infoflow/io/read_image.hpp>

#include "../torch/tensors.hpp"

namespace infoflow::tests {

[[nodiscard]] inline std::filesystem::path golden_directory() {
  return std::filesystem::path(INFOFLOW_SOURCE_DIR) / "tests" / "golden" / "llava";
}

/// One case of cases.json with its tensors; the README beside the goldens says what they are.
class GoldenCase {
 public:
  explicit GoldenCase(const adapters::Json& json)
      : json_(json), file_(golden_directory() / (name() + ".safetensors")) {}

  [[nodiscard]] std::string name() const { return json_.at("name"); }
  [[nodiscard]] std::string checkpoint() const { return json_.at("checkpoint"); }
  [[nodiscard]] std::optional<std::string> forced_answer() const {
    if (json_.at("answer").is_null()) return std::nullopt;
    return json_.at("answer").get<std::string>();
  }
  [[nodiscard]] std::string answer_text() const { return json_.at("answer_text"); }
  [[nodiscard]] std::optional<TokenId> stop_id() const {
    if (json_.at("stop_id").is_null()) return std::nullopt;
    return json_.at("stop_id").get<TokenId>();
  }
  [[nodiscard]] bool has(const std::string& part) const {
    const auto& parts = json_.at("parts");
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  }
  [[nodiscard]] double bfloat16_error(const std::string& tensor) const {
    return json_.at("bfloat16_error").at(tensor);
  }

  [[nodiscard]] std::vector<RgbImage> images() const {
    std::vector<RgbImage> images;
    for (const auto& path : json_.at("images")) {
      images.push_back(read_image(golden_directory() / path.get<std::string>()).image);
    }
    return images;
  }
  [[nodiscard]] std::string text(const adapters::Llava& model) const {
    if (json_.contains("prompt")) return json_.at("prompt");
    return model.question_prompt(json_.at("question").get<std::string>(), json_.at("images").size());
  }

  /// A stored tensor in float32; `ids` for those that hold tokens or positions.
  [[nodiscard]] at::Tensor tensor(const std::string& name) const {
    const adapters::StoredTensor& stored = file_.tensors().at(name);
    const auto type = *adapters::detail::floating_type(stored.type);
    return adapters::detail::as_tensor(stored, type).to(at::kFloat);
  }
  [[nodiscard]] std::vector<TokenId> ids(const std::string& name) const {
    const adapters::StoredTensor& stored = file_.tensors().at(name);
    std::vector<TokenId> ids(stored.bytes.size() / sizeof(TokenId));
    std::memcpy(ids.data(), stored.bytes.data(), stored.bytes.size());
    return ids;
  }
  [[nodiscard]] bool contains(const std::string& name) const { return file_.find(name) != nullptr; }
  [[nodiscard]] std::vector<Index> positions(const std::string& name) const {
    const auto values = ids(name);
    return {values.begin(), values.end()};
  }
  [[nodiscard]] std::vector<Role> roles() const {
    const adapters::StoredTensor& stored = file_.tensors().at("roles");
    std::vector<Role> roles;
    for (const std::byte role : stored.bytes) roles.push_back(static_cast<Role>(role));
    return roles;
  }

 private:
  adapters::Json json_;
  adapters::SafetensorsFile file_;
};

[[nodiscard]] inline std::vector<GoldenCase> golden_cases(const std::string& with_part = "") {
  const auto json = adapters::read_json(golden_directory() / "cases.json");
  std::vector<GoldenCase> cases;
  for (const auto& item : json.at("cases")) {
    GoldenCase golden(item);
    if (with_part.empty() || golden.has(with_part)) cases.push_back(std::move(golden));
  }
  return cases;
}

/// The checkpoint of a case, loaded once per precision.
[[nodiscard]] inline const adapters::Llava& model_of(const std::string& checkpoint,
                                                     const std::string& dtype = "float32") {
  static std::map<std::pair<std::string, std::string>, adapters::Llava> models;
  const auto key = std::pair(checkpoint, dtype);
  const auto found = models.find(key);
  if (found != models.end()) return found->second;
  return models
      .emplace(key, adapters::Llava::from_directory(golden_directory() / checkpoint, {dtype, "cpu"}))
      .first->second;
}

/// A case, prepared and encoded by our own code.
struct PreparedCase {
  const adapters::Llava& model;
  Prompt prompt;
  adapters::Llava::ImageTokens images;
  std::vector<TokenId> answer;

  explicit PreparedCase(const GoldenCase& golden, const std::string& dtype = "float32")
      : model(model_of(golden.checkpoint(), dtype)),
        prompt(model.prepare(golden.images(), golden.text(model))),
        images(model.encode(prompt.pixels)),
        answer(golden.ids("answer_ids")) {}

  [[nodiscard]] TokenPartition partition() const {
    return prompt.partition.with_answer(static_cast<Index>(answer.size()));
  }
};

}  // namespace infoflow::tests
