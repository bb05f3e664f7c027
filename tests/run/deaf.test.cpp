// SPDX-License-Identifier: MIT
// What was wanted of a pass and is not shown is an error, never an empty result.
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/run/truncation_sweep.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/gradient.laws.hpp"
#include "../laws/observer.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::StartsWith;

namespace {
using laws::Toy;

const auto nothing = [](const auto&...) {};

/// Runs LLaVA-CAM of the value projections and of the projector.
template <class Adapter>
laws::Violation smooth(const Adapter& adapter) {
  const auto c = laws::adapter_cases(adapter)[0];
  const std::vector<Site> sites{{0, SiteKind::projector}, {2, SiteKind::v_proj}};
  return laws::refusal(
      [&] { (void)GradCamSmoother()(adapter, c.prompt, c.answer, AnswerSum{}, sites); });
}

/// Sweeps a cut that ranks by the attention of layer 1.
template <class Adapter>
laws::Violation sweep(const Adapter& adapter, CutMode mode) {
  const auto c = laws::adapter_cases(adapter)[0];
  const std::vector<Truncation> cuts{{.schedule = {{{2, TopK{2}}}}, .mode = mode}};
  TruncationSweep<Adapter> sweep(adapter, 2);
  return laws::refusal([&] { (void)sweep(c.prompt, c.tokens, cuts, {}, {}); });
}
}  // namespace

TEST_CASE("a pass shows all that is wanted, or says what is missing", "[run][deaf][law]") {
  const Toy right(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(right)) CHECK(laws::check_shows_all(right, c) == "");

  const laws::ShowsNothing silent(laws::toy_weights());
  const laws::SkipsLayer1 skipping(laws::toy_weights());
  const laws::SkipsValues valueless(laws::toy_weights());
  const laws::DeafEngine engine(right);
  CHECK(laws::check_shows_all(silent, laws::adapter_cases(silent)[0]) ==
        "the adapter never showed the attention of layer 0, which was wanted (run_layer); call "
        "observer.attention(layer, block) wherever observer.wants_attention(layer)");
  CHECK_THAT(laws::check_shows_all(skipping, laws::adapter_cases(skipping)[0]),
             StartsWith("the adapter never showed the attention of layer 1,"));
  CHECK_THAT(laws::check_shows_all(valueless, laws::adapter_cases(valueless)[0]),
             StartsWith("the adapter never showed features at layers.0.v_proj, which was wanted "
                        "(run_layer); call observer.activation("));
  CHECK_THAT(laws::check_shows_all(engine, laws::adapter_cases(engine)[0]),
             StartsWith("the adapter never showed the attention of layer 0, which was wanted "
                        "(forward)"));
}

TEST_CASE("a deaf adapter is told so under a cut, too", "[run][deaf]") {
  const Toy right(laws::toy_weights());
  const laws::DeafEngine engine(right);
  const laws::SkipsLayer1 skipping(laws::toy_weights());
  const auto c = laws::adapter_cases(right)[0];
  const Truncation cut{.schedule = {{{1, DropAll{}}}}};
  const auto observer = observe(on_attention({1}, nothing));

  CHECK_NOTHROW(observe_pass(right, c.prompt, c.tokens, c.answer, observer, cut));
  CHECK_THROWS_AS(observe_pass(engine, c.prompt, c.tokens, c.answer, observer, cut), Error);
  CHECK_THROWS_AS(observe_pass(skipping, c.prompt, c.tokens, c.answer, observer, cut), Error);
}

TEST_CASE("what nobody wanted may stay unsaid", "[run][deaf]") {
  const laws::SkipsLayer1 skipping(laws::toy_weights());
  const auto c = laws::adapter_cases(skipping)[0];

  CHECK_NOTHROW(observe_pass(
      skipping, c.prompt, c.tokens, c.answer,
      observe(on_attention({0, 2}, nothing), on_activation({{2, SiteKind::v_proj}}, nothing))));
}

TEST_CASE("a gradient that is not shown is an error and not an empty map", "[run][deaf]") {
  CHECK(smooth(Toy(laws::toy_weights())) == "");
  CHECK_THAT(smooth(laws::ShowsNothing(laws::toy_weights())),
             StartsWith("the adapter never showed the gradient at projector, which was wanted "
                        "(backward); call observer.gradient("));
  CHECK_THAT(smooth(laws::SkipsValues(laws::toy_weights())),
             StartsWith("the adapter never showed the gradient at layers.2.v_proj,"));
}

TEST_CASE("a sweep that ranks by attention hears of a layer that is not shown", "[run][deaf]") {
  for (const CutMode mode : {CutMode::drop, CutMode::mask}) {
    CHECK(sweep(Toy(laws::toy_weights()), mode) == "");
    CHECK_THAT(sweep(laws::SkipsLayer1(laws::toy_weights()), mode),
               StartsWith("the adapter never showed the attention of layer 1,"));
  }
}

TEST_CASE("layers that are not there, and features before the decoder, are refused by name",
          "[run][deaf]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  const auto observed = [&](const auto& observer) {
    return laws::refusal([&] { observe_pass(adapter, c.prompt, c.tokens, c.answer, observer); });
  };

  CHECK(observed(observe(on_attention({0, 3}, nothing))) ==
        "layer 3 of a model of 3 layers is to be observed (observer); count layers from 0");
  CHECK_THAT(observed(observe(on_activation({{7, SiteKind::v_proj}}, nothing))),
             StartsWith("layer 7 of a model of 3 layers"));
  CHECK_THAT(observed(observe(on_activation({{0, SiteKind::projector}}, nothing))),
             StartsWith("features at projector are wanted of a forward pass"));
}
