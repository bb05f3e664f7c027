// SPDX-License-Identifier: MIT
#include "point_data.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/io/image_marker.hpp>

#include "picture_path.hpp"

namespace infoflow::analyzers {

namespace {

using nlohmann::json;

constexpr const char* row_form =
    R"(write {"image": "a.png", "question": "…", "boxes": [[x0, y0, x1, y1]]} on each line)";

Rect box_of(const json& numbers, const std::string& where) {
  const bool four =
      numbers.is_array() && numbers.size() == 4 &&
      std::all_of(numbers.begin(), numbers.end(), [](const json& n) { return n.is_number(); });
  if (!four) throw Error("a box is not four numbers", where, row_form);
  const Rect box{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (box.empty()) throw Error("a box has no area", where, "give x0 < x1 and y0 < y1");
  return box;
}

PointItem item_of(const json& row, const std::string& images, const std::string& where) {
  const auto text = [&](const char* key, bool required) -> std::string {
    if (row.contains(key) && row[key].is_string()) return row[key];
    if (!required && !row.contains(key)) return {};
    throw Error(std::string("\"") + key + "\" is missing or not a text", where, row_form);
  };
  PointItem item{
      text("id", false), text("family", false), text("image", true), text("question", true), {}};
  item.question = without_image_marker(item.question);
  item.image = path_inside(images, item.image, where);
  if (item.id.empty()) item.id = where;
  if (!row.contains("boxes") || !row["boxes"].is_array()) {
    throw Error("\"boxes\" is missing or not a list", where, row_form);
  }
  for (const json& box : row["boxes"]) item.boxes.push_back(box_of(box, where));
  return item;
}

}  // namespace

std::vector<PointItem> read_point_items(const std::string& file, const std::string& images) {
  std::ifstream stream(file);
  if (!stream) throw Error("the data file cannot be read", file, "give --data a JSON Lines file");
  std::vector<PointItem> items;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = file + ":" + std::to_string(number);
    const json row = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!row.is_object()) throw Error("the row is not a JSON object", where, row_form);
    PointItem item = item_of(row, images, where);
    if (!item.boxes.empty()) items.push_back(std::move(item));
  }
  if (items.empty()) throw Error("no row has boxes", file, row_form);
  return items;
}

}  // namespace infoflow::analyzers
