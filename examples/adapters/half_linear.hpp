// SPDX-License-Identifier: MIT
/// \file Products with weights in half precision, on processors that cannot multiply them fast.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
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

/// x Wᵀ, rounded once. x [rows, in], W [out, in].
[[nodiscard]] inline at::Tensor widened_product(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor product = x.new_empty({x.size(0), weight.size(0)});
  each_block(weight, [&](std::int64_t first, std::int64_t rows, const at::Tensor& block) {
    product.narrow(1, first, rows).copy_(wide.matmul(block.t()));
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

/// On a tape the weight stands as it is: autograd's own way would keep it wide.
struct WidenedProduct : torch::autograd::Function<WidenedProduct> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight) {
    context->save_for_backward({weight});
    return widened_product(x, weight);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    return {widened_gradient(gradients.front(), context->get_saved_variables().front()), {}};
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

/// Measured once, in a hundredth of a second. Native unless the other is twice as fast: on processors that
/// there are it is less than once or more than three times, so that noise does not change the choice.
[[nodiscard]] inline bool widening_pays(at::ScalarType type) {
  const auto measure = [](at::ScalarType of) {
    const c10::NoGradGuard off_the_tape;
    const at::Tensor x = at::ones({64, 1024}, of);
    const at::Tensor weight = at::ones({1024, 1024}, of);
    const double native = fastest([&] { (void)at::linear(x, weight); });
    return 2 * fastest([&] { (void)widened_product(x, weight); }) < native;
  };
  static const bool bfloat16 = measure(at::kBFloat16);
  static const bool float16 = measure(at::kHalf);
  return type == at::kBFloat16 ? bfloat16 : float16;
}

[[nodiscard]] inline bool widens(const at::Tensor& weight, std::int64_t rows) {
  constexpr std::int64_t few = 4;  // So few read each weight once, and wait for memory either way.
  const at::ScalarType type = weight.scalar_type();
  if (!weight.is_cpu() || (type != at::kBFloat16 && type != at::kHalf) || rows <= few) return false;
  switch (half_products()) {
    case HalfProducts::native: return false;
    case HalfProducts::widened: return true;
    default: return widening_pays(type);
  }
}

}  // namespace detail

/// x Wᵀ + b as `at::linear`, in the faster way. x [..., in], weight [out, in]; the bias may be undefined.
[[nodiscard]] inline at::Tensor linear(const at::Tensor& x, const at::Tensor& weight,
                                       const at::Tensor& bias) {
  if (!detail::widens(weight, x.numel() / x.size(-1))) return at::linear(x, weight, bias);
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  at::Tensor product = rows.requires_grad() ? detail::WidenedProduct::apply(rows, weight)
                                            : detail::widened_product(rows, weight);
  if (bias.defined()) product = product + bias;
  std::vector<std::int64_t> shape(x.sizes().begin(), x.sizes().end());
  shape.back() = weight.size(0);
  return product.reshape(shape);
}

}  // namespace infoflow::adapters
