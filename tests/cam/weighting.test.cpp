// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/core/eigen_tensor_ops.hpp>

using namespace infoflow;

namespace {
/// Two positions, two channels.
struct TwoChannels {
  HostMatrix features{2, 2};
  HostMatrix gradients{2, 2};
  TwoChannels() {
    features << 1, 2,  //
        3, -4;
    gradients << 2, -1,  //
        -4, 3;
  }
};

HostMatrix rows(float a, float b, float c, float d) {
  return (HostMatrix(2, 2) << a, b, c, d).finished();
}
}  // namespace

TEST_CASE("four weightings of one pair of features and gradients, by hand", "[cam][weighting]") {
  const TwoChannels m;

  // α = ((2 − 4)/2, (−1 + 3)/2) = (−1, 1).
  CHECK(MeanGradient{}(m.features, m.gradients) == rows(-1, 2, -3, -4));
  // α = ((2 + 0)/2, (0 + 3)/2) = (1, 1.5).
  CHECK(ReluMeanGradient{}(m.features, m.gradients) == rows(1, 3, 3, -6));
  // G·A.
  CHECK(HiResCam{}(m.features, m.gradients) == rows(2, -2, -12, -12));
  // ReLU(G)·A.
  CHECK(LayerCam{}(m.features, m.gradients) == rows(2, 0, 0, -12));
}

TEST_CASE("a weighting by its name is that weighting", "[cam][weighting]") {
  const TwoChannels m;
  const auto check = [&](const auto& weighting) {
    const auto named = weighting_named<HostMatrix>(weighting.name());
    CHECK(named.name() == weighting.name());
    CHECK(named(m.features, m.gradients) == weighting(m.features, m.gradients));
  };
  check(MeanGradient{});
  check(ReluMeanGradient{});
  check(HiResCam{});
  check(LayerCam{});
  CHECK_THROWS_AS(weighting_named<HostMatrix>("grad-cam++"), Error);
}

TEST_CASE("a lambda with a name is a weighting too", "[cam][weighting]") {
  struct OnlyFeatures {
    [[nodiscard]] std::string_view name() const { return "features"; }
    HostMatrix operator()(const HostMatrix& features, const HostMatrix&) const { return features; }
  };
  const AnyWeighting<HostMatrix> any{OnlyFeatures{}};

  CHECK(any.name() == "features");
  CHECK(any(TwoChannels{}.features, TwoChannels{}.gradients) == TwoChannels{}.features);
}
