// SPDX-License-Identifier: MIT
/// \file The paper's Table 1: each model on each data set, untouched and cut at its cliff.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/cliff/held_out.hpp>
#include <infoflow/cliff/sweep_tables.hpp>
#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/statistics/interval.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// A value with its 95 % interval, pictures being the units.
struct Estimate {
  double value = 0;
  Interval interval;
  bool defined = true;  ///< False if there is nothing to divide by.
};

/// One model on one data set. The cut is chosen on one half of the pictures; all numbers are of the
/// other, so that the choice cannot flatter them.
struct Table1Row {
  std::string model;
  std::string data;
  std::string metric;
  int layers = 0;
  Index n = 0;       ///< Items of the half that is reported.
  Index images = 0;  ///< Its pictures.
  double margin = 0.01;
  Estimate baseline;
  std::optional<int> cut;  ///< None: the half that chooses has no cliff, and nothing is at it.
  Estimate at_cliff;
  Estimate gain;       ///< How much better than untouched, of the same items; positive is better.
  bool keeps = false;  ///< Shown to lose less than the margin; for CHAIR in recall, too.
  CliffStatus status = CliffStatus::no_cliff;  ///< Of the half that chooses.

  /// "7 of 8", or why there is no cut: a half has half the items, which may not be enough.
  [[nodiscard]] std::string cut_text() const {
    if (!cut) return std::string(name_of(status));
    return std::to_string(*cut) + " of " + std::to_string(layers);
  }
};

/// The row of a sweep whose cut was chosen on one half of the pictures.
[[nodiscard]] inline Table1Row table1_row(std::string model, std::string data,
                                          const HeldOut& held_out) {
  const Cliff& half = held_out.reported;
  Table1Row row{std::move(model),
                std::move(data),
                "",
                half.layers,
                half.n,
                half.images,
                half.margin,
                {},
                held_out.chosen.cliff_layer,
                {},
                {}};
  const auto estimate = [](const CurvePoint& p) {
    return Estimate{main_value(p), p.interval, p.values[0].defined};
  };
  if (!half.untouched.values.empty()) {
    row.metric = half.untouched.values[0].name;
    row.baseline = estimate(half.untouched);
  }
  row.status = held_out.chosen.status;
  const RunComparison* const cut = held_out.at_cliff();
  // Items that do not need the image have a cliff at 0 that is none.
  if (cut != nullptr && held_out.chosen.status == CliffStatus::found) {
    row.keeps = cut->passed;
    row.at_cliff = estimate(cut->point);
    const Gain& gain = cut->gains.at(0);
    row.gain = {gain.gain, gain.interval, gain.defined};
  } else {
    row.cut.reset();
  }
  return row;
}

/// Text for a cell of a Markdown table: no sign of it begins a format, a tag or another cell.
[[nodiscard]] inline std::string markdown_cell(std::string_view text) {
  constexpr std::string_view signs = "\\`*_[]|<>~&";
  std::string cell;
  for (const char c : valid_utf8(text)) {
    if (signs.find(c) != std::string_view::npos) cell += '\\';
    const auto byte = static_cast<unsigned char>(c);
    cell += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return cell;
}

/// "+0.8 [−0.1, +1.7]", in points.
[[nodiscard]] inline std::string signed_points(const Estimate& e) {
  if (!e.defined) return "not defined";
  const auto signed_number = [](double x) {
    const std::string text = fixed(100 * x, 1);
    if (text == "0.0" || text == "-0.0") return std::string("0.0");
    return text.starts_with('-') ? "−" + text.substr(1) : "+" + text;
  };
  return signed_number(e.value) + " [" + signed_number(e.interval.low) + ", " +
         signed_number(e.interval.high) + "]";
}

namespace detail {

[[nodiscard]] inline std::string estimate_text(const Estimate& e) {
  return e.defined ? with_interval(e.value, e.interval) : "not defined";
}

}  // namespace detail

/// A Markdown table, with a line below that says how the cut was chosen.
[[nodiscard]] inline std::string table1_markdown(std::span<const Table1Row> rows) {
  std::string text =
      "| model | data set | metric | n | pictures | margin | cut | untouched | at the cliff | "
      "gain, points |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const Table1Row& row : rows) {
    text += "| " + markdown_cell(row.model) + " | " + markdown_cell(row.data) + " | " +
            markdown_cell(row.metric) + " | " + grouped(row.n) + " | " + grouped(row.images) +
            " | " + points_text(row.margin) + " | ";
    text += row.cut_text() + " | " + detail::estimate_text(row.baseline) + " | ";
    text +=
        row.cut ? detail::estimate_text(row.at_cliff) + " | " + signed_points(row.gain) : "– | –";
    text += " |\n";
  }
  return text +
         "\nThe cut was chosen on one half of the pictures; n and all values are of the other "
         "half. "
         "Brackets: 95 % intervals, pictures being the units. A positive gain is better.\n";
}

/// The same as CSV, numbers in full; columns of the cliff are empty where there is none.
[[nodiscard]] inline std::string table1_csv(std::span<const Table1Row> rows) {
  std::string csv =
      "model,data,metric,n,images,margin,layers,cut_layer,baseline,baseline_low,baseline_high,"
      "at_cliff,at_cliff_low,at_cliff_high,gain,gain_low,gain_high\n";
  for (const Table1Row& row : rows) {
    csv += csv_field(row.model) + ',' + csv_field(row.data) + ',' + csv_field(row.metric) + ',' +
           std::to_string(row.n) + ',' + std::to_string(row.images) + ',' +
           exact_number(row.margin) + ',' + std::to_string(row.layers) + ',' +
           (row.cut ? std::to_string(*row.cut) : "");
    const auto add = [&](const Estimate& e, bool there) {
      for (const double x : {e.value, e.interval.low, e.interval.high}) {
        csv += ',' + (there && e.defined ? exact_number(x) : "");
      }
    };
    add(row.baseline, true);
    add(row.at_cliff, row.cut.has_value());
    add(row.gain, row.cut.has_value());
    csv += '\n';
  }
  return csv;
}

}  // namespace infoflow
