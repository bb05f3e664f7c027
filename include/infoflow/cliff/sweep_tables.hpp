// SPDX-License-Identifier: MIT
/// \file A sweep's curves as CSV files.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/text/escape.hpp>

namespace infoflow {

/// The shortest text that reads back as the same double: "0.1", "1e-07", "nan".
[[nodiscard]] inline std::string exact_number(double x) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  return {buffer.data(), end.ptr};
}

namespace detail {

/// The head of a point's columns; the metric's other values stand in the last under their names.
[[nodiscard]] inline std::string curve_columns(std::span<const NamedValue> values) {
  std::string columns = "cut_layer,n,metric,low,high,agreement";
  for (const MeasuredNumber& number : measured_numbers) {
    if (number.in_tables) columns += "," + std::string(number.name);
  }
  for (std::size_t i = 1; i < values.size(); ++i) columns += "," + csv_field(values[i].name);
  return columns;
}

/// \throws Error if the point's values are not those of the columns
[[nodiscard]] inline std::string curve_row(const CurvePoint& p,
                                           std::span<const NamedValue> values) {
  const auto same = [](const NamedValue& a, const NamedValue& b) { return a.name == b.name; };
  if (!std::equal(p.values.begin(), p.values.end(), values.begin(), values.end(), same)) {
    throw Error("points with different values in one table", "curve_csv",
                "give points of one metric only");
  }
  std::string row = std::to_string(p.cut_layer) + ',' + std::to_string(p.n);
  for (const double x : {main_value(p), p.interval.low, p.interval.high, p.agreement}) {
    row += ',' + exact_number(x);
  }
  for (const MeasuredNumber& number : measured_numbers) {
    if (number.in_tables) row += ',' + exact_number(p.*number.member);
  }
  for (std::size_t i = 1; i < p.values.size(); ++i) row += ',' + exact_number(p.values[i].value);
  return row + '\n';
}

}  // namespace detail

/// curve.csv: one row per cut of the main policy, ascending; cut L is the untouched model. `metric`
/// is the main value, its companions stand in further columns under their names. Law: numbers read
/// back exactly. \throws Error if the main policy has no point, a cut stands there twice, or
/// metrics are mixed
[[nodiscard]] inline std::string curve_csv(const SweepView& sweep) {
  const std::vector<CurvePoint> curve = main_curve(sweep);
  const std::vector<NamedValue>& values = curve.front().values;
  std::string csv = detail::curve_columns(values) + '\n';
  for (const CurvePoint& p : curve) csv += detail::curve_row(p, values);
  return csv;
}

/// controls.csv: the same columns behind the policy's name, for all policies but the main one.
/// \throws Error as curve_csv
[[nodiscard]] inline std::string controls_csv(const SweepView& sweep) {
  const std::vector<NamedValue> values = main_curve(sweep).front().values;
  std::string csv = "policy," + detail::curve_columns(values) + '\n';
  for (const std::string& policy : policies_of(sweep)) {
    if (policy == sweep.policy) continue;
    for (const CurvePoint& p : curve_of(sweep, policy)) {
      csv += csv_field(policy) + ',' + detail::curve_row(p, values);
    }
  }
  return csv;
}

}  // namespace infoflow
