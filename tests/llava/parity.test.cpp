// SPDX-License-Identifier: MIT
// Our LLaVA against eager transformers on the golden checkpoints, in float32.
#include <catch_torch.hpp>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

/// max|a − b| / max|b| per tensor.
constexpr double tolerance = 1e-4;

at::Tensor from_host(const HostMatrix& m) {
  at::Tensor tensor = at::empty({m.rows(), m.cols()}, at::kFloat);
  std::copy(m.data(), m.data() + m.size(), tensor.mutable_data_ptr<float>());
  return tensor;
}

/// Logits of the predicting rows, and what each layer shows of their attention.
struct Traced {
  at::Tensor logits;
  std::vector<at::Tensor> heads;  ///< Per layer [heads, T, keys].
  std::vector<LayerAttention> attention;
};

Traced trace(const PreparedCase& c) {
  Traced traced;
  const TokenPartition partition = c.partition();
  const std::vector<Index> rows = partition.predicting_rows();
  const AttentionAggregator<> aggregate(partition);
  traced.logits = forward(c.model, c.prompt, c.images, c.answer, rows,
                          observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
                            traced.heads.push_back(block.rows(rows));
                            traced.attention.push_back(aggregate(layer, block, rows));
                          })));
  return traced;
}

}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[llava][golden]") {
  CHECK(golden_cases().size() == 10);
  CHECK(golden_cases("sites").size() == 3);
  CHECK(golden_cases("cuts").size() == 3);
  CHECK(golden_cases("bfloat16").size() == 2);
}

TEST_CASE("ids, roles, answer and pixels are those of transformers", "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.name());
    const PreparedCase c(golden);
    std::vector<TokenId> ids = c.prompt.ids;
    if (golden.forced_answer()) {
      CHECK(c.model.encode_answer(*golden.forced_answer()) == golden.ids("answer_ids"));
    }
    ids.insert(ids.end(), c.answer.begin(), c.answer.end());
    CHECK(ids == golden.ids("input_ids"));
    const TokenPartition partition = c.partition();
    CHECK(std::ranges::equal(partition.roles(), golden.roles()));
    CHECK(c.model.decode(c.answer) == golden.answer_text());
    CHECK(relative_error(c.model.normalised(c.prompt.pixels), golden.tensor("pixel_values")) < 1e-6);
  }
}

TEST_CASE("image tokens and logits are those of transformers", "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.name());
    const PreparedCase c(golden);
    CHECK(relative_error(c.images.tokens, golden.tensor("image_features")) < tolerance);
    CHECK(relative_error(trace(c).logits, golden.tensor("logits")) < tolerance);
  }
}

TEST_CASE("attention is that of transformers, head by head and by role", "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.name());
    const PreparedCase c(golden);
    const Traced traced = trace(c);
    CHECK(relative_error(at::stack(traced.heads), golden.tensor("attention_heads")) < tolerance);

    std::vector<at::Tensor> rows;
    std::vector<at::Tensor> shares;
    for (const LayerAttention& layer : traced.attention) {
      rows.push_back(from_host(layer.rows));
      const auto share = layer.mean_shares();
      shares.push_back(at::tensor({share[0], share[1], share[2], share[3]}));
    }
    CHECK(relative_error(at::stack(rows), golden.tensor("attention_rows")) < tolerance);
    CHECK(relative_error(at::stack(shares), golden.tensor("attention_share")) < tolerance);
  }
}

TEST_CASE("features and gradients at every site are those of transformers", "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases("sites")) {
    const PreparedCase c(golden);
    const Index prompt_length = c.prompt.partition.prompt_length();
    for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
      const auto kind = static_cast<SiteKind>(k);
      const std::vector<Site> sites = sites_at_all_layers(kind, c.model.layer_count());
      const std::string name(to_string(kind));
      CAPTURE(golden.name(), name);
      at::Tensor features = golden.tensor(name + ".features");
      at::Tensor gradients = golden.tensor(name + ".gradients");
      if (is_vision(kind)) {
        features = features.unsqueeze(0);
        gradients = gradients.unsqueeze(0);
      }
      int seen = 0;
      c.model.backward(
          c.prompt, c.images, c.answer, AnswerSum{}, observe(on_gradient(sites, [&](const auto& event) {
            const at::Tensor wanted = features[event.site.layer];
            const auto rows = is_vision(kind) ? wanted.size(0) : prompt_length;
            CAPTURE(event.site.layer);
            CHECK(relative_error(event.features.narrow(0, 0, rows), wanted) < tolerance);
            CHECK(relative_error(event.gradient.narrow(0, 0, rows), gradients[event.site.layer]) <
                  tolerance);
            ++seen;
          })));
      CHECK(seen == static_cast<int>(sites.size()));
    }
  }
}

TEST_CASE("one backward for all sites gives what one per site gives", "[llava][gradients]") {
  const PreparedCase c(golden_cases("sites").front());
  std::map<Site, at::Tensor> alone;
  std::vector<Site> all;
  for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
    for (const Site site : sites_at_all_layers(static_cast<SiteKind>(k), c.model.layer_count())) {
      all.push_back(site);
      c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                       observe(on_gradient({site}, [&](const auto& event) {
                         alone.emplace(event.site, event.gradient.clone());
                       })));
    }
  }
  std::vector<Site> order;
  c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                   observe(on_gradient(all, [&](const auto& event) {
                     order.push_back(event.site);
                     CAPTURE(to_string(event.site));
                     CHECK(relative_error(event.gradient, alone.at(event.site)) < 1e-6);
                   })));
  CHECK(order.size() == all.size());
  CHECK(order.back() == Site{0, SiteKind::encoder_last});
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases()) {
    const PreparedCase c(golden);
    for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
      const auto kind = static_cast<SiteKind>(k);
      CAPTURE(golden.name(), to_string(kind));
      const auto sites = sites_at_all_layers(kind, c.model.layer_count());
      const auto heat =
          GradCamSmoother<>()(c.model, c.prompt, c.answer, AnswerSum{}, std::span(sites));
      std::vector<at::Tensor> maps;
      for (const SiteHeat& site : heat) {
        const HostMatrix row = site.heat.front().mean().transpose();
        maps.push_back(from_host(row).squeeze(0));
      }
      CHECK(relative_error(at::stack(maps), golden.tensor(std::string(to_string(kind)) + ".cam")) <
            tolerance);
      if (kind == SiteKind::post_attention_norm) CHECK(maps.back().abs().max().item<float>() == 0);
    }
  }
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[llava][parity]") {
  for (const GoldenCase& golden : golden_cases()) {
    CAPTURE(golden.name());
    const PreparedCase c(golden);
    std::vector<TokenId> wanted = golden.ids("generated_ids");
    if (golden.stop_id()) wanted.pop_back();
    const Generation said = generate(c.model, c.prompt, c.images, 12);
    CHECK(said.ids == wanted);
    CHECK(said.stopped == golden.stop_id().has_value());
  }
}
