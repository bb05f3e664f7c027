// SPDX-License-Identifier: MIT
#include <algorithm>
#include <numeric>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cam/grad_cam_smoother.hpp>

#include "../laws/gradient.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

/// A toy that counts its backward passes.
struct Counting : Toy {
  using Toy::Toy;
  mutable int backwards = 0;

  template <Target T, class Observer>
  void backward(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                std::span<const TokenId> answer, const T& target, const Observer& observer) const {
    ++backwards;
    Toy::backward(prompt, tokens, answer, target, observer);
  }
};

/// Noise with a state: the second run gets other noise than the first.
struct Drifting {
  mutable float level = 0;
  void operator()(PixelImage& pixels, int, const RandomStream&) const {
    level += 0.01F;
    for (float& v : pixels.values) v += level * (v > 0.5F ? 1 : -1);
  }
};

/// An event with two image rows (1, 2) between text rows (0, 3), and one answer row (4).
struct ByHand {
  TokenPartition partition = TokenPartition(4, {{1, 3}}).with_answer(1);
  std::vector<Index> positions{0, 1, 2, 3, 4};
  HostMatrix features{5, 2};
  HostMatrix gradients{5, 2};
  ByHand() {
    features << 1, 1, 1, 2, 3, 4, 2, 0, 9, 9;
    gradients << 1, -3, 2, -1, 4, 3, 5, 5, 9, 9;
  }
  [[nodiscard]] SiteHeat heat(Site site) const {
    SiteHeat total{site};
    const std::vector<AnyWeighting<HostMatrix>> weightings{MeanGradient{}};
    total.add(Gradient<HostMatrix>{site, positions, features, gradients}, partition, weightings);
    return total;
  }
};
}  // namespace

TEST_CASE("one copy by hand: image rows pool, prompt rows are the reference", "[cam][smoother]") {
  const SiteHeat total = ByHand{}.heat({3, SiteKind::post_attention_norm});

  // α = ((2 + 4)/2, (−1 + 3)/2) = (3, 1): 3·1 + 1·2 = 5 and 3·3 + 1·4 = 13.
  CHECK(total["mean"].mean() == (HostVector(2) << 5, 13).finished());
  // |G·A|: row 0 |1 − 3| = 2, rows 1, 2: |2 − 2| = 0 and 12 + 12 = 24, row 3: 10; row 4 is answer.
  CHECK(total.image_mass == Approx(24));
  CHECK(total.prompt_mass == Approx(2 + 24 + 10));
  CHECK(total.mass() == Approx(24.0 / 36));
}

TEST_CASE("at a vision site every row is image and there is no reference", "[cam][smoother]") {
  const SiteHeat total = ByHand{}.heat({0, SiteKind::projector});

  CHECK(total["mean"].mean().size() == 5);
  CHECK(total.prompt_mass == 0);
  CHECK(total.mass() == 0);
}

TEST_CASE("on the clean picture, heat is what the toy's own gradient gives", "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[2];
  const std::vector<Site> sites{{1, SiteKind::post_attention_norm}, {0, SiteKind::projector}};
  std::vector<HostVector> expected(2);
  adapter.backward(c.prompt, c.tokens, c.answer, AnswerSum{},
                   observe(on_gradient(sites, [&](const auto& event) {
                     const bool vision = is_vision(event.site.kind);
                     auto rows = c.prompt.partition.positions(Role::image);
                     if (vision) std::iota(rows.begin(), rows.end(), Index{0});
                     using Ops = TensorOps<RowMatrix<double>>;
                     const auto a = Ops::take_rows(event.features, rows);
                     const auto g = Ops::take_rows(event.gradient, rows);
                     const Eigen::VectorXd heat = a * g.colwise().mean().transpose();
                     expected[vision ? 1 : 0] = heat.cwiseMax(0).cast<float>();
                   })));

  const auto heat = GradCamSmoother()(adapter, c.prompt, c.answer, AnswerSum{}, sites);

  REQUIRE(heat.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(heat[i].site == sites[i]);
    CHECK(heat[i]["mean"].count() == 1);
    CHECK(laws::relative_error(heat[i]["mean"].mean(), expected[i]) < 1e-6);
  }
}

TEST_CASE("the last layer after attention is no flow, earlier layers flow or are clipped",
          "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, 3);
  for (const auto& c : laws::adapter_cases(adapter)) {
    const auto heat =
        GradCamSmoother({.samples = 3})(adapter, c.prompt, c.answer, AnswerSum{}, sites);

    CHECK(heat[2]["mean"].status() == HeatStatus::structurally_zero);
    CHECK(heat[2].image_mass == 0);
    CHECK(heat[2].prompt_mass > 0);
    for (int layer = 0; layer < 2; ++layer) {
      CHECK(heat[layer]["mean"].status() != HeatStatus::structurally_zero);
      CHECK(heat[layer].mass() > 0);
      CHECK(heat[layer].mass() < 1);
    }
  }
}

TEST_CASE("noisy copies depend on seed and item, and on nothing else", "[cam][smoother][law]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[2];
  const std::vector<Site> sites{{0, SiteKind::post_attention_norm}};
  const auto map = [&](SmoothingSettings settings) {
    const auto heat = GradCamSmoother(settings)(adapter, c.prompt, c.answer, AnswerSum{}, sites);
    return HostVector(heat.front()["mean"].mean());
  };

  const HostVector once = map({.samples = 5, .seed = 1, .item = 2});
  CHECK(map({.samples = 5, .seed = 1, .item = 2}) == once);
  CHECK(map({.samples = 5, .seed = 2, .item = 2}) != once);
  CHECK(map({.samples = 5, .seed = 1, .item = 3}) != once);
  CHECK(map({.samples = 0}) != once);
}

