// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch_compat.hpp>
#include <sweep_example.hpp>

#include <infoflow/figure/curve_figure.hpp>
#include <infoflow/figure/instruments_figure.hpp>
#include <infoflow/figure/kept_tokens_figure.hpp>
#include <infoflow/figure/raster.hpp>
#include <infoflow/figure/table1_figure.hpp>
#include <infoflow/figure/tasks_figure.hpp>
#include <infoflow/figure/text_alone_figure.hpp>
#include <infoflow/sweep/decide.hpp>

using namespace infoflow;
using namespace io_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Every text that the drawing shows, and every tip.
std::vector<std::string> texts_of(const Drawing& drawing) {
  std::vector<std::string> texts;
  for (const shapes::Shape& shape : drawing.shapes) {
    if (const auto* words = std::get_if<shapes::Words>(&shape)) texts.push_back(words->text);
    if (const auto* dot = std::get_if<shapes::Dot>(&shape)) texts.push_back(dot->tip);
  }
  return texts;
}

bool says(const Drawing& drawing, std::string_view part) {
  const std::vector<std::string> texts = texts_of(drawing);
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

/// Law: where intervals hold their values, the band holds the curve: at each of its points, the
/// band's upper edge is above and its lower edge below.
bool band_holds_curve(const Drawing& drawing) {
  const shapes::Area* band = nullptr;
  const shapes::Stroke* curve = nullptr;
  for (const shapes::Shape& shape : drawing.shapes) {
    const auto* area = std::get_if<shapes::Area>(&shape);
    const auto* stroke = std::get_if<shapes::Stroke>(&shape);
    if (area != nullptr && area->colour == ink::curve && area->corners.size() > 4) band = area;
    if (stroke != nullptr && stroke->colour == ink::curve && stroke->points.size() > 2) {
      curve = stroke;
    }
  }
  if (band == nullptr || curve == nullptr) return false;
  const std::size_t n = curve->points.size();
  if (band->corners.size() != 2 * n) return false;
  for (std::size_t i = 0; i < n; ++i) {
    const Point upper = band->corners[i];
    const Point lower = band->corners[2 * n - 1 - i];
    const Point p = curve->points[i];
    if (upper.x != p.x || lower.x != p.x || upper.y > p.y || lower.y < p.y) return false;
  }
  return true;
}

Table1Row a_row() {
  Table1Row row{"tiny", "yes/no", "accuracy", 4, 600, 150, 0.01, {0.9, {0.88, 0.92}}, 3, {}, {}};
  row.at_cliff = {0.91, {0.89, 0.93}};
  row.gain = {0.01, {-0.002, 0.022}};
  return row;
}

std::vector<Drawing> all_figures(const SweepView& sweep) {
  std::vector<Drawing> figures{curve_figure(sweep), text_alone_figure(sweep, sweep),
                               tasks_figure(std::vector<SweepView>{sweep, sweep}),
                               instruments_figure(sweep, two_instruments())};
  Table1Row row = a_row();
  row.model = sweep.model;
  figures.push_back(table1_figure(std::vector<Table1Row>{row}));
  return figures;
}

}  // namespace

TEST_CASE("the curve is drawn where its numbers say, each point with its values",
          "[figure][curve_figure]") {
  const Drawing drawing = curve_figure(small_sweep());
  const std::string svg = svg_of(drawing).str();

  // Three lines of heading end at 116, so the plot is [104, 870] x [150, 668]. Numbers reach from
  // 0.45 to 0.95 and 6 % further: 0.42 … 0.98. 50 % is 668 - 518 * 0.08 / 0.56 = 594, 70 % 409,
  // 90 % 224; cuts are 191.5 apart.
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"104,594 295.5,594 487,409 678.5,224 "
                                    "870,224\""));
  // The cliff at 3, its bounds 2 … 3, the untouched model's level over the whole width.
  CHECK_THAT(svg, ContainsSubstring("M487,150 L678.5,150 L678.5,668 L487,668 Z"));
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"678.5,146 678.5,668\""));
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"104,224 870,224\""));
  // The margin's end: 89 % is 668 - 518 * 0.47 / 0.56 = 233.25.
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"104,233.25 870,233.25\""));
  for (int cut = 0; cut <= 4; ++cut) {
    CHECK(says(drawing, "drop-all, cut " + std::to_string(cut)));
  }
  CHECK(says(drawing,
             "drop-all, cut 4 (untouched): accuracy 90.0 % [85.0, 95.0], n = 1,200\n"
             "f1 0.89\nagreement 75.0 %, KL 0.125 nats"));
  CHECK(says(drawing, "random:8, cut 2"));
}

