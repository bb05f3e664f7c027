// SPDX-License-Identifier: MIT
/// \file Products with weights in half precision, on processors that cannot multiply them fast.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <adapters/half_products.hpp>

namespace infoflow::adapters {

namespace detail {

/// Rows of a weight [rows, channels] that are widened at a time: two megabytes of float32, which caches hold.
[[nodiscard]] inline std::int64_t block_rows(const at::Tensor& weight) {
  return std::clamp<std::int64_t>((std::int64_t{1} << 19) / weight.size(1), 1, weight.size(0));
}

/// Calls `f(first, rows, block)` for every block of a weight, wide.
template <class F>
void each_block(const at::Tensor& weight, F f) {
  const std::int64_t most = block_rows(weight);
  for (std::int64_t first = 0; first < weight.size(0); first += most) {
    const std::int64_t rows = std::min(most, weight.size(0) - first);
    f(first, rows, weight.narrow(0, first, rows).to(at::kFloat));
  }
}

/// x Wᵀ + b, rounded once. x [rows, in], W [out, in]; b may be undefined.
[[nodiscard]] inline at::Tensor widened_product(const at::Tensor& x, const at::Tensor& weight,
                                                const at::Tensor& bias) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor product = x.new_empty({x.size(0), weight.size(0)});
  each_block(weight, [&](std::int64_t first, std::int64_t rows, const at::Tensor& block) {
    at::Tensor part = wide.matmul(block.t());
    if (bias.defined()) part.add_(bias.narrow(0, first, rows));
    product.narrow(1, first, rows).copy_(part);
  });
  return product;
}

/// g W, its derivative, in float32 before it is rounded. g [rows, out].
[[nodiscard]] inline at::Tensor widened_gradient(const at::Tensor& g, const at::Tensor& weight) {
  const at::Tensor wide = g.to(at::kFloat);
  at::Tensor sum = wide.new_zeros({g.size(0), weight.size(1)});
  each_block(weight, [&](std::int64_t first, std::int64_t rows, const at::Tensor& block) {
    sum.addmm_(wide.narrow(1, first, rows), block);
  });
  return sum.to(g.scalar_type());
}

/// On a tape the weight stands as it is: autograd's own way would keep it wide. Weights are not learnt.
struct WidenedProduct : torch::autograd::Function<WidenedProduct> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
    context->save_for_backward({weight});
    return widened_product(x, weight, bias.value_or(at::Tensor()));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor weight = context->get_saved_variables().front();
    return {widened_gradient(gradients.front(), weight), {}, {}};
  }
};

/// Seconds of the fastest of three.
template <class F>
[[nodiscard]] double fastest(F f) {
  double least = 1e300;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    least = std::min(least, taken.count());
  }
  return least;
}

/// Whether widening is twice as fast. Where it was measured it is slower, or three times as fast and more,
/// so that noise does not change the choice.
template <at::ScalarType type>
[[nodiscard]] bool widening_pays() {
  static const bool pays = [] {
    const c10::NoGradGuard off_the_tape;
    const at::Tensor x = at::ones({64, 1024}, type);
    const at::Tensor weight = at::ones({1024, 1024}, type);
    const double native = fastest([&] { (void)at::linear(x, weight); });
    return 2 * fastest([&] { (void)widened_product(x, weight, {}); }) < native;
  }();
  return pays;
}

/// The way that is taken for weights of `type`.
[[nodiscard]] inline HalfProducts chosen_way(at::ScalarType type) {
  if (half_products() != HalfProducts::measured) return half_products();
  const bool pays =
      type == at::kBFloat16 ? widening_pays<at::kBFloat16>() : widening_pays<at::kHalf>();
  return pays ? HalfProducts::widened : HalfProducts::native;
}

[[nodiscard]] inline bool is_half(const at::Tensor& weight) {
  return weight.scalar_type() == at::kBFloat16 || weight.scalar_type() == at::kHalf;
}

[[nodiscard]] inline bool widens(const at::Tensor& x, const at::Tensor& weight) {
  // So few rows read each weight once, and wait for memory either way.
  constexpr std::int64_t few = 4;
  const at::ScalarType type = weight.scalar_type();
  if (!is_half(weight) || !weight.is_cpu() || weight.requires_grad()) return false;
  return x.scalar_type() == type && x.numel() / x.size(-1) > few &&
         chosen_way(type) == HalfProducts::widened;
}

}  // namespace detail

/// The way that products with these weights take, measured if it is not chosen; empty if there is no choice.
/// Results depend on it.
[[nodiscard]] inline std::string way_of_products(const at::Tensor& weight) {
  if (!weight.is_cpu() || !detail::is_half(weight)) return {};
  return detail::chosen_way(weight.scalar_type()) == HalfProducts::widened ? "widened" : "native";
}

/// x Wᵀ + b as `at::linear`, in the faster way. x [..., in], weight [out, in]; the bias may be undefined.
[[nodiscard]] inline at::Tensor linear(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias) {
  if (!detail::widens(x, weight)) return at::linear(x, weight, bias);
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  const std::optional<at::Tensor> if_defined =  // A tape takes no undefined tensor.
      bias.defined() ? std::optional(bias) : std::nullopt;
  const at::Tensor product = rows.requires_grad()
                                 ? detail::WidenedProduct::apply(rows, weight, if_defined)
                                 : detail::widened_product(rows, weight, bias);
  std::vector<std::int64_t> shape(x.sizes().begin(), x.sizes().end());
  shape.back() = weight.size(0);
  return product.reshape(shape);
}

}  // namespace infoflow::adapters
