// SPDX-License-Identifier: MIT
// Our Qwen-VL keeps the laws of layerwise adapters before and beyond the trained length; in
// float64, so that rounding hides nothing.
#include <catch_torch.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/plain.hpp>

#include "../laws/cam.laws.hpp"
#include "../laws/forward.laws.hpp"
#include "../laws/gradient.laws.hpp"
#include "../laws/lane.laws.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

using adapters::QwenVl;

/// Results come to the host in float32, which is what limits the comparison.
constexpr double tolerance = 1e-6;

/// A case in the form that the laws take.
struct LawCase {
  Prompt prompt;
  QwenVl::ImageTokens tokens;
  std::vector<TokenId> answer;
};

const QwenVl& chat_model() {
  return qwen_vl_model("chat", "float64");
}

LawCase make_case(const std::string& text, std::size_t images, std::uint64_t number) {
  laws::Draw draw(number);
  std::vector<RgbImage> pictures;
  for (std::size_t i = 0; i < images; ++i) pictures.push_back(draw.picture(30, 40));
  Prompt prompt = chat_model().prepare(pictures, text);
  auto tokens = chat_model().encode(prompt.pixels);
  std::vector<TokenId> answer;
  for (int i = 0; i < 4; ++i) answer.push_back(draw.index(5, 280));
  return {std::move(prompt), std::move(tokens), std::move(answer)};
}

/// Shorter than the trained length, with an answer across it, beyond it and beyond twice of it.
std::vector<LawCase> cases() {
  return {make_case("<image>Is it?", 1, 0), make_case("<image>" + std::string(28, 'x'), 1, 1),
          make_case("<image> or <image>" + std::string(20, 'x'), 2, 2),
          make_case("<image>" + std::string(90, 'x'), 1, 3)};
}

Truncation cut(std::vector<Cut> cuts, PositionRule positions = PositionRule::keep) {
  return {.schedule = CutSchedule(std::move(cuts)), .positions = positions};
}

std::vector<Truncation> truncations() {
  return {cut({}), cut({{0, DropAll{}}}), cut({{1, TopK{2}}}),
          cut({{1, TopK{3}}, {2, TopK{1}}}, PositionRule::renumber)};
}

}  // namespace

TEST_CASE("dropping image tokens equals masking them, however long the prompt",
          "[qwen_vl][law][cuts]") {
  for (const LawCase& c : cases()) {
    for (const Truncation& truncation : truncations()) {
      CHECK(laws::check_drop_equals_mask(chat_model(), c, truncation, tolerance) == "");
    }
  }
}

TEST_CASE("decoding with caches equals one whole pass: the base stays the prompt's",
          "[qwen_vl][law]") {
  for (const LawCase& c : cases()) {
    for (Truncation truncation : truncations()) {
      CHECK(laws::check_cached_decoding(chat_model(), c, truncation, tolerance) == "");
      truncation.mode = CutMode::mask;
      CHECK(laws::check_cached_decoding(chat_model(), c, truncation, tolerance) == "");
    }
  }
}

TEST_CASE("no row reads what comes after it, however long the prompt", "[qwen_vl][law]") {
  for (const LawCase& c : cases()) CHECK(laws::check_causal(chat_model(), c, tolerance) == "");
}

TEST_CASE("lanes with different rotary bases in one call give what each gives alone",
          "[qwen_vl][law]") {
  std::vector<Lane<at::Tensor>> lanes;
  std::vector<double> scales;
  for (const LawCase& c : cases()) {
    lanes.push_back(chat_model().begin(c.prompt, c.tokens, c.answer));
    scales.push_back(lanes.back().position_scale);
  }
  CHECK(scales[0] == 1);
  CHECK(scales[1] == 1);
  CHECK(std::abs(scales[2] - std::pow(3.0, 64.0 / 62)) < 1e-12);
  CHECK(std::abs(scales[3] - std::pow(7.0, 64.0 / 62)) < 1e-12);
  lanes[1].masked = {3, 5};
  keep_rows(lanes[3], std::vector<Index>{0, 1, 4, 60, 100});
  CHECK(laws::check_batch(chat_model(), lanes, tolerance) == "");
}

TEST_CASE("rows over a shared prefix are those of the whole, however long the prompt",
          "[qwen_vl][law]") {
  for (const LawCase& c : cases()) {
    const auto lane = chat_model().begin(c.prompt, c.tokens, c.answer);
    CHECK(laws::check_shared_prefix(chat_model(), lane, 3, tolerance) == "");
  }
}

