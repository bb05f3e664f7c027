// SPDX-License-Identifier: MIT
/// \file What a sweep's outcomes say: curves, the cliff, the instruments, and the decision.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <infoflow/io/benchmark.hpp>
#include <infoflow/io/sweep_view.hpp>
#include <infoflow/io/table1.hpp>
#include <infoflow/truncation/cliff.hpp>
#include <infoflow/truncation/instruments.hpp>

#include "sweep_questions.hpp"

namespace infoflow::analyzers {

/// Measured seconds per answer, untouched and cut, one generation after the other.
struct Latency {
  Index items = 0;
  double untouched = 0;  ///< Median over the items.
  double cut = 0;
};

/// A finished sweep, as its files are written from.
struct SweepFindings {
  std::string model;
  std::string title;  ///< What figures and tables call the data.
  std::string task;
  std::string rule;
  MetricSummary metric;
  SweepView all;                   ///< Curves of every policy, the cliff of the main one.
  std::optional<SweepView> needy;  ///< The same of the items that text alone does not answer.
  Cliff cliff;
  Table1Row held_out;
  std::vector<Instrument> instruments;
  std::vector<InstrumentPair> pairs;
  std::optional<Latency> latency;
  std::vector<std::string> skipped;  ///< Rows that all of this is without, each with its reason.
};

/// What the items of one model, task and policy came to.
/// \param title  what figures and tables call the data
/// \throws Error if an item lacks a run that others have
[[nodiscard]] SweepFindings findings_of(const std::vector<ItemOutcome>& items,
                                        const Benchmark& benchmark, const std::string& title,
                                        const std::string& model, const std::string& policy,
                                        double margin);

/// Relative savings of the cut against the untouched model: −0.41 is 41 % less.
struct Savings {
  double prefill_flops = 0;
  double kv_cache = 0;
};
[[nodiscard]] Savings savings_at(const SweepFindings& findings, int cut_layer);

/// The decision in one sentence: what to cut from which layer on, what it costs and saves; or why
/// there is nothing to decide.
[[nodiscard]] std::string decision_text(const SweepFindings& findings);

/// "POPE", "ScienceQA (original)": the benchmark, with its rule unless that is the usual one; of own
/// questions the file's name.
[[nodiscard]] std::string data_title(const SweepData& data, const std::string& rule);

}  // namespace infoflow::analyzers
