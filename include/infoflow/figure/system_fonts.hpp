// SPDX-License-Identifier: MIT
/// \file The system's fonts, for scripts that the built-in typeface lacks.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <infoflow/figure/font.hpp>

namespace infoflow {

/// The paths of a list as in PATH; empty ones are left out.
[[nodiscard]] inline std::vector<std::filesystem::path> paths_of(std::string_view list) {
#ifdef _WIN32
  constexpr char between = ';';
#else
  constexpr char between = ':';
#endif
  std::vector<std::filesystem::path> paths;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(between), list.size());
    if (end > 0) paths.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return paths;
}

/// Where the system keeps fonts: the folders that the environment's INFOFLOW_FONTS lists, if it is
/// set (empty: none at all), else the usual places of Linux, macOS and Windows.
[[nodiscard]] inline std::vector<std::filesystem::path> system_font_folders() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::optional<std::string>(value == nullptr ? std::nullopt : std::optional(value));
  };
  if (const auto named = variable("INFOFLOW_FONTS")) return paths_of(*named);
  std::vector<std::filesystem::path> folders;
  for (const auto& data : paths_of(variable("XDG_DATA_DIRS").value_or(""))) {
    folders.push_back(data / "fonts");
  }
  if (const auto home = variable("HOME"); home && !home->empty()) {
    const std::filesystem::path at(*home);
    folders.insert(folders.end(), {at / ".local/share/fonts", at / ".fonts", at / "Library/Fonts"});
  }
  folders.insert(folders.end(), {"/usr/local/share/fonts", "/usr/share/fonts",
                                 "/System/Library/Fonts", "/Library/Fonts", "C:\\Windows\\Fonts"});
  return folders;
}

/// Finds fonts by the characters that are asked for. Only the list of a file's characters is read
/// to choose; the chosen font is read as a whole, once.
///
/// Fonts are TrueType; those with PostScript outlines are passed over.
/// Law: which font shows a text depends on the folders and the text alone, not on what was asked
/// for before. Safe to use from several threads.
class SystemFonts {
 public:
  explicit SystemFonts(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

  /// For each of the characters a font that has it; those that no font has are left out.
  ///
  /// The font that has most of them comes first, then the one that has most of the rest. Among
  /// equals upright fonts of common weight precede others, and paths are in the order of the
  /// alphabet. The fonts live as long as this object.
  [[nodiscard]] std::map<char32_t, const Font*> fonts_for(std::set<char32_t> wanted) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = answers_.find(wanted); known != answers_.end()) return known->second;
    const std::set<char32_t> question = wanted;
    std::map<char32_t, const Font*> found;
    while (!wanted.empty()) {
      const auto [file, characters] = best_for(wanted);
      if (file == nullptr) break;
      if (!file->read) {  // It may lack what its list promises: choose again.
        load(*file);
        continue;
      }
      for (const char32_t c : characters) {
        found.emplace(c, &*file->font);
        wanted.erase(c);
      }
    }
    if (answers_.size() >= most_answers) answers_.clear();
    answers_.emplace(question, found);
    return found;
  }

 private:
  struct File {
    std::filesystem::path path;
    std::vector<std::uint8_t> characters;  ///< Its "cmap" table; empty if it is no font.
    std::optional<Font> font{};
    bool read = false;
  };

  static constexpr std::size_t most_answers = 1000;
  static constexpr std::size_t most_files = 20000;
  static constexpr std::size_t largest_map = 1U << 22U;

  /// The file that has most of the characters, and which; none if no file has any. What a file that is
  /// not read yet has is what its list promises.
  [[nodiscard]] std::pair<File*, std::vector<char32_t>> best_for(const std::set<char32_t>& wanted) {
    std::pair<File*, std::vector<char32_t>> best{nullptr, {}};
    for (File& file : files()) {
      if (file.characters.empty() || (file.read && !file.font)) continue;
      const CharacterMap map(file.characters);
      std::vector<char32_t> has;
      for (const char32_t c : wanted) {
        if (file.font ? file.font->glyph(c) != 0 : map.glyph(c) != 0) has.push_back(c);
      }
      if (has.size() > best.second.size()) best = {&file, std::move(has)};
    }
    return best;
  }

  static void load(File& file) {
    file.read = true;
    std::ifstream in(file.path, std::ios::binary);
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(file.path, failed);
    if (failed || size > Font::largest_file) return;
    file.font = Font::from(read_at(in, 0, static_cast<std::size_t>(size)));
  }

  /// As many of the bytes as there are.
  [[nodiscard]] static std::vector<std::uint8_t> read_at(std::ifstream& file, std::size_t offset,
                                                         std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    file.clear();
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
  }

  [[nodiscard]] static std::vector<std::uint8_t> characters_of(const std::filesystem::path& path,
                                                               std::uintmax_t size) {
    std::ifstream file(path, std::ios::binary);
    const auto tables = font_tables(read_at(file, 0, Font::head_size), size);
    if (!tables || tables->at("cmap").length > largest_map) return {};
    return read_at(file, tables->at("cmap").offset, tables->at("cmap").length);
  }

  /// Bold, slanted, narrow … by the file's name: shown only if no plain font has as much.
  [[nodiscard]] static bool is_special(const std::filesystem::path& path) {
    std::string name = path.stem().string();
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::array<std::string_view, 9> words{
        "bold", "italic", "oblique", "black", "light", "thin", "mono", "serif", "condensed"};
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return name.find(word) != std::string::npos; });
  }

  [[nodiscard]] std::vector<File>& files() {
    if (listed_) return files_;
    listed_ = true;
    std::set<std::pair<bool, std::filesystem::path>> paths;
    for (const std::filesystem::path& folder : folders_) {
      std::error_code failed;
      std::filesystem::recursive_directory_iterator at(
          folder, std::filesystem::directory_options::skip_permission_denied, failed);
      for (; !failed && at != std::filesystem::recursive_directory_iterator();
           at.increment(failed)) {
        const std::string kind = at->path().extension().string();
        const bool font = kind == ".ttf" || kind == ".ttc" || kind == ".otf" || kind == ".TTF" ||
                          kind == ".TTC" || kind == ".OTF";  // whatever the file then holds
        std::error_code none;
        if (font && at->is_regular_file(none) && paths.size() < most_files) {
          paths.emplace(is_special(at->path()), at->path());
        }
      }
    }
    for (const auto& [special, path] : paths) {
      std::error_code failed;
      const std::uintmax_t size = std::filesystem::file_size(path, failed);
      if (!failed) files_.push_back({path, characters_of(path, size)});
    }
    return files_;
  }

  std::mutex mutex_;
  std::vector<std::filesystem::path> folders_;
  bool listed_ = false;
  std::vector<File> files_;
  std::map<std::set<char32_t>, std::map<char32_t, const Font*>> answers_;
};

}  // namespace infoflow
