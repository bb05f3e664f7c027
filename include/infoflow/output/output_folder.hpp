// SPDX-License-Identifier: MIT
/// \file A folder that a run is written into, and the files that go there.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/raster.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/picture/write_png.hpp>

namespace infoflow {

/// A file by its name in the folder; its bytes are made when it is written.
struct OutputFile {
  std::string name;
  std::function<std::string()> content;
};

/// Creates the folder and tries whether files can be written to it, before anything long begins.
/// \throws Error if not
inline void prepare_folder(const std::filesystem::path& folder) {
  ensure_directory(folder);
  const std::filesystem::path trial = folder / ".infoflow-trial";
  write_file(trial, "");
  std::filesystem::remove(trial);
}

/// How the files of a folder are made.
namespace output {

/// 7 as "07", so that names stand in the order of layers.
[[nodiscard]] inline std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// A PNG file's bytes, with `scale` pixels for each of the drawing's units.
[[nodiscard]] inline std::string png_text(const Drawing& drawing, double scale = 1) {
  const std::vector<std::uint8_t> bytes = encode_png(raster_of(drawing, scale));
  return {bytes.begin(), bytes.end()};
}

/// What is no number is null.
[[nodiscard]] inline nlohmann::json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

/// Indented by one blank, with a line break at its end; bytes that are no UTF-8 are replaced.
[[nodiscard]] inline std::string json_text(const nlohmann::json& value) {
  return value.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

inline void write_json(const std::filesystem::path& path, const nlohmann::json& value) {
  write_file(path, json_text(value));
}

}  // namespace output

}  // namespace infoflow
