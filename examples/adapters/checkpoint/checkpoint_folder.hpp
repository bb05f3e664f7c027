// SPDX-License-Identifier: MIT
/// \file What is given as a checkpoint's folder and is none: named as what it is.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <infoflow/core/error.hpp>

namespace infoflow::adapters {

inline constexpr const char* gguf_fix =
    "GGUF holds a decoder for llama.cpp alone; give the folder of the Hugging Face checkpoint that "
    "it was made of";

namespace detail {

/// "https://huggingface.co/…", "hf://…", "huggingface.co/…".
[[nodiscard]] inline bool is_address(std::string_view given) {
  return given.find("://") != std::string_view::npos || given.starts_with("huggingface.co/") ||
         given.starts_with("hf.co/");
}

/// "llava-hf/llava-1.5-7b-hf": two names with a slash between.
[[nodiscard]] inline bool may_be_hub_id(std::string_view given) {
  const auto slash = given.find('/');
  const auto is_name = [](std::string_view name) {
    constexpr std::string_view known =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.front() != '.' &&
           name.find_first_not_of(known) == std::string_view::npos;
  };
  return slash != std::string_view::npos && is_name(given.substr(0, slash)) &&
         is_name(given.substr(slash + 1));
}

}  // namespace detail

/// \throws Error if `given` is an address, a name on a hub, a file or nothing at all, or a folder
///         without config.json
inline void require_checkpoint_folder(const std::string& given) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path(given);
  const std::string wanted = "give the folder of a checkpoint, with config.json in it";
  if (!fs::exists(path, ignored)) {
    if (detail::is_address(given)) {
      throw Error(
          "this is an address, and nothing is downloaded", given,
          "download the checkpoint (`hf download NAME --local-dir DIR`) and give its folder");
    }
    if (detail::may_be_hub_id(given) && !fs::exists(path.parent_path(), ignored)) {
      throw Error("no such folder; as a name on the Hugging Face hub it is not downloaded", given,
                  "run `hf download " + given + " --local-dir DIR` and give DIR");
    }
    throw Error("no such folder", given, wanted);
  }
  if (!fs::is_directory(path, ignored)) {
    if (path.extension() == ".gguf") throw Error("this is a GGUF file", given, gguf_fix);
    throw Error("this is a file, not a folder", given, wanted);
  }
  if (fs::exists(path / "config.json", ignored)) return;
  fs::directory_iterator entry(path, ignored);
  for (const fs::directory_iterator end; !ignored && entry != end; entry.increment(ignored)) {
    if (entry->path().extension() == ".gguf") {
      throw Error("this is a folder of GGUF files (" + entry->path().filename().string() + ")",
                  given, gguf_fix);
    }
  }
  throw Error("no config.json in the folder", given, wanted + "; it may lie one folder deeper");
}

}  // namespace infoflow::adapters
