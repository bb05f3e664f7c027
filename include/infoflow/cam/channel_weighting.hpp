// SPDX-License-Identifier: MIT
/// \file How features and gradients become the terms of one signed value per position.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>

namespace infoflow {

/// `weighting(A, G)` with features A and gradients G of the image rows, both [positions, channels],
/// gives the terms of the heat, [positions, channels]: their sum over channels is the signed heat
/// before the final ReLU (eq. 3). One column is its own sum. `weighting.name()` names it in tables
/// and captions.
template <class W, class T>
concept ChannelWeighting = MatrixTensor<T> && requires(const W& w, const T& a, const T& g) {
  { w(a, g) } -> std::same_as<T>;
  { w.name() } -> std::convertible_to<std::string_view>;
};

/// α_k = mean over positions of G_k; Σ_k α_k A_k: Grad-CAM, the paper's eqs. 2–3. The default.
struct MeanGradient {
  [[nodiscard]] std::string_view name() const { return "mean"; }

  template <MatrixTensor T>
  T operator()(const T& features, const T& gradients) const {
    return TensorOps<T>::multiply(features, TensorOps<T>::mean_over_rows(gradients));
  }
};

/// α_k = mean over positions of ReLU(G_k): what the paper's released code does.
struct ReluMeanGradient {
  [[nodiscard]] std::string_view name() const { return "relu-mean"; }

  template <MatrixTensor T>
  T operator()(const T& features, const T& gradients) const {
    return MeanGradient{}(features, TensorOps<T>::relu(gradients));
  }
};

/// Σ_k G_k A_k position by position: HiResCAM (Draelos and Carin, 2020). No pooling, so a place is
/// shown only if its own features matter.
struct HiResCam {
  [[nodiscard]] std::string_view name() const { return "hires"; }

  template <MatrixTensor T>
  T operator()(const T& features, const T& gradients) const {
    return TensorOps<T>::multiply(features, gradients);
  }
};

/// Σ_k ReLU(G_k) A_k position by position: LayerCAM (Jiang et al., 2021).
struct LayerCam {
  [[nodiscard]] std::string_view name() const { return "layer-cam"; }

  template <MatrixTensor T>
  T operator()(const T& features, const T& gradients) const {
    return HiResCam{}(features, TensorOps<T>::relu(gradients));
  }
};

/// Any weighting over tensors T behind one type; models ChannelWeighting.
template <MatrixTensor T>
class AnyWeighting {
 public:
  // `same_as` first, as in AnyPolicy: a constraint must not depend on itself.
  template <class W>
    requires(!std::same_as<W, AnyWeighting> && ChannelWeighting<W, T>)
  AnyWeighting(W weighting)  // NOLINT: a weighting is an AnyWeighting
      : name_(weighting.name()), call_(std::move(weighting)) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  T operator()(const T& features, const T& gradients) const { return call_(features, gradients); }

 private:
  std::string name_;
  std::function<T(const T&, const T&)> call_;
};

/// The weighting that `name` spells. \throws Error naming the weightings there are
template <MatrixTensor T>
[[nodiscard]] AnyWeighting<T> weighting_named(std::string_view name) {
  if (name == MeanGradient{}.name()) return MeanGradient{};
  if (name == ReluMeanGradient{}.name()) return ReluMeanGradient{};
  if (name == HiResCam{}.name()) return HiResCam{};
  if (name == LayerCam{}.name()) return LayerCam{};
  throw Error("no channel weighting is called \"" + std::string(name) + "\"", "weighting",
              "use mean, relu-mean, hires or layer-cam");
}

}  // namespace infoflow