TEST_CASE("noise that remembers earlier runs is caught by running twice",
          "[cam][smoother][broken]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[2];
  const std::vector<Site> sites{{0, SiteKind::post_attention_norm}};
  const auto smoother = GradCamSmoother({.samples = 2}).with_noise(Drifting{});
  const auto map = [&] {
    const auto heat = smoother(adapter, c.prompt, c.answer, AnswerSum{}, sites);
    return HostVector(heat.front()["mean"].mean());
  };

  const HostVector once = map();
  CHECK(map() != once);
}

TEST_CASE("without noise, many copies are one copy", "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const std::vector<Site> sites{{0, SiteKind::post_attention_norm}};
  const auto run = [&](int samples) {
    return GradCamSmoother({.samples = samples})
        .with_noise(GaussianNoise{0})(adapter, c.prompt, c.answer, AnswerSum{}, sites)
        .front();
  };

  CHECK(laws::relative_error(run(7)["mean"].mean(), run(0)["mean"].mean()) < 1e-6);
  CHECK(run(7)["mean"].count() == 7);
  CHECK(run(7)["mean"].standard_error().maxCoeff() < 1e-6F);
}

TEST_CASE("smoothing stops once the map has settled", "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const std::vector<Site> sites{{0, SiteKind::block_input}};
  const auto smoother =
      GradCamSmoother({.samples = 50, .settled = 0.05F}).with_noise(GaussianNoise{0});

  CHECK(smoother(adapter, c.prompt, c.answer, AnswerSum{}, sites).front()["mean"].count() == 2);
}

TEST_CASE("one backward per copy serves all sites and weightings", "[cam][smoother]") {
  const Counting adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const GradCamSmoother smoother({.samples = 4}, HiResCam{}, LayerCam{});

  const auto heat =
      smoother(adapter, c.prompt, c.answer, AnswerSum{}, sites_at_all_layers(SiteKind::v_proj, 3));

  CHECK(adapter.backwards == 4);
  REQUIRE(heat.size() == 3);
  REQUIRE(heat.front().maps.size() == 2);
  CHECK(heat.front().maps[0].weighting == "hires");
  CHECK(heat.front().maps[1].weighting == "layer-cam");
}

TEST_CASE("weightings given by name show what they show by type", "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[1];
  const std::vector<Site> sites{{1, SiteKind::v_proj}};
  const std::vector<std::string> names{"relu-mean", "hires"};

  const auto typed = GradCamSmoother({.samples = 2}, ReluMeanGradient{}, HiResCam{})(
      adapter, c.prompt, c.answer, AnswerSum{}, sites);
  const auto named =
      GradCamSmoother({.samples = 2}, names)(adapter, c.prompt, c.answer, AnswerSum{}, sites);

  for (const std::string& name : names) {
    CHECK(named.front()[name].mean() == typed.front()[name].mean());
  }
  CHECK_THROWS_WITH(named.front()["mean"],
                    "no heat of weighting \"mean\" (layers.1.v_proj); "
                    "there is relu-mean, hires");
  const GradCamSmoother unknown({}, std::vector<std::string>{"grad-cam++"});
  CHECK_THROWS_AS(unknown(adapter, c.prompt, c.answer, AnswerSum{}, sites), Error);
}

TEST_CASE("a prompt without an image has maps without positions, and no crash", "[cam][smoother]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "no picture", 0);

  const auto heat = GradCamSmoother({.samples = 2})(adapter, c.prompt, c.answer, AnswerSum{},
                                                    laws::every_site(3));

  for (const SiteHeat& site : heat) {
    CHECK(site["mean"].mean().size() == 0);
    CHECK(site["mean"].status() == HeatStatus::structurally_zero);
    CHECK(site.mass() == 0);
  }
}

TEST_CASE("a gradient too small to square is still a gradient", "[cam][smoother]") {
  // (1e-30)² is 0 in float32: "no flow" must mean exactly 0, not "small".
  ByHand m;
  m.gradients.setConstant(-1e-30F);
  const SiteHeat total = m.heat({1, SiteKind::block_input});

  CHECK(total["mean"].status() == HeatStatus::clipped);
}

TEST_CASE("noise is a standard deviation in pixel units, unclipped, other for every picture",
          "[cam][noise]") {
  const std::vector<PixelImage> pictures(2, PixelImage(60, 50, 0.5F));
  const auto noisy = with_noise(std::span(pictures), GaussianNoise{0.25F}, RandomStream(1, 2, 3));

  for (const PixelImage& picture : noisy) {
    double mean = 0;
    double square = 0;
    const auto n = static_cast<double>(picture.values.size());
    for (const float v : picture.values) {
      mean += v / n;
      square += (v - 0.5) * (v - 0.5) / n;
    }
    CHECK(std::abs(mean - 0.5) < 5 * 0.25 / std::sqrt(n));
    CHECK(std::sqrt(square) == Approx(0.25).epsilon(0.03));
    CHECK(*std::min_element(picture.values.begin(), picture.values.end()) < 0);
    CHECK(*std::max_element(picture.values.begin(), picture.values.end()) > 1);
  }
  CHECK(noisy[0] != noisy[1]);
}
