// SPDX-License-Identifier: MIT
/// \file Gradients at all sites that an observer wants, by one backward pass over one lane.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/adapter/observer_witness.hpp>
#include <infoflow/torch/tensor_ops.hpp>

namespace infoflow {

/// Features that a pass produced at a site, still on the tape.
struct TapedFeatures {
  Site site;
  std::vector<Index> positions;
  at::Tensor features;  ///< [positions, channels]
};

namespace detail {

/// A sparse derivative as a tensor [rows, vocabulary]; entries that name the same logit add up.
[[nodiscard]] inline at::Tensor dense(const Cotangent& cotangent, const at::Tensor& logits) {
  HostMatrix weights = HostMatrix::Zero(logits.size(0), logits.size(1));
  for (const CotangentEntry& entry : cotangent) {
    if (entry.row < 0 || entry.row >= weights.rows() || entry.token < 0 ||
        entry.token >= weights.cols()) {
      throw Error("logit [" + std::to_string(entry.row) + ", " + std::to_string(entry.token) +
                      "] of " + std::to_string(weights.rows()) + " × " +
                      std::to_string(weights.cols()),
                  "Target", "name rows of the answer and tokens of the vocabulary");
    }
    weights(entry.row, entry.token) += entry.weight;
  }
  const std::span<const float> values(weights.data(), static_cast<std::size_t>(weights.size()));
  return on_device_of(logits, values, at::kFloat).view(logits.sizes()).to(logits.scalar_type());
}

/// The gradient that a backward pass has left; exact zeros where no path leads from the target.
[[nodiscard]] inline at::Tensor gradient_at(const at::Tensor& features) {
  const at::Tensor& gradient = features.grad();
  return gradient.defined() ? gradient : features.new_zeros(features.sizes());
}

}  // namespace detail

/// One forward and one backward over prompt + answer of any layerwise adapter over at::Tensor; shows
/// a Gradient for each site that the observer wants, in the reverse of the forward order (layers
/// descending, then `before_decoder` backwards).
///
/// The tape starts at the lane's rows, after the image tokens were spliced in; weights never require
/// gradients. To reach further back, an adapter makes the image tokens part of a tape and names the
/// features that stand on it: `before_decoder`, in forward order, each with its gradient retained.
/// Law: a site that the target does not depend on gets exact zeros. An empty answer shows zeros.
/// Errors: whatever `target` throws, before the backward; Error if its cotangent leaves the logits.
template <LayerwiseAdapter A, Target T, class Observer>
  requires std::same_as<typename A::Tensor, at::Tensor>
void backward_through_lanes(const A& adapter, const Prompt& prompt, const ImageTokensOf<A>& tokens,
                            std::span<const TokenId> answer, const T& target,
                            const Observer& observer,
                            std::vector<TapedFeatures> before_decoder = {}) {
  const c10::AutoGradMode on_the_tape(true);
  std::vector<Lane<at::Tensor>> lanes{adapter.begin(prompt, tokens, answer)};
  at::Tensor& hidden = lanes.front().hidden;
  if (!hidden.requires_grad()) hidden = hidden.detach().requires_grad_();

  std::vector<TapedFeatures> taped = std::move(before_decoder);
  std::vector<Site> sites;
  for (int layer = 0; layer < adapter.layer_count(); ++layer) {
    for (std::size_t kind = 0; kind < site_kind_names.size(); ++kind) {
      const Site site{layer, static_cast<SiteKind>(kind)};
      if (!is_vision(site.kind) && observer.wants_gradient(site)) sites.push_back(site);
    }
  }
  const auto remember = observe(on_activation(sites, [&](const Activation<at::Tensor>& event) {
    if (!event.features.is_leaf()) event.features.retain_grad();
    taped.push_back({event.site, {event.positions.begin(), event.positions.end()}, event.features});
  }));
  for (int layer = 0; layer < adapter.layer_count(); ++layer) {
    const Witness witness(remember, "run_layer");
    adapter.run_layer(layer, std::span(lanes), witness);
    witness.require_layer(layer);
  }

  const std::vector<Index> rows =
      prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
  const at::Tensor logits = adapter.logits(lanes.front(), rows);
  lanes.clear();  // The caches are not needed any more; what the tape needs, it keeps.
  const Cotangent cotangent = target(TensorOps<at::Tensor>::to_host(logits), answer);
  if (!cotangent.empty()) logits.backward(detail::dense(cotangent, logits));

  const c10::NoGradGuard off_the_tape;
  while (!taped.empty()) {
    const TapedFeatures& last = taped.back();
    const at::Tensor gradient = detail::gradient_at(last.features);
    const at::Tensor features = last.features.detach();
    observer.gradient(Gradient<at::Tensor>{last.site, last.positions, features, gradient});
    taped.pop_back();
  }
}

}  // namespace infoflow
