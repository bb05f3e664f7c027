// SPDX-License-Identifier: MIT
/// \file The options that several commands share, as CLI11 fills them in.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "families.hpp"
#include "picture_options.hpp"

namespace infoflow::analyzers {

/// --model, --dtype, --device, --half-products
struct ModelOptions {
  LoadSettings load;

  void add_to(CLI::App& command);
};

/// --image, --exif, --question | --prompt, --answer | --max-new-tokens
struct PromptOptions {
  std::vector<std::string> images;
  PictureOptions pictures;
  std::string question;
  std::string prompt;
  std::string answer;
  Index max_new_tokens = 64;

  void add_to(CLI::App& command);

  /// Reads the pictures. `notes` receives what a reader should know of them.
  [[nodiscard]] TraceRequest request(const CLI::App& command,
                                     std::vector<std::string>& notes) const;
};

/// --cam-samples, --cam-noise, --seed
struct SmoothingOptions {
  SmoothingSettings settings;
  float noise = 0.1F;

  void add_to(CLI::App& command);
};

/// The commands. Each adds itself to the program; `run` is called when it was chosen.
void add_trace_command(CLI::App& program);
void add_analyze_command(CLI::App& program);
void add_point_command(CLI::App& program);
void add_score_command(CLI::App& program);
void add_sweep_command(CLI::App& program);
void add_report_command(CLI::App& program);

}  // namespace infoflow::analyzers
