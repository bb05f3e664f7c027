// SPDX-License-Identifier: MIT
/// \file The chat template that a checkpoint's folder holds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <adapters/chat/chat_template.hpp>
#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/files/read_file.hpp>

namespace infoflow::adapters {

/// What is known of a checkpoint's own template: which it is, or what is wrong with it.
struct OwnTemplate {
  std::string file;
  std::optional<ChatTemplate> known;
  std::string problem{};  ///< Of one that is not known.

  /// \throws Error if the template is not known
  [[nodiscard]] const ChatTemplate& chat() const {
    if (known) return *known;
    throw Error(problem, file,
                "give --prompt the whole text in place of --question, <image> for each picture "
                "(transformers' apply_chat_template writes it)");
  }
};

namespace detail {

[[nodiscard]] inline OwnTemplate recognised(std::string_view text, std::string file) {
  const std::string digest = chat_template_digest(text);
  return {std::move(file), known_chat_template(digest),
          "the checkpoint's chat template (SHA-256 " + digest.substr(0, 12) +
              "…) is none of those that are known"};
}

/// Of templates by name transformers uses "default".
[[nodiscard]] inline OwnTemplate default_of(const std::map<std::string, Json>& templates,
                                            const std::string& file) {
  const auto found = templates.find("default");
  if (found != templates.end() && found->second.is_string()) {
    return recognised(found->second.get<std::string>(), file);
  }
  std::string names;
  for (const auto& [name, text] : templates) names += (names.empty() ? "" : ", ") + name;
  return {file, {}, "of the checkpoint's chat templates (" + names + ") none is called default"};
}

/// "chat_template" of a JSON file: a text, or several by name.
[[nodiscard]] inline std::optional<OwnTemplate> template_at(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::string file = path.string();
  const Json json = read_json(path);
  const Json* value = find(json, "chat_template", file);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return recognised(value->get<std::string>(), file);
  std::map<std::string, Json> templates;
  if (value->is_object()) templates = value->get<std::map<std::string, Json>>();
  for (const Json& entry : value->is_array() ? *value : Json::array()) {
    const auto name = get<std::string>(entry, "name", file);
    templates.emplace(name, entry.value("template", Json()));
  }
  return default_of(templates, file);
}

}  // namespace detail

/// The template that transformers 5.23 asks a checkpoint through: its processor's, else its
/// tokenizer's. None if the folder has none.
/// \throws Error if a file is no JSON, or has something else where a template should be
[[nodiscard]] inline std::optional<OwnTemplate> own_template(
    const std::filesystem::path& directory) {
  constexpr std::size_t largest = 1U << 20U;
  for (const char* name : {"processor_config.json", "chat_template.json"}) {
    if (auto found = detail::template_at(directory / name)) return found;
  }
  const std::filesystem::path jinja = directory / "chat_template.jinja";
  std::error_code ignored;
  if (std::filesystem::exists(jinja, ignored)) {
    const auto bytes = read_file(jinja, "a chat template", largest);
    return detail::recognised({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                              jinja.string());
  }
  return detail::template_at(directory / "tokenizer_config.json");
}

}  // namespace infoflow::adapters
