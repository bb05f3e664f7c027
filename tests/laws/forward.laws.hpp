// SPDX-License-Identifier: MIT
/// \file Laws of forward and generate over layerwise adapters.
#pragma once

#include <map>
#include <span>
#include <vector>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/generate.hpp>

#include "law.hpp"

namespace infoflow::laws {

/// What a pass leaves behind: block outputs by layer with their positions, and logits of the
/// answer.
template <class Adapter>
struct Passed {
  std::map<int, std::vector<Index>> positions;
  std::map<int, HostMatrix> outputs;
  HostMatrix logits;
};

/// Rows that predict the answer, and the last.
[[nodiscard]] inline std::vector<Index> answer_rows(const Prompt& prompt,
                                                    std::size_t answer_length) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i <= answer_length; ++i) {
    rows.push_back(prompt.partition.prompt_length() + static_cast<Index>(i) - 1);
  }
  return rows;
}

template <class Adapter, class Case>
[[nodiscard]] Passed<Adapter> pass(const Adapter& adapter, const Case& c,
                                   const Truncation& truncation) {
  Passed<Adapter> seen;
  const auto observer = observe(on_activation(
      sites_at_all_layers(SiteKind::block_output, adapter.layer_count()), [&](const auto& event) {
        seen.positions[event.site.layer].assign(event.positions.begin(), event.positions.end());
        seen.outputs[event.site.layer] =
            TensorOps<typename Adapter::Tensor>::to_host(event.features);
      }));
  const std::vector<Index> rows = answer_rows(c.prompt, c.answer.size());
  seen.logits = TensorOps<typename Adapter::Tensor>::to_host(
      forward(adapter, c.prompt, c.tokens, c.answer, rows, observer, truncation));
  return seen;
}

/// Dropping equals masking on the kept rows of every layer, and in the answer's logits.
template <class Adapter, class Case>
[[nodiscard]] Violation check_drop_equals_mask(const Adapter& adapter, const Case& c,
                                               Truncation truncation, double tolerance) {
  truncation.mode = CutMode::drop;
  const auto dropped = pass(adapter, c, truncation);
  truncation.mode = CutMode::mask;
  const auto masked = pass(adapter, c, truncation);
  for (const auto& [layer, kept] : dropped.positions) {
    const HostMatrix rows = TensorOps<HostMatrix>::take_rows(masked.outputs.at(layer), kept);
    const double error = relative_error(dropped.outputs.at(layer), rows);
    if (error > tolerance) return "dropping is not masking in layer " + std::to_string(layer);
  }
  return within(relative_error(dropped.logits, masked.logits), tolerance,
                "dropping is not masking in the logits");
}

/// A cut that drops nothing changes no bit.
template <class Adapter, class Case>
[[nodiscard]] Violation check_idle_cut(const Adapter& adapter, const Case& c,
                                       const Truncation& idle) {
  const auto untouched = pass(adapter, c, Truncation{});
  const auto cut = pass(adapter, c, idle);
  for (const auto& [layer, output] : untouched.outputs) {
    const HostMatrix& same = cut.outputs.at(layer);
    if (same.rows() != output.rows() || same != output) return "an idle cut changes bits";
  }
  return cut.logits == untouched.logits ? "" : "an idle cut changes bits of the logits";
}

/// Decoding token by token with the caches gives the logits of one pass over prompt + answer.
template <class Adapter, class Case>
[[nodiscard]] Violation check_cached_decoding(const Adapter& adapter, const Case& c,
                                              const Truncation& truncation, double tolerance) {
  using Ops = TensorOps<typename Adapter::Tensor>;
  const HostMatrix whole = pass(adapter, c, truncation).logits;
  SequenceRun<Adapter> sequence(adapter, c.prompt, c.tokens, {}, truncation);
  for (std::size_t i = 0; i <= c.answer.size(); ++i) {
    if (i > 0) sequence.append(c.answer[i - 1]);
    sequence.run(observe());
    const Index last = sequence.partition().size() - 1;
    const HostMatrix step = Ops::to_host(sequence.logits(std::span(&last, 1)));
    const double error = relative_error(step, whole.row(static_cast<Index>(i)));
    if (error > tolerance) return "cached decoding differs at step " + std::to_string(i);
  }
  return "";
}

/// What comes later changes nothing before it: the answer does not touch the row that predicts its
/// first token, nor any row of the prompt.
template <class Adapter, class Case>
[[nodiscard]] Violation check_causal(const Adapter& adapter, Case c, double tolerance) {
  const auto with_answer = pass(adapter, c, Truncation{});
  c.answer.clear();
  const auto without = pass(adapter, c, Truncation{});
  for (const auto& [layer, output] : without.outputs) {
    const HostMatrix prompt_rows = with_answer.outputs.at(layer).topRows(output.rows());
    if (relative_error(prompt_rows, output) > tolerance) return "a row reads what comes after it";
  }
  return "";
}

/// generate gives the same with the adapter's layers and caches as through `forward` alone, and
/// every token is the most likely after those before it.
template <class Layerwise, class Opaque, class Case>
[[nodiscard]] Violation check_same_answer(const Layerwise& fast, const Opaque& slow, const Case& c,
                                          const Truncation& truncation) {
  const Generation a = generate(fast, c.prompt, c.tokens, 6, truncation);
  const Generation b = generate(slow, c.prompt, c.tokens, 6, truncation);
  if (a.ids != b.ids || a.stopped != b.stopped) return "the two ways give different answers";
  return "";
}

}  // namespace infoflow::laws
