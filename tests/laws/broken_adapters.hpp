// SPDX-License-Identifier: MIT
/// \file Toy decoders that break one law each.
#pragma once

#include <span>
#include <vector>

#include <infoflow/adapter/diagnostics.hpp>
#include <infoflow/run/plain.hpp>

#include "../../examples/toy/toy_decoder.hpp"

namespace infoflow::laws {

using Toy = toy::Decoder<double>;
using ToyLanes = std::span<Lane<Toy::Tensor>>;

/// Ignores what a cut has masked.
struct ForgetsTheMask : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (auto& lane : lanes) lane.masked.clear();
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Rotates by the place in the batch of rows in flight: right only while nothing was dropped.
struct CountsRowsInFlight : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (auto& lane : lanes) {
      for (std::size_t i = 0; i < lane.position_ids.size(); ++i) {
        lane.position_ids[i] = static_cast<Index>(i);
      }
    }
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Throws the layer's cache away before it runs.
struct ForgetsTheCache : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (auto& lane : lanes) lane.cache[static_cast<std::size_t>(layer)] = {};
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Lets every row see a little of the last one.
struct LooksAhead : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (auto& lane : lanes) {
      const Toy::Tensor last = lane.hidden.bottomRows(1);
      lane.hidden.rowwise() += 1e-3 * last.row(0);
    }
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Adds a hair to every row whenever there is a cut: not the untouched path bit for bit.
struct NeverIdle : Toy {
  using Toy::Toy;
  template <class Observer>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer& observer, const Truncation& truncation) const {
    const Toy& base = *this;
    const Tensor logits =
        infoflow::forward(base, prompt, tokens, answer, rows, observer, truncation);
    return truncation.schedule.cuts().empty() ? logits : Tensor(1.0001 * logits);
  }
};

/// Uses the first lane's mask for the whole batch.
struct SharesOneMask : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (auto& lane : lanes) lane.masked = lanes.front().masked;
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Shows attention after taking half of each row away.
struct HalfAttention : Toy {
  struct AttentionBlock : Toy::AttentionBlock {
    using Toy::AttentionBlock::AttentionBlock;
    AttentionBlock(const Toy::AttentionBlock& block) : Toy::AttentionBlock(block) {}  // NOLINT
    [[nodiscard]] HeadMatrices<double> rows(std::span<const Index> queries) const {
      auto rows = Toy::AttentionBlock::rows(queries);
      for (auto& head : rows) head *= 0.5;
      return rows;
    }
  };
  using Toy::Toy;
  [[nodiscard]] AttentionBlock attention(int layer, const Lane<Tensor>& lane) const {
    return Toy::attention(layer, lane);
  }
};

/// Shows every layer's attention, asked for or not: what hooks on all modules do.
struct ShowsEverything : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    for (const auto& lane : lanes) {
      if (!observer.wants_attention(layer)) observer.attention(layer, attention(layer, lane));
    }
    Toy::run_layer(layer, lanes, observer);
  }
};

/// Shows nothing of a pass, forward or backward.
struct ShowsNothing : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer&) const {
    Toy::run_layer(layer, lanes, observe());
  }
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer&) const {
    Toy::backward(prompt, tokens, answer, target, observe());
  }
};

/// Shows nothing of layer 1.
struct SkipsLayer1 : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    if (layer == 1) {
      Toy::run_layer(layer, lanes, observe());
    } else {
      Toy::run_layer(layer, lanes, observer);
    }
  }
};

/// Wants what its observer wants, but for the value projections.
template <class Observed>
struct WithoutValues : ObserverRef<Observed> {
  using ObserverRef<Observed>::ObserverRef;
  [[nodiscard]] bool wants_activation(Site site) const {
    return site.kind != SiteKind::v_proj && ObserverRef<Observed>::wants_activation(site);
  }
  [[nodiscard]] bool wants_gradient(Site site) const {
    return site.kind != SiteKind::v_proj && ObserverRef<Observed>::wants_gradient(site);
  }
};

/// Shows everything but the value projections.
struct SkipsValues : Toy {
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, ToyLanes lanes, const Observer& observer) const {
    Toy::run_layer(layer, lanes, WithoutValues<Observer>(observer));
  }
  template <Target T, class Observer>
  void backward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer& observer) const {
    Toy::backward(prompt, tokens, answer, target, WithoutValues<Observer>(observer));
  }
};

/// An opaque engine that declares its attention and never shows it: every concept fits.
struct DeafEngine : PlainAdapter<Toy> {
  using AttentionBlock = Toy::AttentionBlock;
  using PlainAdapter<Toy>::PlainAdapter;
  template <class Observer>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer&) const {
    return PlainAdapter<Toy>::forward(prompt, tokens, answer, rows, observe());
  }
  template <class Observer>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer&, const Truncation& truncation) const {
    return PlainAdapter<Toy>::forward(prompt, tokens, answer, rows, observe(), truncation);
  }
};
static_assert(AttentionAdapter<DeafEngine> && explain<DeafEngine>());

}  // namespace infoflow::laws
