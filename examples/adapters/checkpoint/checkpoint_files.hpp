// SPDX-License-Identifier: MIT
/// \file All tensors of a checkpoint's folder: one safetensors file, or shards named by an index.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <adapters/checkpoint/checkpoint_folder.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <adapters/checkpoint/mapped_file.hpp>
#include <adapters/checkpoint/safetensors.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

/// The tensors of `model.safetensors`, or else of the shards that `model.safetensors.index.json`
/// names. A name belongs to the shard that the index says; what else a shard holds is left out.
class CheckpointFiles {
 public:
  /// \throws Error if the folder holds no safetensors (it says how to convert pickles), a shard is
  ///         missing, lies outside the folder or lacks a tensor, or as SafetensorsFile
  [[nodiscard]] static CheckpointFiles from_directory(const std::filesystem::path& directory) {
    std::error_code ignored;
    CheckpointFiles files;
    files.where_ = directory.string();
    const auto single = directory / "model.safetensors";
    const auto index = directory / "model.safetensors.index.json";
    if (std::filesystem::exists(single, ignored)) {
      files.tensors_ = SafetensorsFile(single).tensors();
    } else if (std::filesystem::exists(index, ignored)) {
      files.read_shards(directory, index);
    } else {
      throw nothing_to_read(directory);
    }
    return files;
  }

  /// Folder of the checkpoint, for errors.
  [[nodiscard]] const std::string& path() const { return where_; }

  /// By name, in the order of the names.
  [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }

  /// \return nullptr if there is no tensor of that name
  [[nodiscard]] const StoredTensor* find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

 private:
  CheckpointFiles() = default;

  void read_shards(const std::filesystem::path& directory, const std::filesystem::path& index) {
    const std::string where = index.string();
    const Json json = read_json(index);
    const Json& weights = object_at(json, "weight_map", where);
    if (weights.empty()) throw Error("\"weight_map\" names no tensor", where, "fetch it anew");
    std::map<std::string, SafetensorsFile> shards;
    for (const auto& [name, value] : weights.items()) {
      const auto shard = get<std::string>(weights, name, where);
      if (!shards.contains(shard)) {
        require_inside(shard, where);
        shards.emplace(shard, SafetensorsFile(directory / shard));
      }
      const StoredTensor* tensor = shards.at(shard).find(name);
      if (tensor == nullptr) {
        throw Error("shard " + shard + " has no tensor \"" + name + "\"", where,
                    "index and shards are of different checkpoints; fetch them anew");
      }
      tensors_.emplace(name, *tensor);
    }
  }

  /// By its words only: hubs keep files as links to a store elsewhere, and these are fine.
  static void require_inside(const std::filesystem::path& shard, const std::string& where) {
    bool inside = !shard.empty() && !shard.has_root_path();
    for (const auto& part : shard) inside = inside && part != "..";
    if (!inside) {
      throw Error("shard \"" + shard.string() + "\" lies outside the checkpoint", where,
                  "shards must be files of this folder");
    }
  }

  static Error nothing_to_read(const std::filesystem::path& directory) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
      const std::string extension = entry.path().extension().string();
      const std::string name = entry.path().filename().string();
      if (extension == ".gguf") {
        return {"the weights are a GGUF file (" + name + ")", directory.string(), gguf_fix};
      }
      if (extension == ".safetensors") {
        return {"there is " + name + " and no model.safetensors.index.json", directory.string(),
                "fetch the index of the shards, or call a single file model.safetensors"};
      }
      if (extension == ".bin" || extension == ".pt" || extension == ".pth") {
        (void)MappedFile::open(entry.path());  // It may be a pointer to one, and says so.
        return {"the weights are a Python pickle (" + name + ")", directory.string(),
                "pickles are not read; convert them: python examples/adapters/convert.py " +
                    directory.string() + " OUTPUT"};
      }
    }
    return {"no model.safetensors and no model.safetensors.index.json", directory.string(),
            "give the folder of a Hugging Face checkpoint"};
  }

  std::string where_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace infoflow::adapters
