// SPDX-License-Identifier: MIT
#include "box_form.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <infoflow/core/error.hpp>

namespace infoflow::analyzers {

namespace {

/// Annotations are rounded to hundredths of a pixel, so that x + width may end a little outside.
constexpr double rounding = 0.01;

bool within(const Rect& box, double width, double height, double tolerance) {
  return box.x0 >= -tolerance && box.y0 >= -tolerance && box.x1 <= width + tolerance &&
         box.y1 <= height + tolerance;
}

}  // namespace

BoxForm::BoxForm(const std::vector<std::string>& words) {
  const auto given = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  sizes_ = given("xywh");
  whole_ = given("unit") ? 1 : given("thousandths") ? 1000 : 0;
  if (sizes_ && given("xyxy")) throw Error("xyxy and xywh", "--boxes", "give one of them");
  if (given("pixels") + given("unit") + given("thousandths") > 1) {
    throw Error("boxes in two units", "--boxes", "give one of pixels, unit and thousandths");
  }
}

Rect BoxForm::pixels(const std::array<double, 4>& numbers, double width, double height,
                     const std::string& where) const {
  const auto [x, y, third, fourth] = numbers;
  const std::string name = fmt::format("the box [{}, {}, {}, {}]", x, y, third, fourth);
  const Rect sized{x, y, x + third, y + fourth};
  const Rect box = sizes_ ? sized : Rect{x, y, third, fourth};
  if (box.empty() || !std::isfinite(box.width()) || !std::isfinite(box.height())) {
    throw Error(name + " has no area", where,
                sizes_ ? "give widths and heights above 0"
                       : "give x0 < x1 and y0 < y1, or --boxes xywh if it is a corner and a size");
  }
  if (whole_ != 1 && within(box, 1, 1, 0)) {
    throw Error(name + " lies within 0 to 1", where,
                std::string("wanted are ") + (whole_ == 0 ? "pixels" : "thousandths") +
                    "; if these are shares of the picture, give --boxes unit");
  }
  const double scale_x = whole_ == 0 ? 1 : width / whole_;
  const double scale_y = whole_ == 0 ? 1 : height / whole_;
  const auto scaled = [&](const Rect& r) {
    return Rect{r.x0 * scale_x, r.y0 * scale_y, r.x1 * scale_x, r.y1 * scale_y};
  };
  if (within(scaled(box), width, height, rounding)) return scaled(box);

  std::string fix = "give boxes inside the picture";
  if (sizes_ && within(scaled({x, y, third, fourth}), width, height, rounding)) {
    fix += ", or --boxes xyxy if it is two corners";
  }
  if (whole_ == 0 && within(box, 1000, 1000, 0)) {
    fix += ", or --boxes thousandths if the picture ends at 1000";
  }
  if (whole_ != 0) fix += ", or --boxes pixels if that is what they are";
  throw Error(name + " lies outside its picture of " + fmt::format("{} × {} pixels", width, height),
              where, fix);
}

}  // namespace infoflow::analyzers