TEST_CASE("the curve's figure names model, task, n, pictures, margin and every line",
          "[figure][curve_figure]") {
  const Drawing drawing = curve_figure(small_sweep());
  for (const char* words :
       {"tiny · yes/no", "n = 1,200 on 300 pictures", "margin 1 point", "accuracy (more is better)",
        "drop all image tokens from layer 3", "cliff 3", "bounds [2, 3]", "untouched model",
        "text, image's gap kept", "prompt without the image", "another item's image", "random:8",
        "90.0 % [85.0, 95.0]", "ends at 89.0 %", "L = 4", "cut layer"}) {
    INFO(words);
    CHECK(says(drawing, words));
  }
}

TEST_CASE("the margin lies on the worse side in either direction", "[figure][curve_figure]") {
  SweepView sweep = small_sweep();
  CHECK(worse_by_margin(sweep, 0.9) == Approx(0.89));
  sweep.direction = Direction::lower_is_better;
  CHECK(worse_by_margin(sweep, 0.9) == Approx(0.91));
  CHECK(says(curve_figure(sweep), "accuracy (less is better)"));
}

TEST_CASE("the band holds the curve, and a band of other numbers is noticed",
          "[figure][curve_figure]") {
  const SweepView sweep = small_sweep();
  CHECK(band_holds_curve(curve_figure(sweep)));
  // Broken: the untouched model's interval drawn for every cut.
  SweepView broken = sweep;
  for (CurvePoint& p : broken.points) p.interval = {0.85, 0.95};
  CHECK_FALSE(band_holds_curve(curve_figure(broken)));
}

TEST_CASE("what is not a number leaves a gap, and the rest is drawn", "[figure][curve_figure]") {
  SweepView sweep = small_sweep();
  for (CurvePoint& p : sweep.points) {
    p.reference_probability = p.agreement = p.kl = no_number;
    if (p.policy == "drop-all" && p.cut_layer == 2) p.values[0].value = p.interval.low = no_number;
  }
  const std::string svg = svg_of(curve_figure(sweep)).str();
  // Two strokes, 0-1 and 3-4, and a band for each.
  const std::string pen = "stroke=\"#1f5fa8\" stroke-width=\"3\"";
  CHECK(count_of(svg, pen) == 3);  // and the key's sample
  CHECK(count_of(svg, "fill=\"#1f5fa8\" opacity=\"0.16\"") == 3);
}

TEST_CASE("figures stand extremes: no cliff, all equal, one cut, hostile names",
          "[figure][curve_figure]") {
  std::vector<SweepView> sweeps(5, small_sweep());
  sweeps[0].cliff = {std::nullopt, 0, 4, 0.01, ""};
  for (CurvePoint& p : sweeps[1].points) p.values[0].value = 1, p.interval = {1, 1};
  std::erase_if(sweeps[2].points,
                [](const CurvePoint& p) { return p.policy != "drop-all" || p.cut_layer != 2; });
  sweeps[2].points.push_back(point("drop-all", 4, no_number));
  sweeps[3].model = sweeps[3].task = sweeps[3].cliff.sentence = hostile + std::string(500, 'w');
  for (CurvePoint& p : sweeps[3].points) p.values[0].name = hostile;
  for (CurvePoint& p : sweeps[4].points) p.values[0].value *= 1e6, p.interval = {0, 1e6};
  for (const SweepView& sweep : sweeps) {
    for (const Drawing& drawing : all_figures(sweep)) {
      const std::string svg = svg_of(drawing).str();
      CHECK(count_of(svg, "<script") == 0);
      CHECK(count_of(svg, "nan") == 0);
      const RgbImage pixels = raster_of(drawing, 0.25);
      CHECK(pixels.width == 300);
    }
  }
  CHECK(says(curve_figure(sweeps[0]), "no cliff found"));
}

TEST_CASE("a sweep that has no curve is refused", "[figure][curve_figure]") {
  SweepView sweep = small_sweep();
  sweep.policy = "fastv:0.5";
  CHECK_THROWS_AS(curve_figure(sweep), Error);
  sweep = small_sweep();
  sweep.points.push_back(point("drop-all", 2, 0.1));
  CHECK_THROWS_WITH(curve_figure(sweep), ContainsSubstring("cut 2 of drop-all stands there twice"));
  sweep = small_sweep();
  sweep.points.push_back(point("drop-all", 5, 0.1));
  CHECK_THROWS_WITH(curve_figure(sweep), ContainsSubstring("cut 5"));
}

