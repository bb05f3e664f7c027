// SPDX-License-Identifier: MIT
/// \file The numbers that a sweep measures of each run, and the one table that names them: a journal,
/// a curve, the tables and the pages read and write whatever stands in it.
#pragma once

#include <array>
#include <limits>
#include <string_view>

namespace infoflow {

/// What is measured of one run of an item; of a point of a curve, the means over its runs.
struct MeasuredNumbers {
  double kl = 0;        ///< KL(untouched ‖ this), nats, mean over the untouched answer's tokens.
  double kl_first = 0;  ///< The same for the first token alone.
  /// Of the reference answer, teacher-forced; NaN if there is none.
  double reference_probability = std::numeric_limits<double>::quiet_NaN();
  double image_tokens = 0;   ///< Image tokens that are left after the last cut.
  double flops = 0;          ///< Of prefill and decoding, by formula.
  double prefill_flops = 0;  ///< Of prefill alone.
  double kv_bytes = 0;       ///< Of the cache after the prompt, by formula.
  double seconds = 0;        ///< Wall time that this run took of the item's.
};

/// Where one of the numbers is kept and how it is shown.
struct MeasuredNumber {
  std::string_view name;  ///< In journals, in the head of a table and of a page's CSV.
  double MeasuredNumbers::* member = nullptr;
  std::string_view title = {};  ///< Of its column on a page; empty: pages do not show it.
  double unit = 1;              ///< What the title counts in: 1e9 for "GFLOPs".
  bool in_tables = true;        ///< Whether it is a column of curve.csv and controls.csv.
  /// It may be NaN in a journal, "not known", and is then left out of means.
  bool may_be_unknown = false;
};

/// All of them, in the order of their members, of a journal's fields and of columns. All are at least 0.
inline constexpr std::array measured_numbers{
    MeasuredNumber{.name = "kl", .member = &MeasuredNumbers::kl, .title = "KL, nats"},
    MeasuredNumber{
        .name = "kl_first", .member = &MeasuredNumbers::kl_first, .title = "KL, first token"},
    MeasuredNumber{.name = "reference_probability",
                   .member = &MeasuredNumbers::reference_probability,
                   .in_tables = false,
                   .may_be_unknown = true},
    MeasuredNumber{.name = "image_tokens",
                   .member = &MeasuredNumbers::image_tokens,
                   .title = "image tokens",
                   .in_tables = false},
    MeasuredNumber{
        .name = "flops", .member = &MeasuredNumbers::flops, .title = "GFLOPs", .unit = 1e9},
    MeasuredNumber{
        .name = "prefill_flops", .member = &MeasuredNumbers::prefill_flops, .in_tables = false},
    MeasuredNumber{.name = "kv_bytes",
                   .member = &MeasuredNumbers::kv_bytes,
                   .title = "KV cache, MB",
                   .unit = 1e6},
    MeasuredNumber{.name = "seconds", .member = &MeasuredNumbers::seconds, .title = "seconds"}};

// A number that is added above does not compile until the table has it.
static_assert(sizeof(MeasuredNumbers) == measured_numbers.size() * sizeof(double));

}  // namespace infoflow
