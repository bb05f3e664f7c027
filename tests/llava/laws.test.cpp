// SPDX-License-Identifier: MIT
// Our LLaVA keeps the laws of layerwise adapters; in float64, so that rounding hides nothing.
#include <catch_torch.hpp>

#include <infoflow/run/plain.hpp>

#include "../laws/cam.laws.hpp"
#include "../laws/forward.laws.hpp"
#include "../laws/gradient.laws.hpp"
#include "../laws/lane.laws.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {

using adapters::Llava;
using LlavaLane = Lane<at::Tensor>;

/// Results come to the host in float32, which is what limits the comparison.
constexpr double tolerance = 1e-6;

/// A case in the form that the laws take.
struct LawCase {
  Prompt prompt;
  Llava::ImageTokens tokens;
  std::vector<TokenId> answer;
};

const Llava& plain_model() {
  return llava_model("plain", "float64");
}
const Llava& grouped_model() {
  return llava_model("grouped", "float64");
}

/// Pictures of noise; the answer is arbitrary.
LawCase make_case(const Llava& model, const std::string& text, std::size_t images,
                  std::uint64_t number) {
  laws::Draw draw(number);
  std::vector<RgbImage> pictures;
  for (std::size_t i = 0; i < images; ++i) pictures.push_back(draw.picture(30, 40));
  Prompt prompt = model.prepare(pictures, text);
  auto tokens = model.encode(prompt.pixels);
  std::vector<TokenId> answer;
  for (int i = 0; i < 4; ++i) answer.push_back(draw.index(5, 380));
  return {std::move(prompt), std::move(tokens), std::move(answer)};
}

std::vector<LawCase> cases(const Llava& model) {
  return {make_case(model, "USER: <image>\nWhat? ASSISTANT:", 1, 0),
          make_case(model, "see <image> and <image> ok", 2, 1),
          make_case(model, "<image> ?", 1, 2)};
}

Truncation cut(std::vector<Cut> cuts, PositionRule positions = PositionRule::keep,
               ScoreSource scores = ScoreSource::before) {
  return {.schedule = CutSchedule(std::move(cuts)), .positions = positions, .scores = scores};
}

std::vector<Truncation> truncations() {
  return {cut({}),
          cut({{0, DropAll{}}}),
          cut({{1, DropAll{}}}),
          cut({{2, TopK{1}}}),
          cut({{0, TopK{2}}}),
          cut({{1, TopK{2}}}, PositionRule::renumber),
          cut({{1, TopK{3}}, {2, TopK{1}}}, PositionRule::renumber),
          cut({{2, TopK{2}}}, PositionRule::keep, ScoreSource::at),
          cut({{1, TopK{2}}}, PositionRule::keep, ScoreSource::user_mean)};
}

/// Adds to an activation on the way: what finite differences need. Passes events on unchanged.
template <class Model>
double z_after_adding(const Model& model, const LawCase& c, Site site,
                      const RowMatrix<double>& added) {
  Llava::ImageTokens tokens = c.tokens;
  const at::Tensor change = tensor_of(added);
  if (site.kind == SiteKind::encoder_last) tokens = model.project(tokens.features + change);
  if (site.kind == SiteKind::projector) tokens.tokens = tokens.tokens + change;
  std::vector<LlavaLane> lanes{model.begin(c.prompt, tokens, c.answer)};
  for (int layer = 0; layer < model.layer_count(); ++layer) {
    const bool here = !is_vision(site.kind) && site.layer == layer;
    if (here && site.kind == SiteKind::block_input) lanes[0].hidden = lanes[0].hidden + change;
    // Other sites are changed in place through the view that the observer is given.
    const auto add = observe(
        on_activation(here ? std::vector<Site>{site} : std::vector<Site>{}, [&](const auto& event) {
          at::Tensor features = event.features;
          if (site.kind != SiteKind::block_input) {
            features.add_(change);
          }
        }));
    model.run_layer(layer, std::span(lanes), add);
  }
  const auto rows =
      c.prompt.partition.with_answer(static_cast<Index>(c.answer.size())).predicting_rows();
  const at::Tensor logits = model.logits(lanes[0], rows);
  double z = 0;
  for (std::size_t i = 0; i < c.answer.size(); ++i) {
    z += logits[static_cast<Index>(i)][c.answer[i]].template item<double>();
  }
  return z;
}

