// SPDX-License-Identifier: MIT
/// \file The golden references of a family, tests/golden/<family>: checkpoints, cases and tensors.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/run/generate.hpp>

#include "../device/other_device.hpp"
#include "../torch/tensors.hpp"

namespace infoflow::tests {

[[nodiscard]] inline std::filesystem::path golden_directory(const std::string& family) {
  return std::filesystem::path(INFOFLOW_SOURCE_DIR) / "tests" / "golden" / family;
}

/// One case of cases.json with its tensors; the README beside the goldens says what they are.
class GoldenCase {
 public:
  GoldenCase(std::filesystem::path directory, const adapters::Json& json)
      : directory_(std::move(directory)),
        json_(json),
        file_(directory_ / (name() + ".safetensors")) {}

  [[nodiscard]] std::string name() const { return json_.at("name"); }
  [[nodiscard]] std::filesystem::path checkpoint() const {
    return directory_ / json_.at("checkpoint").get<std::string>();
  }
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
      images.push_back(read_image(directory_ / path.get<std::string>()).image);
    }
    return images;
  }
  /// The prompt; a question is put into the template of `model`.
  template <class Adapter>
  [[nodiscard]] std::string text(const Adapter& model) const {
    if (json_.contains("prompt")) return json_.at("prompt");
    return model.question_prompt(json_.at("question").get<std::string>(),
                                 json_.at("images").size());
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
  std::filesystem::path directory_;
  adapters::Json json_;
  adapters::SafetensorsFile file_;
};

/// The cases of a family, or those of them that store a part.
[[nodiscard]] inline std::vector<GoldenCase> golden_cases(const std::string& family,
                                                          const std::string& with_part = "") {
  const auto json = adapters::read_json(golden_directory(family) / "cases.json");
  std::vector<GoldenCase> cases;
  for (const auto& item : json.at("cases")) {
    GoldenCase golden(golden_directory(family), item);
    if (with_part.empty() || golden.has(with_part)) cases.push_back(std::move(golden));
  }
  return cases;
}

/// A checkpoint on the device that is tested, loaded once per precision.
template <class Adapter>
[[nodiscard]] const Adapter& model_of(const std::filesystem::path& checkpoint,
                                      const std::string& dtype = "float32") {
  static std::map<std::pair<std::string, std::string>, Adapter> models;
  const auto key = std::pair(checkpoint.string(), dtype);
  const auto found = models.find(key);
  if (found != models.end()) return found->second;
  return models.emplace(key, Adapter::from_directory(checkpoint, {dtype, test_device()}))
      .first->second;
}

/// A case, prepared and encoded by our own code.
template <class Adapter>
struct PreparedCase {
  const Adapter& model;
  Prompt prompt;
  typename Adapter::ImageTokens images;
  std::vector<TokenId> answer;

  explicit PreparedCase(const GoldenCase& golden, const std::string& dtype = "float32")
      : model(model_of<Adapter>(golden.checkpoint(), dtype)),
        prompt(model.prepare(golden.images(), golden.text(model))),
        images(model.encode(prompt.pixels)),
        answer(golden.ids("answer_ids")) {}

  [[nodiscard]] TokenPartition partition() const {
    return prompt.partition.with_answer(static_cast<Index>(answer.size()));
  }
};

}  // namespace infoflow::tests
