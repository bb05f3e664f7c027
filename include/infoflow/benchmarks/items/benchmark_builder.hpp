// SPDX-License-Identifier: MIT
/// \file A benchmark made row by row, and what becomes of rows that cannot be used.
#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/core/error.hpp>

namespace infoflow {

/// Fills a benchmark row by row. The first bad row ends the reading, or, if `skip_bad` is set, each
/// is named in Benchmark::skipped and left out.
class BenchmarkBuilder {
 public:
  /// \param title  as figures and tables call the data
  BenchmarkBuilder(std::string task, std::string title, std::string rule, MetricSummary metric,
                   bool skip_bad)
      : skip_bad_(skip_bad) {
    benchmark_.task = std::move(task);
    benchmark_.title = std::move(title);
    benchmark_.rule = std::move(rule);
    benchmark_.metric = std::move(metric);
  }

  /// Adds what `make()` returns, a BenchmarkItem.
  /// \throws Error of `make`, or if its id stands twice, unless bad rows are skipped
  template <class Make>
  void add(Make make) {
    try {
      BenchmarkItem item = make();
      if (!ids_.insert(item.id).second) {
        throw Error("the id \"" + item.id + "\" stands twice", item.where, "give each row its own");
      }
      benchmark_.items.push_back(std::move(item));
    } catch (const Error& error) {
      if (!skip_bad_) throw;
      benchmark_.skipped.emplace_back(error.what());
    }
  }

  /// \throws Error if there are no items
  [[nodiscard]] Benchmark finish(const std::string& files) {
    if (benchmark_.items.empty()) {
      throw Error(
          "no question in the data can be used" +
              (benchmark_.skipped.empty() ? "" : ", the first since " + benchmark_.skipped[0]),
          files, "give the data set of --task " + benchmark_.task);
    }
    return std::move(benchmark_);
  }

  /// For what is said of the data set as a whole.
  [[nodiscard]] Benchmark& benchmark() { return benchmark_; }

 private:
  bool skip_bad_;
  Benchmark benchmark_;
  std::unordered_set<std::string> ids_;
};

}  // namespace infoflow
