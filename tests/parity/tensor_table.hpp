// SPDX-License-Identifier: MIT
/// \file What every family's table of expected tensors is held to checkpoints with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch_torch.hpp>

#include <adapters/checkpoint/checkpoint_files.hpp>
#include <adapters/checkpoint/checkpoint_tensors.hpp>

namespace infoflow::tests {

[[nodiscard]] inline std::map<std::string, adapters::ExpectedTensor> by_name(
    const std::vector<adapters::ExpectedTensor>& tensors) {
  std::map<std::string, adapters::ExpectedTensor> map;
  for (const adapters::ExpectedTensor& tensor : tensors) map.emplace(tensor.name, tensor);
  REQUIRE(map.size() == tensors.size());
  return map;
}

/// How many numbers the tensors have together; of those alone whose name begins so.
[[nodiscard]] inline std::int64_t parameters(const std::vector<adapters::ExpectedTensor>& tensors,
                                             const std::string& prefix = "") {
  std::int64_t sum = 0;
  for (const adapters::ExpectedTensor& tensor : tensors) {
    if (!tensor.name.starts_with(prefix)) continue;
    std::int64_t size = 1;
    for (const std::int64_t extent : tensor.shape) size *= extent;
    sum += size;
  }
  return sum;
}

/// Every tensor of the folder that the family reads is expected, in its shape, and no others are.
/// \param family_name  the family's name of a tensor in a file; none: nobody reads it
/// \param left_out     how many expected tensors the folder may do without: a tied head
inline void check_stored(const std::filesystem::path& folder,
                         const std::vector<adapters::ExpectedTensor>& tensors,
                         std::optional<std::string> (*family_name)(const std::string&),
                         std::size_t left_out = 0) {
  const auto expected = by_name(tensors);
  const auto files = adapters::CheckpointFiles::from_directory(folder);
  std::size_t found = 0;
  for (const auto& [file_name, stored] : files.tensors()) {
    const std::optional<std::string> name = family_name(file_name);
    if (!name) continue;
    CAPTURE(*name);
    REQUIRE(expected.contains(*name));
    CHECK(stored.shape == expected.at(*name).shape);
    ++found;
  }
  CHECK(found + left_out == expected.size());
}

}  // namespace infoflow::tests