TEST_CASE("gradients at patches and image tokens agree with finite differences",
          "[qwen_vl][law][gradients]") {
  const LawCase c = cases()[2];
  const std::vector<Site> sites{{0, SiteKind::projector}, {0, SiteKind::encoder_last}};
  const auto wide = [](const at::Tensor& t) {
    const at::Tensor values = t.to(at::kDouble).contiguous();
    return RowMatrix<double>(Eigen::Map<const RowMatrix<double>>(values.const_data_ptr<double>(),
                                                                 values.size(0), values.size(1)));
  };
  std::vector<laws::SeenGradient> seen;
  chat_model().backward(c.prompt, c.tokens, c.answer, AnswerSum{},
                        observe(on_gradient(sites, [&](const auto& event) {
                          seen.push_back({event.site,
                                          {event.positions.begin(), event.positions.end()},
                                          wide(event.features),
                                          wide(event.gradient)});
                        })));
  const auto rows = c.prompt.partition.with_answer(4).predicting_rows();
  const auto z = [&](Site site, const RowMatrix<double>& added) {
    QwenVl::ImageTokens tokens = c.tokens;
    const at::Tensor change = tensor_of(added);
    if (site.kind == SiteKind::encoder_last) {
      tokens = chat_model().project(tokens.features + change);
    } else {
      tokens.tokens = tokens.tokens + change;
    }
    const at::Tensor logits = forward(chat_model(), c.prompt, tokens, c.answer, rows, observe());
    double sum = 0;
    for (std::size_t i = 0; i < c.answer.size(); ++i) {
      sum += logits[static_cast<Index>(i)][c.answer[i]].item<double>();
    }
    return sum;
  };
  REQUIRE(seen.size() == 2);
  for (laws::SeenGradient& gradient : seen) {
    CHECK(laws::check_gradient(gradient, z, 1e-7) == "");
    gradient.gradient(0, 0) += 1e-3 * gradient.gradient.cwiseAbs().maxCoeff();
    CHECK(laws::check_gradient(gradient, z, 1e-7) != "");
  }
}

TEST_CASE("Qwen-VL's maps are empty where the law says", "[qwen_vl][law][cancellation]") {
  // The resampler reads patches through a matrix without bias and a norm.
  const int layers = chat_model().layer_count();
  const auto law = [&](Site site, std::string_view weighting) {
    const bool patches = site.kind == SiteKind::encoder_last && weighting == "hires";
    return patches ? GradientFlow::cancelled : laws::flow_by_law(site, weighting, layers);
  };
  for (const LawCase& c : cases()) {
    CAPTURE(c.prompt.ids.size());
    CHECK(laws::check_heat_status(chat_model(), c, laws::every_site(layers), law) == "");
  }
}

TEST_CASE("log-n and the rotary base act beyond the trained length, and only there",
          "[qwen_vl][long]") {
  const std::vector<LawCase> all = cases();
  for (const char* setting : {"use_logn_attn", "use_dynamic_ntk"}) {
    const TemporaryFolder folder(setting);
    write_changed(folder.path(), [](TensorMap&) {}, {{setting, false}});
    const QwenVl without =
        QwenVl::from_directory(folder.path(), {.dtype = "float64", .device = test_device()});
    const auto difference = [&](const LawCase& c, std::span<const TokenId> answer) {
      const auto rows =
          c.prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
      return relative_error(forward(without, c.prompt, c.tokens, answer, rows, observe()),
                            forward(chat_model(), c.prompt, c.tokens, answer, rows, observe()));
    };
    CAPTURE(setting);
    CHECK(difference(all[0], all[0].answer) == 0);
    CHECK(difference(all[2], all[2].answer) > 1e-3);
    CHECK(difference(all[3], all[3].answer) > 1e-3);
  }
}

TEST_CASE(
    "attention rows are the same in whichever order they are asked for, beyond the length, too",
    "[qwen_vl][law]") {
  const LawCase c = make_case("<image>" + std::string(90, 'x'), 1, 3);
  const auto lane = chat_model().begin(c.prompt, c.tokens, c.answer);
  const Index last = lane.positions.back();
  const std::vector<Index> down{last, 3};
  const std::vector<Index> up{3, last};
  const auto block = chat_model().attention(0, lane);
  const at::Tensor one = block.rows(down);
  const at::Tensor other = block.rows(up);
  CHECK(relative_error(one.select(1, 0), other.select(1, 1)) < tolerance);
  CHECK(relative_error(one.select(1, 1), other.select(1, 0)) < tolerance);
}
