// SPDX-License-Identifier: MIT
// Whatever stands in the table of measured numbers is in the journal, the curve, the tables and the
// page: a row that is added is held here without another line.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <sweep_example.hpp>

#include <infoflow/cliff/curve.hpp>
#include <infoflow/cliff/sweep_tables.hpp>
#include <infoflow/journal/outcome_json.hpp>
#include <infoflow/page/sweep_report_html.hpp>

using namespace infoflow;
using namespace io_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Another number for each row, one that three digits hold in the unit of its title: 1.5, 2.5, …
double value_of(const MeasuredNumber& number) {
  const auto row = static_cast<double>(&number - measured_numbers.data());
  return (row + 1.5) * number.unit;
}

/// The numbers above, each times `factor`.
MeasuredNumbers all_measured(double factor = 1) {
  MeasuredNumbers numbers;
  for (const MeasuredNumber& number : measured_numbers) {
    numbers.*number.member = factor * value_of(number);
  }
  return numbers;
}

RunOutcome run(const MeasuredNumbers& numbers) {
  return {numbers, "drop-all", 2, "yes", {1, 1}, true};
}

ItemOutcome item_with(RunOutcome run) {
  ItemOutcome item;
  item.id = item.image = "picture";
  item.runs = {std::move(run)};
  return item;
}

/// The point of two items: the one with the numbers above, the other with three times as much.
CurvePoint measured_point() {
  const std::vector<ItemOutcome> items{item_with(run(all_measured(1))),
                                       item_with(run(all_measured(3)))};
  return curve(items, accuracy(), "drop-all").front();
}

SweepView measured_sweep() {
  SweepView sweep;
  sweep.model = "tiny";
  sweep.task = "yes/no";
  sweep.layers = 4;
  sweep.points = {measured_point()};
  return sweep;
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
  return fields;
}

/// Where the name stands in the head, if it does.
template <class Head>
std::optional<std::size_t> column(const Head& head, std::string_view name) {
  const auto at = std::find(head.begin(), head.end(), name);
  if (at == head.end()) return std::nullopt;
  return static_cast<std::size_t>(at - head.begin());
}

}  // namespace

TEST_CASE("each measured number has one row, with a name and a member of its own",
          "[page][measured_numbers]") {
  std::set<std::string_view> names;
  for (const MeasuredNumber& number : measured_numbers) {
    names.insert(number.name);
    MeasuredNumbers numbers = all_measured();
    numbers.*number.member = -1;  // Of two rows with one member, the other would be -1, too.
    for (const MeasuredNumber& other : measured_numbers) {
      CHECK((numbers.*other.member == -1) == (&other == &number));
    }
  }
  CHECK(names.size() == measured_numbers.size());
}

TEST_CASE("a journal holds each measured number under its name and gives it back",
          "[page][measured_numbers]") {
  const std::string line = outcome_line(item_with(run(all_measured())));
  const nlohmann::json json = nlohmann::json::parse(line).at("runs").at(0);
  const RunOutcome again = read_outcome(line, "").runs.front();
  for (const MeasuredNumber& number : measured_numbers) {
    INFO(number.name);
    CHECK(json.at(std::string(number.name)).get<double>() == value_of(number));
    CHECK(again.*number.member == value_of(number));
  }
  // A journal without one of them, or with one that is not known, is refused.
  for (const MeasuredNumber& number : measured_numbers) {
    const std::string key = "\"" + std::string(number.name) + "\":";
    std::string other = line;
    other.replace(other.find(key), key.size(), "\"another\":");
    CHECK_THROWS_AS(read_outcome(other, ""), Error);
  }
}

TEST_CASE("a curve has the mean of each measured number over the runs that know it",
          "[page][measured_numbers]") {
  const CurvePoint point = measured_point();
  for (const MeasuredNumber& number : measured_numbers) {
    INFO(number.name);
    CHECK(point.*number.member == 2 * value_of(number));
    MeasuredNumbers unknown = all_measured(3);
    unknown.*number.member = no_number;
    const std::vector<ItemOutcome> items{item_with(run(all_measured(1))), item_with(run(unknown))};
    const double mean = curve(items, accuracy(), "drop-all").front().*number.member;
    CHECK(std::isnan(mean) == !number.may_be_unknown);
    if (number.may_be_unknown) CHECK(mean == value_of(number));
  }
}

TEST_CASE("curve.csv has a column for each measured number that tables have",
          "[page][measured_numbers]") {
  std::istringstream csv(curve_csv(measured_sweep()));
  std::string head;
  std::string row;
  std::getline(csv, head);
  std::getline(csv, row);
  for (const MeasuredNumber& number : measured_numbers) {
    INFO(number.name);
    const auto at = column(fields(head), number.name);
    CHECK(at.has_value() == number.in_tables);
    if (at) CHECK(fields(row).at(*at) == exact_number(2 * value_of(number)));
  }
}

TEST_CASE("a sweep's page shows each measured number that has a title, and saves it",
          "[page][measured_numbers]") {
  SweepReportTask task;
  task.sweep = measured_sweep();
  task.metric = accuracy();
  task.instruments = two_instruments();
  SweepReport report;
  report.tasks = {task};
  const std::string table = detail::points_table(task.sweep, {"drop-all"}, "All cuts");
  CHECK_THAT(sweep_report_html(report), ContainsSubstring(table.substr(table.find("<tr>"))));
  const nlohmann::json saved =
      sweep_report_json(report).at("numbers").at(0).at("curve").get<nlohmann::json>();
  for (const MeasuredNumber& number : measured_numbers) {
    INFO(number.name);
    const bool shown = !number.title.empty();
    const std::string title = "<th>" + std::string(number.title) + "</th>";
    const std::string cell = "<td>" + short_number(2 * value_of(number) / number.unit) + "</td>";
    CHECK((table.find(title) != std::string::npos) == shown);
    CHECK((table.find(cell) != std::string::npos) == shown);
    const auto at = column(saved.at(0), std::string(number.name));
    CHECK(at.has_value() == shown);
    if (at) CHECK(saved.at(1).at(*at).get<double>() == 2 * value_of(number));
  }
}
