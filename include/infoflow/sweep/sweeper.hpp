// SPDX-License-Identifier: MIT
/// \file Sweeper: one question under many cuts, whatever the model; plain values in and out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <infoflow/benchmarks/items/benchmark.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/run/cost.hpp>
#include <infoflow/run/truncation_sweep.hpp>

namespace infoflow {

/// One question under many cuts.
struct SweepQuestion {
  BenchmarkItem item;
  std::optional<RgbImage> image;        ///< None: a question without a picture.
  std::optional<RgbImage> other_image;  ///< Another item's picture, as a control.
  std::vector<Truncation> truncations;
};

/// What the untouched model and every run said. Runs and their texts come in the order of the
/// truncations.
struct SweptQuestion {
  SweptItem item;
  std::string untouched;
  std::vector<std::string> answers;
  /// The controls: the prompt without its image, and with the other image, where there are any.
  std::optional<ComparedAnswer> without_image;
  std::optional<ComparedAnswer> with_other_image;
  std::string answer_without_image;
  std::string answer_with_other_image;
  std::vector<double> image_share;  ///< Per layer, of the untouched run, mean over its tokens.
  std::vector<double> cam_mass;     ///< Per layer, after the attention; empty without an answer.
};

/// Keeps what consecutive questions share: ask all questions about one picture one after another.
class Sweeper {
 public:
  virtual ~Sweeper() = default;

  [[nodiscard]] virtual int layers() const = 0;
  [[nodiscard]] virtual DecoderShape shape() const = 0;  ///< All 0 if not known: costs are 0 then.

  /// Makes every prompt of the question and runs nothing. What it lets pass and then fails in a run is
  /// no fault of the question's. \throws Error if a prompt cannot be made
  virtual void check(const SweepQuestion& question) const = 0;

  [[nodiscard]] virtual SweptQuestion operator()(const SweepQuestion& question) = 0;

  /// Wall seconds of one ordinary generation under a truncation, prefill included.
  [[nodiscard]] virtual double seconds_to_answer(const SweepQuestion& question,
                                                 const Truncation& truncation) = 0;
};

}  // namespace infoflow
