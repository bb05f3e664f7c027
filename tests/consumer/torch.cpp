// SPDX-License-Identifier: MIT
// Links against libtorch and runs one operation through TensorOps.
#include <cstdio>
#include <vector>

#include <ATen/ops/from_blob.h>

#include <infoflow/infoflow.hpp>
#include <infoflow/torch.hpp>

int other_tier() {
  std::vector<float> values{1, 2, 3, 4, 5, 6};
  const at::Tensor tensor = at::from_blob(values.data(), {2, 3}, at::kFloat);
  const auto sums = infoflow::TensorOps<at::Tensor>::sum_over_channels(tensor);
  std::printf("torch: %g %g\n", sums[0], sums[1]);
  return sums[0] == 6 && sums[1] == 15 ? 0 : 1;
}
