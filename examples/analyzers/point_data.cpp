// SPDX-License-Identifier: MIT
#include "point_data.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <infoflow/benchmarks/items/row_fields.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/files/json_lines.hpp>
#include <infoflow/picture/picture_path.hpp>
#include <infoflow/picture/picture_reader.hpp>

namespace infoflow::analyzers {

namespace {

constexpr const char* row_form =
    R"({"image": "a.png", "question": "…", "boxes": [[x0, y0, x1, y1]]} in each row)";

/// Width and height of pictures, each read once.
class PictureSizes {
 public:
  explicit PictureSizes(bool apply_exif) : reader_(apply_exif) {}

  /// \throws Error naming the row, too, if the picture cannot be read
  std::pair<int, int> of(const std::string& path, const std::string& where) {
    const auto known = sizes_.find(path);
    if (known != sizes_.end()) return known->second;
    try {
      const RgbImage image = reader_.read(path);
      return sizes_[path] = {image.width, image.height};
    } catch (const Error& error) {
      throw Error(error.problem(), error.where() + ", named at " + where, error.fix());
    }
  }

 private:
  PictureReader reader_;
  std::map<std::string, std::pair<int, int>> sizes_;
};

std::array<double, 4> numbers_of(const nlohmann::json& box, const RowFields& fields) {
  const bool four =
      box.is_array() && box.size() == 4 &&
      std::all_of(box.begin(), box.end(), [](const auto& n) { return n.is_number(); });
  if (!four) fields.refuse("a box is not four numbers");
  return {box[0], box[1], box[2], box[3]};
}

PointingItem item_of(const RowFields& fields, const std::string& images, const BoxForm& form,
                     PictureSizes& sizes) {
  PointingItem item{fields.id_or_none("id"),
                    fields.get_or<std::string>("family", ""),
                    path_inside(images, fields.get<std::string>("image"), fields.where()),
                    fields.question("question"),
                    {}};
  if (item.id.empty()) item.id = fields.where();
  for (const nlohmann::json& box : fields.list("boxes")) {
    const std::array<double, 4> numbers = numbers_of(box, fields);
    const auto [width, height] = sizes.of(item.image, fields.where());
    item.boxes.push_back(form.pixels(numbers, width, height, fields.where()));
  }
  return item;
}

}  // namespace

std::vector<PointingItem> read_point_items(const std::string& file, const std::string& images,
                                           const BoxForm& form, bool apply_exif, Index limit) {
  std::vector<PointingItem> items;
  PictureSizes sizes(apply_exif);
  for (const JsonRow& row : read_json_rows(file)) {
    if (limit > 0 && static_cast<Index>(items.size()) == limit) break;
    PointingItem item = item_of(RowFields(row, row_form), images, form, sizes);
    if (!item.boxes.empty()) items.push_back(std::move(item));
  }
  if (items.empty()) {
    throw Error("no row has boxes", file, std::string("write ") + row_form);
  }
  return items;
}

}  // namespace infoflow::analyzers
