// SPDX-License-Identifier: MIT
/// \file Qwen-VL's golden references, and checkpoints that differ from them in a few tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>
#include <zlib.h>

#include <adapters/qwen_vl.hpp>
#include <infoflow/files/safetensors_writer.hpp>

#include "../parity/golden.hpp"

namespace infoflow::tests {

namespace fs = std::filesystem;
using TensorMap = std::map<std::string, at::Tensor>;

/// A folder of this process that goes with the object.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(fs::path(INFOFLOW_BINARY_DIR) / "qwen-vl-test" / (std::to_string(getpid()) + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline void save_tensors(const TensorMap& tensors, const fs::path& file) {
  SafetensorsWriter writer;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor values = tensor.to(at::kFloat).contiguous();
    writer.add(name, tensor.sizes().vec(),
               std::span(values.const_data_ptr<float>(), static_cast<std::size_t>(values.numel())));
  }
  writer.write(file);
}

/// The numbers in [-1, 1) that make_qwen_vl_goldens.py draws for a tensor: splitmix64 of its name.
[[nodiscard]] inline at::Tensor recipe_numbers(const std::string& name,
                                               const std::vector<std::int64_t>& shape,
                                               std::uint64_t seed) {
  const at::Tensor values = at::empty(shape, at::kFloat);
  const std::uint64_t crc =
      ::crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(name.size()));
  const std::uint64_t key = crc | seed << 32U;
  auto* out = values.mutable_data_ptr<float>();
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(values.numel()); ++i) {
    std::uint64_t x = key + (i + 1) * 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    x ^= x >> 31U;
    out[i] = static_cast<float>(x >> 40U) * 0x1p-23F - 1.0F;
  }
  return values;
}

/// The checkpoint that a recipe.json describes: too large to be kept, small enough to be made.
[[nodiscard]] inline TensorMap tensors_of_recipe(const fs::path& file) {
  const adapters::Json recipe = adapters::read_json(file);
  TensorMap tensors;
  for (const auto& [name, entry] : recipe.at("tensors").items()) {
    const at::Tensor numbers =
        recipe_numbers(name, entry.at("shape").get<std::vector<std::int64_t>>(), recipe.at("seed"));
    tensors[name] = (numbers * entry.at("scale").get<double>()).add(entry.at("mean").get<double>());
  }
  const adapters::Json& quiet = recipe.at("quiet_rows");
  const at::Tensor& table = tensors.at(quiet.at("tensor"));
  const auto first = quiet.at("from").get<std::int64_t>();
  table.narrow(0, first, table.size(0) - first).mul_(quiet.at("factor").get<double>());
  return tensors;
}

/// tests/golden/qwen_vl with the weights of `raw` made by their recipe.
[[nodiscard]] inline const std::string& qwen_vl_goldens() {
  static const TemporaryFolder folder("goldens");
  static const std::string made = [] {
    const fs::path source = golden_directory("qwen_vl");
    for (const auto& entry : fs::directory_iterator(source)) {
      if (entry.path().filename() != "raw") {
        fs::create_symlink(entry.path(), folder.path() / entry.path().filename());
      }
    }
    fs::copy(source / "raw", folder.path() / "raw");
    save_tensors(tensors_of_recipe(source / "raw" / "recipe.json"),
                 folder.path() / "raw" / "model.safetensors");
    return folder.path().string();
  }();
  return made;
}

[[nodiscard]] inline const adapters::QwenVl& qwen_vl_model(const std::string& checkpoint,
                                                           const std::string& dtype = "float32") {
  return model_of<adapters::QwenVl>(fs::path(qwen_vl_goldens()) / checkpoint, dtype);
}

[[nodiscard]] inline RgbImage golden_picture(const std::string& name) {
  return read_image(golden_directory("qwen_vl") / "pictures" / name).image;
}

/// The files of checkpoint `chat` in `folder`, with tensors and configuration changed.
template <class Change>
void write_changed(const fs::path& folder, Change change,
                   const adapters::Json& config_patch = adapters::Json::object()) {
  const fs::path chat = golden_directory("qwen_vl") / "chat";
  for (const char* name : {"generation_config.json", "qwen.tiktoken"}) {
    fs::copy(chat / name, folder);
  }
  adapters::Json config = adapters::read_json(chat / "config.json");
  config.merge_patch(config_patch);
  std::ofstream(folder / "config.json") << config.dump();
  TensorMap tensors;
  const auto files = adapters::CheckpointFiles::from_directory(chat);
  for (const auto& [name, stored] : files.tensors()) {
    const auto type = *adapters::detail::floating_type(stored.type);
    tensors[name] = adapters::detail::as_tensor(stored, type).to(at::kFloat);
  }
  change(tensors);
  save_tensors(tensors, folder / "model.safetensors");
}

}  // namespace infoflow::tests
