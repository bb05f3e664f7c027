// SPDX-License-Identifier: MIT
// Products with half-precision weights that are widened block by block.
#include <catch_torch.hpp>

#include <adapters/half_linear.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::half_products;
using adapters::HalfProducts;

namespace {

/// The process's choice for a test's time.
class Choose {
 public:
  explicit Choose(HalfProducts choice) : before_(half_products()) { half_products() = choice; }
  ~Choose() { half_products() = before_; }
  Choose(const Choose&) = delete;
  Choose& operator=(const Choose&) = delete;

 private:
  HalfProducts before_;
};

/// A layer whose weight has several blocks, the last one smaller; values of unit size in `type`.
struct Layer {
  at::Tensor x, weight, bias;

  Layer(std::uint64_t number, at::ScalarType type) {
    laws::Draw draw(number);
    const Index in = 60000 + static_cast<Index>(draw.index(0, 20000));
    x = normal_tensor(draw, {2, 5, in}, type);
    weight = normal_tensor(draw, {19, in}, type);
    bias = normal_tensor(draw, {19}, type);
  }
  [[nodiscard]] at::Tensor exact() const {
    return at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
  }
};

}  // namespace

TEST_CASE("widened products are those of the same numbers in double, rounded",
          "[llava][half][law]") {
  const Choose widened(HalfProducts::widened);
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    const double roundoff = TensorOps<at::Tensor>::unit_roundoff(at::empty({0}, type));
    for (std::uint64_t number = 0; number < 3; ++number) {
      Layer layer(number, type);
      REQUIRE(adapters::detail::block_rows(layer.weight) < 19);
      const at::Tensor product = adapters::linear(layer.x, layer.weight, layer.bias);
      CHECK(product.scalar_type() == type);
      // Once of the product, once of the sum with the bias.
      CHECK(relative_error(product, layer.exact()) < 2 * roundoff);

      layer.x.requires_grad_();
      const at::Tensor weights = at::ones({2, 5, 19}, type);
      adapters::linear(layer.x, layer.weight, layer.bias).backward(weights);
      const at::Tensor gradient = weights.to(at::kDouble).matmul(layer.weight.to(at::kDouble));
      CHECK(relative_error(layer.x.grad(), gradient) < 2 * roundoff);
      CHECK(layer.x.grad().scalar_type() == type);
    }
  }
}

TEST_CASE("the law of widened products rejects blocks in another order", "[llava][half][broken]") {
  const Layer layer(1, at::kBFloat16);
  const at::Tensor rows = layer.x.view({10, -1});
  const at::Tensor turned = layer.weight.roll({adapters::detail::block_rows(layer.weight)}, {0});
  const at::Tensor exact = rows.to(at::kDouble).matmul(layer.weight.to(at::kDouble).t());
  CHECK(relative_error(adapters::detail::widened_product(rows, layer.weight), exact) < 0x1p-7);
  CHECK(relative_error(adapters::detail::widened_product(rows, turned), exact) > 0.1);
}

TEST_CASE("only rows and weights that gain by it are widened", "[llava][half]") {
  const at::Tensor half = at::ones({3, 2}, at::kBFloat16);
  const auto widens = [](const at::Tensor& weight, std::int64_t rows) {
    return adapters::detail::widens(weight, rows);
  };
  {
    const Choose widened(HalfProducts::widened);
    CHECK(widens(half, 5));
    CHECK_FALSE(widens(half, 4));
    CHECK_FALSE(widens(half.to(at::kFloat), 5));
    CHECK_FALSE(widens(half.to(at::kDouble), 5));
  }
  {
    const Choose native(HalfProducts::native);
    CHECK_FALSE(widens(half, 5));
  }
  const Choose measured(HalfProducts::measured);
  CHECK(widens(half, 5) == widens(half, 5));  // Measured once.
}

TEST_CASE("a pass with widened products is as near to float32 as transformers' in half precision",
          "[llava][half]") {
  const GoldenCase golden = golden_cases(llava_goldens, "cuts").front();
  for (const HalfProducts way : {HalfProducts::native, HalfProducts::widened}) {
    const Choose choice(way);
    const PreparedLlava c(golden, "bfloat16");
    const auto rows = c.partition().predicting_rows();
    const auto logits = forward(c.model, c.prompt, c.images, c.answer, rows, observe());
    const double error = relative_error(logits, golden.tensor("logits"));
    CHECK(error < 2 * golden.bfloat16_error("logits"));
    CHECK(error > 1e-4);
  }
}
