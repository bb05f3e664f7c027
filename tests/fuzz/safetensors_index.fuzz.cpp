// SPDX-License-Identifier: MIT
// An index beside two good shards.
#include <adapters/checkpoint/checkpoint_files.hpp>

#include "fuzz.hpp"

namespace {

/// A file with one tensor of four bytes.
std::string shard_with(const std::string& tensor) {
  const std::string header =
      R"({")" + tensor + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  return file + header + std::string(4, '\0');
}

}  // namespace

INFOFLOW_FUZZ_TARGET(safetensors_index) {
  (void)fuzz::folder().file("model-00001-of-00002.safetensors", shard_with("a"));
  (void)fuzz::folder().file("model-00002-of-00002.safetensors", shard_with("b"));
  (void)fuzz::folder().file("model.safetensors.index.json", input);
  (void)infoflow::adapters::CheckpointFiles::from_directory(fuzz::folder().path());
}
