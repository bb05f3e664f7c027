// SPDX-License-Identifier: MIT
/// \file Pictures as evaluations read them, with what a reader of the results should know of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/core/image.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/picture/upright.hpp>

namespace infoflow {

/// Reads pictures, and keeps what a reader of the results should know of them: faults that were
/// stepped over, and orientations that were or were not applied.
class PictureReader {
 public:
  /// \param apply_exif  turn pictures as their cameras noted; evaluations do not
  explicit PictureReader(bool apply_exif = false) : apply_exif_(apply_exif) {}

  /// \throws Error if the picture cannot be read
  [[nodiscard]] RgbImage read(const std::string& path) {
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

  /// A line per picture, however often it was read: the first few of each kind, then how many more
  /// there are.
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    add_first(notes, faulty_, " more pictures have faults and are read as Pillow reads them");
    add_first(notes, oriented_,
              apply_exif_ ? " more pictures have an EXIF orientation, which is applied"
                          : " more pictures have an EXIF orientation, which is not applied");
    return notes;
  }

 private:
  static void add_first(std::vector<std::string>& notes, const std::vector<std::string>& kind,
                        const std::string& more) {
    constexpr std::size_t most_named = 5;  // Data sets have thousands of pictures.
    const std::size_t named = std::min(kind.size(), most_named);
    notes.insert(notes.end(), kind.begin(), kind.begin() + static_cast<std::ptrdiff_t>(named));
    if (kind.size() > named) notes.push_back(std::to_string(kind.size() - named) + more);
  }

  bool apply_exif_;
  std::set<std::string> seen_;
  std::vector<std::string> oriented_;
  std::vector<std::string> faulty_;
};

}  // namespace infoflow
