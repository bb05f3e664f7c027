// SPDX-License-Identifier: MIT
// bfloat16: our error against float32 transformers is at most twice transformers' own.
#include <catch_torch.hpp>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

/// Checks one tensor of a case; `wanted` is the float32 reference.
void check_error(const GoldenCase& golden, const std::string& name, const at::Tensor& ours,
                 const at::Tensor& wanted) {
  const double transformers_error = golden.bfloat16_error(name);
  CAPTURE(golden.name(), name, transformers_error);
  REQUIRE(transformers_error > 1e-4);  // bfloat16 rounds: a smaller error would be a mistake.
  CHECK(relative_error(ours, wanted) <= 2 * transformers_error);
}

}  // namespace

TEST_CASE("the pass in bfloat16 is as good as transformers' own", "[llava][bfloat16]") {
  for (const GoldenCase& golden : golden_cases("bfloat16")) {
    const PreparedCase c(golden, "bfloat16");
    check_error(golden, "image_features", c.images.tokens, golden.tensor("image_features"));

    const TokenPartition partition = c.partition();
    const std::vector<Index> rows = partition.predicting_rows();
    const AttentionAggregator<> aggregate(partition);
    std::vector<at::Tensor> attention;
    std::vector<at::Tensor> shares;
    const auto logits =
        forward(c.model, c.prompt, c.images, c.answer, rows,
                observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
                  const LayerAttention a = aggregate(layer, block, rows);
                  attention.push_back(tensor_of(a.rows.cast<double>()));
                  const auto share = a.mean_shares();
                  shares.push_back(at::tensor({share[0], share[1], share[2], share[3]}));
                })));
    CHECK(logits.scalar_type() == at::kBFloat16);
    check_error(golden, "logits", logits, golden.tensor("logits"));
    check_error(golden, "attention_rows", at::stack(attention), golden.tensor("attention_rows"));
    check_error(golden, "attention_share", at::stack(shares), golden.tensor("attention_share"));
  }
}

TEST_CASE("the backward in bfloat16 is as good as transformers' own", "[llava][bfloat16]") {
  for (const GoldenCase& golden : golden_cases("bfloat16")) {
    const PreparedCase c(golden, "bfloat16");
    const Span image = c.prompt.partition.images().front();
    for (const SiteKind kind : {SiteKind::post_attention_norm, SiteKind::block_input}) {
      std::vector<at::Tensor> features;
      std::vector<at::Tensor> gradients;
      c.model.backward(
          c.prompt, c.images, c.answer, AnswerSum{},
          observe(on_gradient(sites_at_all_layers(kind, c.model.layer_count()), [&](const auto& e) {
            features.insert(features.begin(), e.features.narrow(0, image.begin, image.size()).clone());
            gradients.insert(gradients.begin(), e.gradient.narrow(0, image.begin, image.size()).clone());
          })));
      const std::string name(to_string(kind));
      const auto wanted = [&](const std::string& part) {
        return golden.tensor(name + part).narrow(1, image.begin, image.size());
      };
      check_error(golden, name + ".features", at::stack(features), wanted(".features"));
      check_error(golden, name + ".gradients", at::stack(gradients), wanted(".gradients"));
    }
    const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, c.model.layer_count());
    std::vector<at::Tensor> maps;
    for (const SiteHeat& site :
         GradCamSmoother<>()(c.model, c.prompt, c.answer, AnswerSum{}, std::span(sites))) {
      maps.push_back(tensor_of(site.heat.front().mean().cast<double>()).squeeze(1));
    }
    check_error(golden, "cam", at::stack(maps), golden.tensor("cam"));
  }
}

TEST_CASE("float16 runs, and stays near float32", "[llava][float16]") {
  const GoldenCase golden = golden_cases("cuts").front();
  const PreparedCase c(golden, "float16");
  const auto rows = c.partition().predicting_rows();
  const auto logits = forward(c.model, c.prompt, c.images, c.answer, rows, observe());
  CHECK(logits.scalar_type() == at::kHalf);
  // 10 bits of mantissa against bfloat16's 7: an eighth of its error.
  const double error = relative_error(logits, golden.tensor("logits"));
  CHECK(error < 2 * golden.bfloat16_error("logits") / 8);
  CHECK(error > 1e-5);  // It is half precision that ran.
}
