// SPDX-License-Identifier: MIT
/// \file What fuzz targets share: a list of them for two mains, and input that becomes files.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <unistd.h>

#include <infoflow/core/error.hpp>

namespace fuzz {

using Target = void (*)(std::string_view input);

/// Any bytes are read, or refused by infoflow::Error. Another exception, a finding of a sanitizer, a
/// hang or too much memory is a fault.
/// \return whether the input was read; false: it was refused
inline bool run(Target target, std::string_view input) {
  try {
    target(input);
    return true;
  } catch (const infoflow::Error&) {
    return false;
  }
}

/// The targets by name; what libfuzzer.cpp and replay.cpp choose from.
inline std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

/// Input for several files: `count` parts, which lines of "%%" separate; the last ones may be empty.
[[nodiscard]] inline std::vector<std::string_view> parts(std::string_view input,
                                                         std::size_t count) {
  constexpr std::string_view line = "\n%%\n";
  std::vector<std::string_view> found;
  while (found.size() + 1 < count) {
    const std::size_t end = input.find(line);
    found.push_back(input.substr(0, end));
    input = end == std::string_view::npos ? std::string_view() : input.substr(end + line.size());
  }
  found.push_back(input);
  return found;
}

/// A folder of this process for files that are read by path; gone when the process ends.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("infoflow-fuzz-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// The path of a file with this content; of no file, if it is empty.
  [[nodiscard]] std::string file(const std::string& name, std::string_view content) const {
    const std::filesystem::path path = path_ / name;
    if (content.empty()) {
      std::filesystem::remove(path);
    } else {
      std::ofstream(path, std::ios::binary) << content;
    }
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

/// The folder of this process.
[[nodiscard]] inline const Folder& folder() {
  static const Folder only;
  return only;
}

}  // namespace fuzz

/// `INFOFLOW_FUZZ_TARGET(name) { … input … }` defines a target.
#define INFOFLOW_FUZZ_TARGET(name)                                                 \
  static void name(std::string_view input);                                        \
  static const bool name##_is_there = fuzz::targets().emplace(#name, name).second; \
  static void name(std::string_view input)
