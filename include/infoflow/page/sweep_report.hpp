// SPDX-License-Identifier: MIT
/// \file What a report of a sweep shows, as plain values.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/cliff/instruments.hpp>
#include <infoflow/cliff/outcome.hpp>
#include <infoflow/cliff/sweep_view.hpp>
#include <infoflow/cliff/table1.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/statistics/metric.hpp>

namespace infoflow {

/// One task with the items behind its points. Items and questions are views.
struct SweepReportTask {
  SweepView sweep;
  MetricSummary metric;
  std::vector<Instrument> instruments;
  std::span<const ItemOutcome> items;
  std::span<const BenchmarkItem> questions;  ///< In any order; they belong together by id.
};

/// One model on some tasks. Texts may hold anything; whoever shows them escapes them.
struct SweepReport {
  std::string model;
  std::vector<SweepReportTask> tasks;
  std::vector<Table1Row> table1;
  /// Reads a picture by the name that items have for it. May throw Error: the item is then shown
  /// without. Empty: no pictures.
  std::function<RgbImage(const std::string& image)> picture;
  std::vector<std::pair<std::string, std::string>> run;  ///< What was run: name, value.
  std::vector<std::string> notes;
};

}  // namespace infoflow
