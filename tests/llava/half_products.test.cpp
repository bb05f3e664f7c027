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
      laws::Draw draw(number);
      const at::Tensor cotangent = normal_tensor(draw, {2, 5, 19}, type);
      adapters::linear(layer.x, layer.weight, layer.bias).backward(cotangent);
      const at::Tensor gradient = cotangent.to(at::kDouble).matmul(layer.weight.to(at::kDouble));
      CHECK(relative_error(layer.x.grad(), gradient) < 2 * roundoff);
      CHECK(layer.x.grad().scalar_type() == type);

      const at::Tensor again = layer.x.detach().clone().requires_grad_();
      const at::Tensor without_bias = adapters::linear(again, layer.weight, {});
      CHECK(relative_error(without_bias, layer.exact() - layer.bias.to(at::kDouble)) <
            2 * roundoff);
      without_bias.backward(cotangent);
      CHECK(again.grad().equal(layer.x.grad()));
    }
  }
}

TEST_CASE("the law of widened products rejects blocks in another order", "[llava][half][broken]") {
  const Layer layer(1, at::kBFloat16);
  const at::Tensor rows = layer.x.view({10, -1});
  const at::Tensor turned = layer.weight.roll({adapters::detail::block_rows(layer.weight)}, {0});
  const at::Tensor exact = rows.to(at::kDouble).matmul(layer.weight.to(at::kDouble).t());
  CHECK(relative_error(adapters::detail::widened_product(rows, layer.weight, {}), exact) < 0x1p-7);
  CHECK(relative_error(adapters::detail::widened_product(rows, turned, {}), exact) > 0.1);
  laws::Draw draw(2);
  const at::Tensor cotangent = normal_tensor(draw, {10, 19}, at::kBFloat16);
  const at::Tensor gradient = cotangent.to(at::kDouble).matmul(layer.weight.to(at::kDouble));
  CHECK(relative_error(adapters::detail::widened_gradient(cotangent, layer.weight), gradient) <
        0x1p-7);
  CHECK(relative_error(adapters::detail::widened_gradient(cotangent, turned), gradient) > 0.1);
}

TEST_CASE("only rows and weights that gain by it are widened", "[llava][half]") {
  const at::Tensor weight = at::ones({3, 2}, at::kBFloat16);
  const at::Tensor five = at::ones({5, 2}, at::kBFloat16);
  const auto widens = [](const at::Tensor& x, const at::Tensor& w) {
    return adapters::detail::widens(x, w);
  };
  {
    const Choose widened(HalfProducts::widened);
    CHECK(widens(five, weight));
    CHECK(widens(five.view({1, 5, 2}), weight));
    CHECK_FALSE(widens(five.narrow(0, 0, 4), weight));
    CHECK_FALSE(widens(five.to(at::kFloat), weight));
    CHECK_FALSE(widens(five.to(at::kFloat), weight.to(at::kFloat)));
    CHECK_FALSE(widens(five, weight.detach().clone().requires_grad_()));
    CHECK(adapters::way_of_products(weight) == "widened");
    CHECK(adapters::way_of_products(weight.to(at::kFloat)).empty());
  }
  const Choose native(HalfProducts::native);
  CHECK_FALSE(widens(five, weight));
  CHECK(adapters::way_of_products(weight) == "native");
}

TEST_CASE("gradients through widened products are those through native ones, to rounding",
          "[llava][half][gradients]") {
  const GoldenCase golden = golden_cases(llava_goldens, "sites").front();
  const auto gradient = [&](HalfProducts way, const std::string& dtype) {
    const Choose choice(way);
    const PreparedLlava c(golden, dtype);
    at::Tensor found;
    c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                     observe(on_gradient({{0, SiteKind::block_input}}, [&](const auto& event) {
                       found = event.gradient.clone();
                     })));
    return found;
  };
  const at::Tensor exact = gradient(HalfProducts::native, "float32");
  const double native = relative_error(gradient(HalfProducts::native, "bfloat16"), exact);
  const double widened = relative_error(gradient(HalfProducts::widened, "bfloat16"), exact);
  CHECK(widened < 2 * native);
  CHECK(widened > 1e-5);
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