RowMatrix<double> wide_host(const at::Tensor& t) {
  const at::Tensor values = t.to(at::kDouble).contiguous();
  return Eigen::Map<const RowMatrix<double>>(values.const_data_ptr<double>(), values.size(0),
                                             values.size(1));
}

std::vector<laws::SeenGradient> gradients(const LawCase& c, const std::vector<Site>& sites) {
  std::vector<laws::SeenGradient> seen;
  plain_model().backward(c.prompt, c.tokens, c.answer, AnswerSum{},
                         observe(on_gradient(sites, [&](const auto& event) {
                           seen.push_back({event.site,
                                           {event.positions.begin(), event.positions.end()},
                                           wide_host(event.features),
                                           wide_host(event.gradient)});
                         })));
  return seen;
}

}  // namespace

TEST_CASE("dropping image tokens equals masking them", "[llava][law][cuts]") {
  for (const Llava* model : {&plain_model(), &grouped_model()}) {
    for (const LawCase& c : cases(*model)) {
      for (const Truncation& truncation : truncations()) {
        CHECK(laws::check_drop_equals_mask(*model, c, truncation, tolerance) == "");
      }
    }
  }
}

TEST_CASE("a cut that drops nothing changes no bit, in any precision", "[llava][law][cuts]") {
  for (const char* dtype : {"float64", "float32", "bfloat16", "float16"}) {
    const Llava& model = llava_model("grouped", dtype);
    for (const LawCase& c : cases(model)) {
      CAPTURE(dtype);
      CHECK(laws::check_idle_cut(model, c, cut({{1, TopK{1000}}})) == "");
      CHECK(laws::check_idle_cut(model, c, cut({{3, DropAll{}}})) == "");
      CHECK(laws::check_idle_cut(model, c, cut({{0, TopK{1000}}}, PositionRule::renumber)) == "");
    }
  }
}

TEST_CASE("the check of idle cuts rejects a cut that drops a token", "[llava][law][broken]") {
  const LawCase c = cases(plain_model()).front();
  CHECK(laws::check_idle_cut(plain_model(), c, cut({{2, TopK{3}}})) != "");
}

TEST_CASE("decoding with caches equals one whole pass", "[llava][law]") {
  for (const Llava* model : {&plain_model(), &grouped_model()}) {
    for (const LawCase& c : cases(*model)) {
      for (Truncation truncation : truncations()) {
        CHECK(laws::check_cached_decoding(*model, c, truncation, tolerance) == "");
        truncation.mode = CutMode::mask;
        CHECK(laws::check_cached_decoding(*model, c, truncation, tolerance) == "");
      }
    }
  }
}

TEST_CASE("no row reads what comes after it", "[llava][law]") {
  for (const LawCase& c : cases(grouped_model())) {
    CHECK(laws::check_causal(grouped_model(), c, tolerance) == "");
  }
}

TEST_CASE("lanes of different length in one call give what each gives alone", "[llava][law]") {
  for (const Llava* model : {&plain_model(), &grouped_model()}) {
    std::vector<LlavaLane> lanes;
    for (const LawCase& c : cases(*model)) {
      lanes.push_back(model->begin(c.prompt, c.tokens, c.answer));
    }
    lanes[1].masked = {3, 5};
    keep_rows(lanes[0], std::vector<Index>{0, 1, 4, 9});
    CHECK(laws::check_batch(*model, lanes, tolerance) == "");
  }
}

TEST_CASE("rows over a shared prefix are those of the whole", "[llava][law]") {
  for (const Llava* model : {&plain_model(), &grouped_model()}) {
    for (const LawCase& c : cases(*model)) {
      const auto lane = model->begin(c.prompt, c.tokens, c.answer);
      CHECK(laws::check_shared_prefix(*model, lane, 3, tolerance) == "");
    }
  }
}

