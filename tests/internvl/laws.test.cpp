// SPDX-License-Identifier: MIT
// What a norm behind the pixel shuffle does to heat at the patches; in float64, so that rounding
// hides nothing.
#include <catch_torch.hpp>

#include <adapters/internvl.hpp>

#include "../laws/cam.laws.hpp"
#include "../laws/gradient.laws.hpp"
#include "../parity/golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;

namespace {

struct LawCase {
  Prompt prompt;
  Internvl::ImageTokens tokens;
  std::vector<TokenId> answer{7, 9};
};

LawCase case_of(const Internvl& model) {
  const std::vector<RgbImage> pictures{laws::Draw(0).picture(40, 30)};
  Prompt prompt = model.prepare(pictures, "<image> What is it?");
  auto tokens = model.encode(prompt.pixels);
  return {std::move(prompt), std::move(tokens)};
}

/// |Σ G·A| of each row of terms, beside the root of their squares' sum, over all rows.
double left_over(const at::Tensor& terms) {
  return (terms.sum(-1).norm() / terms.norm()).item<double>();
}

}  // namespace

TEST_CASE("InternVL's patches cancel token by token", "[internvl][law][cancellation]") {
  for (const char* name : {"hf", "qwen2"}) {  // Merged row by row, and column by column.
    const Internvl& model = model_of<Internvl>(golden_directory("internvl") / name, "float64");
    const LawCase c = case_of(model);
    const InternvlConfig& config = model.config();
    const Index per_view = Index{config.patches_per_side()} * config.patches_per_side();
    model.backward(c.prompt, c.tokens, c.answer, AnswerSum{},
                   observe(on_gradient({{0, SiteKind::encoder_last}}, [&](const auto& event) {
                     const at::Tensor terms = event.features.mul(event.gradient);
                     const at::Tensor views = terms.view({-1, per_view, terms.size(1)});
                     CHECK(left_over(terms) > 0.05);  // A patch alone does not.
                     CHECK(left_over(pixel_shuffle(views, config.merge, config.order)) < 1e-3);
                   })));
    const int layers = model.layer_count();
    CHECK(laws::check_heat_status(model, c, laws::every_site(layers),
                                  [&](Site site, std::string_view weighting) {
                                    return laws::flow_by_law(site, weighting, layers);
                                  }) == "");
  }
}