TEST_CASE("tasks stand below each other over one axis, each with its cliff",
          "[figure][curve_figure]") {
  std::vector<SweepView> tasks(2, small_sweep());
  tasks[1].task = "captions";
  tasks[1].cliff = {1, 0, 1, 0.02, ""};
  const Drawing drawing = tasks_figure(tasks);
  for (const char* words :
       {"yes/no", "captions", "cliff 3, bounds [2, 3]", "cliff 1, bounds [0, 1]", "margin 2 points",
        "n = 1,200 on 300 pictures"}) {
    CHECK(says(drawing, words));
  }
  tasks[1].layers = 5;
  CHECK_THROWS_WITH(tasks_figure(tasks), ContainsSubstring("4 and 5 layers"));
  CHECK_THROWS_AS(tasks_figure({}), Error);
}

TEST_CASE("instruments have a panel each where they were measured", "[figure][curve_figure]") {
  const Drawing drawing = instruments_figure(small_sweep(), two_instruments());
  CHECK(says(drawing, "loss, cut 2: 20.0 %"));  // 90 - 70
  CHECK(says(drawing, "KL(untouched || cut), layer 2: 0.005"));
  CHECK(says(drawing, "cliff 2"));
  CHECK(says(drawing, "my own, layer 0: 4"));
  CHECK(says(drawing, "never stays within it"));
  CHECK_FALSE(says(drawing, "CAM mass"));
}

TEST_CASE("the metric is drawn against kept tokens, one line per layer", "[figure][curve_figure]") {
  const SweepView sweep = small_sweep();
  const Drawing drawing = kept_tokens_figure(sweep);
  for (const char* words :
       {"cut at layer 0", "cut at layer 3", "top-k:8, cut 1", "drop-all, cut 1"}) {
    CHECK(says(drawing, words));
  }
  CHECK_FALSE(says(drawing, "cut at layer 4"));  // nothing is cut there
  CHECK_FALSE(says(drawing, "random:8"));        // not those with most attention
  SweepView none = sweep;
  std::erase_if(none.points, [](const CurvePoint& p) { return p.policy == "top-k:8"; });
  CHECK_THROWS_AS(kept_tokens_figure(none), Error);
}

TEST_CASE("items that text alone answers are counted, and the rest has its own curve",
          "[figure][curve_figure]") {
  SweepView rest = small_sweep();
  for (CurvePoint& p : rest.points) p.n = 700;
  const Drawing drawing = text_alone_figure(small_sweep(), rest);
  CHECK(says(drawing, "500 of 1,200 items are answered right by the prompt without the image"));
  CHECK(says(drawing, "n = 700 on 300 pictures"));

  const MetricSummary mean{
      "accuracy", Direction::higher_is_better, true, {"right", "n"}, [](std::span<const double> s) {
        return std::vector<NamedValue>{NamedValue::ratio("accuracy", s[0], s[1])};
      }};
  ItemOutcome item;
  CHECK_FALSE(right_without_image(item, mean, 4));
  item.runs = {{{}, "no-image", 4, "yes", {1, 1}}};
  CHECK(right_without_image(item, mean, 4));
  item.runs = {{{}, "no-image", 4, "no", {0, 1}}};
  CHECK_FALSE(right_without_image(item, mean, 4));
}

TEST_CASE("Table 1 as a figure has each row's numbers", "[figure][curve_figure]") {
  Table1Row without = a_row();
  without.cut.reset();
  const Drawing drawing = table1_figure(std::vector<Table1Row>{a_row(), without});
  CHECK(says(drawing, "untouched 90.0 % [88.0, 92.0]"));
  CHECK(says(drawing, "at the cliff 91.0 % [89.0, 93.0]"));
  CHECK(says(drawing, "cut 3 of 4: +1.0 [−0.2, +2.2]"));
  CHECK(says(drawing, "no cliff"));
  CHECK_THROWS_AS(table1_figure({}), Error);
  // The axis of values near zero begins a little below it; zero has no sign.
  without.baseline = {0.0, {0, 0.2}};
  const Drawing low = table1_figure(std::vector<Table1Row>{without});
  CHECK(says(low, "0 %"));
  CHECK_FALSE(says(low, "-0 %"));
}
