// SPDX-License-Identifier: MIT
/// \file All files of one prompt's report, written in one call: numbers, figures, pictures, page.
#pragma once

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <vector>

#include <infoflow/files/atomic_file.hpp>
#include <infoflow/output/flow_figures.hpp>
#include <infoflow/output/flow_numbers.hpp>
#include <infoflow/output/flow_pictures.hpp>
#include <infoflow/output/output_folder.hpp>
#include <infoflow/page/flow_report.hpp>
#include <infoflow/page/html_report.hpp>
#include <infoflow/run/progress.hpp>

namespace infoflow {

/// Writes flow.json, shares.csv, cam.npy, the figures (flow_figures), the pictures (flow_pictures) and
/// report.html, each whole or not at all. The page comes last, and an earlier one goes first: a folder
/// with a page is whole.
/// \param progress  counts the files
/// \throws Error if a file cannot be written, or there is heat of another number of layers than
///         attention
inline void write_flow_folder(const std::filesystem::path& folder, const FlowReport& report,
                              const Progress& progress = {}) {
  std::vector<OutputFile> files{{"flow.json", [&] { return flow_json(report); }},
                                {"shares.csv", [&] { return shares_csv(report); }}};
  std::ranges::move(flow_figures(report), std::back_inserter(files));
  std::ranges::move(flow_pictures(report), std::back_inserter(files));
  files.push_back({"report.html", [&] { return html_report(report); }});

  ensure_directory(folder);
  std::filesystem::remove(folder / "report.html");
  write_cam(folder / "cam.npy", report);
  int done = 0;
  for (const OutputFile& file : files) {
    const std::filesystem::path path = folder / file.name;
    ensure_directory(path.parent_path());
    write_file(path, file.content());
    if (progress) progress(++done, static_cast<int>(files.size()));
  }
}

}  // namespace infoflow