TEST_CASE("attention of a lane before a layer is run keeps the laws of attention rows",
          "[llava][law]") {
  for (const Llava* model : {&plain_model(), &grouped_model()}) {
    for (const LawCase& c : cases(*model)) {
      std::vector<LlavaLane> lanes{model->begin(c.prompt, c.tokens, c.answer)};
      lanes[0].masked = {1, 2};
      CHECK(laws::check_attention_rows(*model, 0, lanes[0], tolerance) == "");
      // It is the attention that the layer then pays.
      const at::Tensor before = model->attention(0, lanes[0]).rows(lanes[0].positions);
      const auto positions = lanes[0].positions;
      int seen = 0;
      model->run_layer(0, std::span(lanes), observe(on_attention({0}, [&](int, const auto& block) {
                         CHECK(relative_error(block.rows(positions), before) < 1e-12);
                         ++seen;
                       })));
      CHECK(seen == 1);
    }
  }
}

TEST_CASE("answers are the same by layers with caches and by whole passes", "[llava][law]") {
  for (const LawCase& c : cases(plain_model())) {
    for (const Truncation& truncation : truncations()) {
      CHECK(laws::check_same_answer(plain_model(), plain(plain_model()), c, truncation) == "");
    }
  }
}

TEST_CASE("gradients at every site agree with finite differences", "[llava][law][gradients]") {
  for (const LawCase& c : cases(plain_model())) {
    const auto sites = laws::every_site(plain_model().layer_count());
    const auto seen = gradients(c, sites);
    CHECK(laws::check_gradient_order(seen, sites) == "");
    for (const laws::SeenGradient& gradient : seen) {
      const auto z = [&](Site site, const RowMatrix<double>& added) {
        return z_after_adding(plain_model(), c, site, added);
      };
      CHECK(laws::check_gradient(gradient, z, 1e-7) == "");
    }
  }
}

TEST_CASE("finite differences reject a gradient that lacks a term", "[llava][law][broken]") {
  const LawCase c = cases(plain_model()).front();
  auto seen = gradients(c, {{1, SiteKind::v_proj}}).front();
  seen.gradient(0, 0) += 1e-3 * seen.gradient.cwiseAbs().maxCoeff();
  const auto z = [&](Site site, const RowMatrix<double>& added) {
    return z_after_adding(plain_model(), c, site, added);
  };
  CHECK(laws::check_gradient(seen, z, 1e-7) != "");
}

TEST_CASE("a site from which nothing flows has exact zeros", "[llava][gradients]") {
  const LawCase c = cases(plain_model()).front();
  const int last = plain_model().layer_count() - 1;
  const auto seen = gradients(c, {{last, SiteKind::post_attention_norm}, {last, SiteKind::v_proj}});
  const Span image = c.prompt.partition.images().front();
  CHECK((seen[0].gradient.middleRows(image.begin, image.size()).array() == 0).all());
  CHECK((seen[1].gradient.middleRows(image.begin, image.size()).array() != 0).any());

  LawCase silent = c;
  silent.answer.clear();
  for (const auto& site : gradients(silent, laws::every_site(plain_model().layer_count()))) {
    CHECK((site.gradient.array() == 0).all());
  }
}

TEST_CASE("LLaVA's maps are empty where the law says, in every precision",
          "[llava][law][cancellation]") {
  for (const char* dtype : {"float64", "float32", "bfloat16"}) {
    const Llava& model = llava_model("plain", dtype);
    for (const LawCase& c : cases(model)) {
      CAPTURE(dtype, c.prompt.ids.size());
      CHECK(laws::check_heat_status(model, c, laws::every_site(model.layer_count()),
                                    [&](Site site, std::string_view weighting) {
                                      return laws::flow_by_law(site, weighting,
                                                               model.layer_count());
                                    }) == "");
    }
  }
}

TEST_CASE("a pass leaves no tape behind, and weights stay off it", "[llava][gradients]") {
  const LawCase c = cases(plain_model()).front();
  const auto rows = laws::answer_rows(c.prompt, c.answer.size());
  (void)gradients(c, {{0, SiteKind::encoder_last}});
  CHECK_FALSE(plain_model().decoder().weights().embedding.requires_grad());
  CHECK_FALSE(c.tokens.tokens.requires_grad());
  CHECK_FALSE(
      forward(plain_model(), c.prompt, c.tokens, c.answer, rows, observe()).requires_grad());
}
