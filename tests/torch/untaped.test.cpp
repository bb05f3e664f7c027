// SPDX-License-Identifier: MIT
#include <catch_torch.hpp>

#include <infoflow/torch/untaped.hpp>

#include "tensors.hpp"

using namespace infoflow;

TEST_CASE("nothing is on a tape while a pass is untaped, but in what it calls aside",
          "[torch][untaped]") {
  const at::Tensor leaf = at::ones({2}, at::kDouble).requires_grad_();
  {
    Untaped untaped(true);
    CHECK_FALSE(leaf.mul(3).requires_grad());
    untaped.aside([&] {
      leaf.mul(3).sum().backward();
      CHECK(leaf.grad().equal(at::full({2}, 3.0, at::kDouble)));
    });
    CHECK_FALSE(leaf.mul(3).requires_grad());
  }
  CHECK(leaf.mul(3).requires_grad());
  const Untaped not_at_all(false);
  CHECK(leaf.mul(3).requires_grad());
}
