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
  std::vector<AnalysisFile> files{
      {"report.html", [&] { return html_report(report_of(analysis)); }},
      {"flow.json", [&] { return flow_json(analysis); }},
      {"shares.csv", [&] { return shares_csv(analysis); }}};
  std::ranges::move(figures(analysis), std::back_inserter(files));
  std::ranges::move(heat_pictures(analysis), std::back_inserter(files));

  write_cam(folder / "cam.npy", analysis);
  int done = 0;
  for (const AnalysisFile& file : files) {
    const std::filesystem::path path = folder / file.name;
    ensure_directory(path.parent_path());
    write_file(path, file.content());
    progress(++done, static_cast<int>(files.size()));
  }

  const std::string where = folder.string();
  std::string lines = fmt::format("numbers   {0}/flow.json, {0}/shares.csv, {0}/cam.npy\n", where);
  if (!analysis.study.attention.empty()) {
    lines += fmt::format("figures   {0}/shares.svg, {0}/flow.svg, {0}/attention/\n", where);
    const std::string any = analysis.study.layouts.size() > 1 ? "image_*_" : "";
    lines += fmt::format("pictures  {0}/{1}cam_strip.png, {0}/{1}hires_strip.png, "
                         "{0}/{1}attention_strip.png, {0}/cam/\n", where, any);
  }
  return lines + fmt::format("report    {}/report.html\n", where);
}

}  // namespace infoflow::analyzers
