// SPDX-License-Identifier: MIT
// Draws a word and reads the picture back: the typeface, stb, zlib and a figure are there and linked.
#include <cstdio>
#include <filesystem>

#include <infoflow/infoflow.hpp>
#include <infoflow/report.hpp>
#include <infoflow/study.hpp>

int other_tier() {
  using namespace infoflow;
  const auto file = std::filesystem::temp_directory_path() / "infoflow_consumer_report.png";
  const HostMatrix shares = HostMatrix::Constant(3, 4, 0.25F);
  write_png(file,
            raster_of(shares_figure(shares, {.title = "words", .model = "m", .question = "q"}), 1));
  const RgbImage picture = read_image(file).image;
  std::filesystem::remove(file);
  std::printf("report: %d x %d pixels, %s\n", picture.width, picture.height, fixed(0.5, 1).c_str());
  return picture.width > 0 && picture.height > 0 ? 0 : 1;
}
