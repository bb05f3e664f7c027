// SPDX-License-Identifier: MIT
/// \file Changed golden checkpoints against tests/golden/loading: what transformers makes of them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch_torch.hpp>

#include <adapters/torch_settings.hpp>
#include <infoflow/run/generate.hpp>

#include "changed_checkpoint.hpp"
#include "golden.hpp"

namespace infoflow::tests {

/// `change` put into a configuration, objects key by key but rotary ones whole; null takes a key away.
inline void put_into(adapters::Json& config, const adapters::Json& change) {
  for (const auto& [key, value] : change.items()) {
    if (value.is_null()) {
      config.erase(key);
    } else if (value.is_object() && !key.starts_with("rope_")) {
      put_into(config[key], value);
    } else {
      config[key] = value;
    }
  }
}

[[nodiscard]] inline adapters::Json loading_golden(const std::string& file) {
  return adapters::read_json(golden_directory("loading") / file);
}

/// A model of a changed checkpoint.
template <class Adapter>
[[nodiscard]] Adapter model_of_content(const CheckpointContent& content,
                                       const adapters::TorchSettings& settings = {}) {
  const adapter_tests::TemporaryFolder folder;
  write_checkpoint(content, folder.path());
  return Adapter::from_directory(folder.path(), settings);
}

/// Names of the tensors of embedding and head.
struct WordTables {
  std::string embedding, head;
};

/// Which of the stored tables a model's two are: "embedding and head"; or what is said instead.
template <class Adapter>
[[nodiscard]] std::string tables_used(const std::filesystem::path& checkpoint,
                                      const WordTables& names, const adapters::Json& flags,
                                      const std::vector<std::string>& stored) {
  CheckpointContent content = checkpoint_content(checkpoint);
  const at::Tensor shape = content.tensors.contains(names.embedding)
                               ? content.tensors.at(names.embedding)
                               : content.tensors.at(names.head);
  const at::Tensor embedding = at::ones_like(shape);
  const at::Tensor head = at::full_like(shape, 2);
  for (const auto& [name, table] : {std::pair(names.embedding, embedding), {names.head, head}}) {
    content.tensors.erase(name);
    if (std::find(stored.begin(), stored.end(), name) != stored.end()) {
      content.tensors[name] = table;
    }
  }
  put_into(content.files.at("config.json"), flags);
  try {
    const auto model = model_of_content<Adapter>(content);
    const auto name_of = [&](const at::Tensor& table) {
      return at::equal(table, embedding) ? "embedding" : at::equal(table, head) ? "head" : "?";
    };
    const auto& weights = model.decoder().weights();
    return std::string(name_of(weights.embedding)) + " and " + name_of(weights.head.weight);
  } catch (const Error& error) {
    return error.what();
  }
}

/// Every combination of flag and stored tables of one golden checkpoint, as transformers reads it. What
/// transformers makes up (it only warns) is an error here.
template <class Adapter>
void check_tied(const std::string& checkpoint, const WordTables& names) {
  int seen = 0;
  for (const auto& golden : loading_golden("tied.json")) {
    if (golden.at("checkpoint") != checkpoint) continue;
    ++seen;
    CAPTURE(golden.dump());
    const auto stored = golden.at("stored").get<std::vector<std::string>>();
    const std::string used =
        tables_used<Adapter>(golden_directory(checkpoint), names, golden.at("change"), stored);
    if (golden.at("embedding").is_null() || golden.at("head").is_null()) {
      CHECK_THAT(used, Catch::Matchers::ContainsSubstring("no tensor "));
    } else {
      CHECK(used == golden.at("embedding").get<std::string>() + " and " +
                        golden.at("head").get<std::string>());
    }
  }
  CHECK(seen >= 9);
}

/// One case of loading/cases.json with its tensors.
struct ChangedCase {
  adapters::Json json;
  adapters::SafetensorsFile file{golden_directory("loading") / "cases.safetensors"};

  [[nodiscard]] std::string name() const { return json.at("name"); }
  [[nodiscard]] const adapters::StoredTensor* stored(const std::string& part) const {
    return file.find(name() + "." + part);
  }
  [[nodiscard]] at::Tensor floats(const std::string& part) const {
    return adapters::detail::as_tensor(*stored(part), at::kFloat);
  }
  [[nodiscard]] std::vector<TokenId> ids(const std::string& part) const {
    std::vector<TokenId> ids(stored(part)->bytes.size() / sizeof(TokenId));
    std::memcpy(ids.data(), stored(part)->bytes.data(), stored(part)->bytes.size());
    return ids;
  }
  [[nodiscard]] CheckpointContent content() const {
    CheckpointContent changed =
        checkpoint_content(golden_directory(json.at("checkpoint").get<std::string>()));
    put_into(changed.files.at("config.json"), json.at("change"));
    if (stored("linear_1") != nullptr) {
      changed.tensors["multi_modal_projector.linear_1.weight"] = floats("linear_1");
    }
    return changed;
  }
};

[[nodiscard]] inline std::vector<ChangedCase> changed_cases(const std::string& checkpoint) {
  std::vector<ChangedCase> cases;
  for (const auto& json : loading_golden("cases.json")) {
    if (json.at("checkpoint") == checkpoint) cases.push_back({json});
  }
  return cases;
}

/// The golden case that a changed one takes its prompt from: it is called as the checkpoint is.
[[nodiscard]] inline GoldenCase case_of(const std::string& family, const std::string& name) {
  auto cases = golden_cases(family);
  return *std::find_if(cases.begin(), cases.end(), [&](const auto& c) { return c.name() == name; });
}

/// Tokens and logits of greedy decoding, each held to what transformers' own generate() gave.
template <class Adapter>
void check_changed(const std::string& family, const std::string& name) {
  const GoldenCase asked = case_of(family, name);
  const auto cases = changed_cases(family + "/" + name);
  CHECK(!cases.empty());
  for (const ChangedCase& golden : cases) {
    CAPTURE(golden.name());
    const auto model = model_of_content<Adapter>(golden.content());
    const Prompt prompt = model.prepare(asked.images(), asked.text(model));
    CHECK(prompt.ids == golden.ids("input_ids"));
    const auto tokens = model.encode(prompt.pixels);
    const auto ids = golden.ids("generated_ids");
    CHECK(generate(model, prompt, tokens, static_cast<Index>(ids.size())).ids == ids);
    const auto rows =
        prompt.partition.with_answer(static_cast<Index>(ids.size())).predicting_rows();
    const at::Tensor logits = forward(model, prompt, tokens, ids, rows, observe());
    CHECK(relative_error(logits, golden.floats("logits")) < 1e-4);
  }
}

}  // namespace infoflow::tests
