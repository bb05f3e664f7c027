// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <sweep_example.hpp>

#include <infoflow/cliff/sweep_tables.hpp>
#include <infoflow/cliff/table1.hpp>

using namespace infoflow;
using namespace io_test;

namespace {

/// RFC 4180, as far as our files use it.
std::vector<std::vector<std::string>> parsed(const std::string& csv) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (c == '"' && quoted && i + 1 < csv.size() && csv[i + 1] == '"') {
      rows.back().back() += csv[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

double number(const std::string& text) {
  // libc++ 19 has no std::from_chars of double, and std::stod refuses the smallest numbers.
  return std::strtod(text.c_str(), nullptr);
}

/// Law: one row per cut of the main policy, ascending, as wide as the heading.
bool one_row_per_cut(const std::string& csv, const SweepView& sweep) {
  const auto rows = parsed(csv);
  const std::vector<CurvePoint> curve = main_curve(sweep);
  if (rows.size() != curve.size() + 1) return false;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (rows[i + 1].size() != rows[0].size()) return false;
    if (rows[i + 1][0] != std::to_string(curve[i].cut_layer)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("curve.csv has one row per cut of the main policy", "[cliff][sweep_tables]") {
  const SweepView sweep = small_sweep();
  const std::string csv = curve_csv(sweep);
  CHECK(csv.substr(0, csv.find('\n')) ==
        "cut_layer,n,metric,low,high,agreement,kl,kl_first,flops,kv_bytes,seconds,f1");
  CHECK(one_row_per_cut(csv, sweep));
  // Broken: all policies in one file.
  SweepView all = sweep;
  for (CurvePoint& p : all.points) {
    if (p.policy == "random:8") p.policy = "drop-all", p.cut_layer += 5;
  }
  all.layers = 9;
  CHECK_FALSE(one_row_per_cut(curve_csv(all), sweep));
  all.layers = 4;
  CHECK_THROWS_AS(curve_csv(all), Error);
  all.points = sweep.points;
  all.points.push_back(point("drop-all", 0, 0.5));
  CHECK_THROWS_AS(curve_csv(all), Error);
}

TEST_CASE("numbers of curve.csv read back exactly", "[cliff][sweep_tables]") {
  SweepView sweep = small_sweep();
  CurvePoint& p = sweep.points[0];  // cut 4, the last row
  p.values[0].value = 1.0 / 3;
  p.interval = {0.1 + 0.2, std::nextafter(1.0, 0)};
  p.kl = 5e-324;
  p.flops = 1.2345678901234567e15;
  p.seconds = no_number;
  const std::vector<std::string> row = parsed(curve_csv(sweep)).back();
  CHECK(row[1] == "1200");
  CHECK(number(row[2]) == p.values[0].value);
  CHECK(number(row[3]) == p.interval.low);
  CHECK(number(row[4]) == p.interval.high);
  CHECK(number(row[6]) == p.kl);
  CHECK(number(row[8]) == p.flops);
  CHECK(row[10] == "nan");
  CHECK(number(row[11]) == p.values[1].value);
}

TEST_CASE("controls.csv holds every other policy, quoted where it must be",
          "[cliff][sweep_tables]") {
  SweepView sweep = small_sweep();
  sweep.points.push_back(point("keep:0-15,40", 2, 0.6));
  const auto rows = parsed(controls_csv(sweep));
  CHECK(rows[0][0] == "policy");
  CHECK(rows.size() == 1 + 4 + 4 + 1 + 1 + 1);
  std::set<std::string> policies;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CHECK(rows[i].size() == 13);
    policies.insert(rows[i][0]);
  }
  CHECK(policies ==
        std::set<std::string>{"random:8", "top-k:8", "no-image", "other-image", "keep:0-15,40"});
  sweep.points.back().values.pop_back();
  CHECK_THROWS_AS(controls_csv(sweep), Error);
}

TEST_CASE("Table 1 says on which half its numbers are", "[cliff][sweep_tables]") {
  Table1Row row{hostile, "POPE", "accuracy", 32, 1500, 250, 0.01, {0.847, {0.835, 0.858}},
                18,      {},     {}};
  row.at_cliff = {0.855, {0.843, 0.866}};
  row.gain = {0.008, {-0.001, 0.017}};
  Table1Row without = row;
  without.model = "b";
  without.cut.reset();
  const std::vector<Table1Row> rows{row, without};

  const std::string text = table1_markdown(rows);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("chosen on one half of the pictures"));
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                       "| 1,500 | 250 | 1 point | 18 of 32 | 84.7 % [83.5, 85.8] | 85.5 % [84.3, "
                       "86.6] | +0.8 [−0.1, +1.7] |"));
  CHECK_THAT(text,
             Catch::Matchers::ContainsSubstring("| no cliff | 84.7 % [83.5, 85.8] | – | – |"));
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i < 4 && std::getline(lines, line); ++i) {  // no name opens a cell or a tag
    CHECK(count_of(line, "|") - count_of(line, "\\|") == 11);
    CHECK(count_of(line, "<") == count_of(line, "\\<"));
  }

  const auto csv = parsed(table1_csv(rows));
  CHECK(csv.size() == 3);
  CHECK(csv[1].size() == 17);
  CHECK(csv[1][0] == hostile);
  CHECK(csv[1][7] == "18");
  CHECK(number(csv[1][11]) == 0.855);
  CHECK(csv[2][7].empty());
  CHECK(csv[2][16].empty());

  // A value with nothing to divide by is no 0.0 %.
  row.at_cliff.defined = row.gain.defined = false;
  const std::vector<Table1Row> undefined{row};
  CHECK_THAT(
      table1_markdown(undefined),
      Catch::Matchers::ContainsSubstring("| 84.7 % [83.5, 85.8] | not defined | not defined |"));
  CHECK(parsed(table1_csv(undefined))[1][11].empty());
  CHECK(parsed(table1_csv(undefined))[1][14].empty());
}

TEST_CASE("a row of Table 1 takes its cut from one half and its numbers from the other",
          "[cliff][sweep_tables]") {
  HeldOut halves;
  halves.chosen.status = CliffStatus::found;
  halves.chosen.cliff_layer = 3;
  halves.chosen.n = 999;  // not reported
  halves.reported.layers = 4;
  halves.reported.n = 600;
  halves.reported.images = 150;
  halves.reported.margin = 0.02;
  halves.reported.untouched = point("drop-all", 4, 0.9);
  halves.reported.cuts = {{point("drop-all", 3, 0.91), {{"accuracy", 0.01, {-0.01, 0.03}}}}};
  halves.reported.cuts[0].passed = true;
  const Table1Row row = table1_row("m", "d", halves);
  CHECK(row.cut == 3);
  CHECK(row.n == 600);
  CHECK(row.baseline.value == 0.9);
  CHECK(row.at_cliff.value == 0.91);
  CHECK(row.gain.interval == Interval{-0.01, 0.03});
  CHECK(row.keeps);
  // Items that are answered as well without the image have a cliff at 0 that is none.
  halves.chosen.status = CliffStatus::does_not_need_the_image;
  CHECK_FALSE(table1_row("m", "d", halves).cut.has_value());
  halves.chosen.cliff_layer.reset();
  CHECK_FALSE(table1_row("m", "d", halves).cut.has_value());
}
