// SPDX-License-Identifier: MIT
#include "analysis_folder.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <infoflow/io/atomic_file.hpp>
#include <infoflow/io/html_report.hpp>

#include "analysis_files.hpp"
#include "analysis_pictures.hpp"

namespace infoflow::analyzers {

void prepare_folder(const std::filesystem::path& folder) {
  ensure_directory(folder);
  const std::filesystem::path trial = folder / ".infoflow-trial";
  write_file(trial, "");
  std::filesystem::remove(trial);
}

std::string write_folder(const std::filesystem::path& folder, const Analysis& analysis,
                         const Progress& progress) {
  std::vector<AnalysisFile> files{{"flow.json", [&] { return flow_json(analysis); }},
                                  {"shares.csv", [&] { return shares_csv(analysis); }}};
  std::ranges::move(figures(analysis), std::back_inserter(files));
  std::ranges::move(heat_pictures(analysis), std::back_inserter(files));
  // The page comes last, and an earlier one goes first: a folder with a page is whole.
  files.push_back({"report.html", [&] { return html_report(report_of(analysis)); }});
  std::filesystem::remove(folder / "report.html");

  write_cam(folder / "cam.npy", analysis);
  int done = 0;
  for (const AnalysisFile& file : files) {
    const std::filesystem::path path = folder / file.name;
    ensure_directory(path.parent_path());
    write_file(path, file.content());
    progress(++done, static_cast<int>(files.size()));
  }

  std::string lines = fmt::format("in {}:\n", folder.string());
  lines += "  report.html                      a page for the browser\n";
  lines += "  flow.json, shares.csv, cam.npy   the numbers\n";
  if (analysis.study.attention.empty()) return lines;
  const std::string any = analysis.study.layouts.size() > 1 ? "image_N_" : "";
  lines += "  shares.svg, flow.svg, attention/layer_NN.svg\n";
  lines += fmt::format("  {0}cam_strip.png, {0}hires_strip.png, {0}attention_strip.png\n", any);
  return lines + fmt::format("  cam/{}layer_NN.png\n", any);
}

}  // namespace infoflow::analyzers
