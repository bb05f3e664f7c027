// SPDX-License-Identifier: MIT
#include "picture_reader.hpp"

#include <algorithm>
#include <cstddef>

#include <infoflow/io/read_image.hpp>
#include <infoflow/io/upright.hpp>

namespace infoflow::analyzers {

namespace {

/// Data sets have thousands of pictures; a terminal has not.
constexpr std::size_t most_named = 5;

void add_first(std::vector<std::string>& notes, const std::vector<std::string>& kind,
               const std::string& more) {
  const std::size_t named = std::min(kind.size(), most_named);
  notes.insert(notes.end(), kind.begin(), kind.begin() + static_cast<std::ptrdiff_t>(named));
  if (kind.size() > named) notes.push_back(std::to_string(kind.size() - named) + more);
}

}  // namespace

void PictureOptions::add_to(CLI::App& command) {
  command
      .add_option("--exif", exif,
                  "Orientations that cameras noted: ignore, as evaluations do, or apply, as "
                  "transformers' load_image does")
      ->check(CLI::IsMember({"ignore", "apply"}))
      ->capture_default_str();
}

RgbImage PictureReader::read(const std::string& path) {
  DecodedImage decoded = read_image(path);
  const bool first = seen_.insert(path).second;
  if (first && !decoded.faults.empty()) {
    std::string note = path + " is read as Pillow reads it: ";
    for (std::size_t i = 0; i < decoded.faults.size(); ++i) {
      note += (i == 0 ? "" : "; ") + decoded.faults[i];
    }
    faulty_.push_back(std::move(note));
  }
  const int orientation = decoded.exif_orientation.value_or(1);
  if (orientation == 1) return std::move(decoded.image);
  if (first) {
    oriented_.push_back(path + " has EXIF orientation " + std::to_string(orientation) +
                        (apply_exif_ ? ", which is applied"
                                     : ", which is not applied, as in evaluation (--exif apply "
                                       "does)"));
  }
  return apply_exif_ ? upright(decoded.image, orientation) : std::move(decoded.image);
}

std::vector<std::string> PictureReader::notes() const {
  std::vector<std::string> notes;
  add_first(notes, faulty_, " more pictures have faults and are read as Pillow reads them");
  add_first(notes, oriented_,
            apply_exif_ ? " more pictures have an EXIF orientation, which is applied"
                        : " more pictures have an EXIF orientation, which is not applied");
  return notes;
}

}  // namespace infoflow::analyzers
