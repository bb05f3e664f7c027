// SPDX-License-Identifier: MIT
/// \file A golden checkpoint with something changed, and what loading it then says.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>

#include <catch_torch.hpp>

#include <adapters/checkpoint/checkpoint_tensors.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/files/safetensors_writer.hpp>

#include "../adapters/adapter_support.hpp"

namespace infoflow::tests {

/// What can be changed: tensors in float32 by their names in the files, JSON files by their names.
struct CheckpointContent {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, adapters::Json> files;
};

[[nodiscard]] inline CheckpointContent checkpoint_content(const std::filesystem::path& directory) {
  CheckpointContent content;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() == ".json" && !name.ends_with(".index.json")) {
      content.files[name] = adapters::read_json(file.path());
    }
  }
  const auto files = adapters::CheckpointFiles::from_directory(directory);
  for (const auto& [name, stored] : files.tensors()) {
    if (const auto type = adapters::detail::floating_type(stored.type)) {
      content.tensors[name] = adapters::detail::as_tensor(stored, *type).to(at::kFloat).clone();
    }
  }
  return content;
}

/// Writes a checkpoint into an empty folder, the tensors in one file.
inline void write_checkpoint(const CheckpointContent& content,
                             const std::filesystem::path& directory) {
  for (const auto& [name, json] : content.files) std::ofstream(directory / name) << json;
  SafetensorsWriter writer;
  for (const auto& [name, tensor] : content.tensors) {
    const at::Tensor values = tensor.contiguous();
    writer.add(name, tensor.sizes().vec(),
               std::span(values.const_data_ptr<float>(), values.numel()));
  }
  writer.write(directory / "model.safetensors");
}

/// What is said when a checkpoint is loaded of which `change` altered the content; "" if it loads.
template <class Adapter, class Change>
[[nodiscard]] std::string fault_of(const std::filesystem::path& checkpoint, Change change) {
  CheckpointContent content = checkpoint_content(checkpoint);
  change(content);
  const adapter_tests::TemporaryFolder folder;
  write_checkpoint(content, folder.path());
  return adapter_tests::error_of([&] { (void)Adapter::from_directory(folder.path()); });
}

}  // namespace infoflow::tests
