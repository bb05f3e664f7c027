// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/run/forward.hpp>

#include "../laws/broken_gradients.hpp"
#include "../laws/gradient.laws.hpp"
#include "../laws/naive_decoder.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

/// z as the naive decoder computes it.
template <class Case, class Goal>
auto naive_z(const toy::Weights<double>& weights, const Case& c, const Goal& target) {
  return [&weights, &c, &target](Site site, const RowMatrix<double>& added) {
    const RowMatrix<double> logits =
        laws::NaiveDecoder(weights).logits(c.prompt, c.tokens.features, c.answer, {site, added});
    double z = 0;
    for (const CotangentEntry& e : target(logits.cast<float>(), c.answer)) {
      z += e.weight * logits(e.row, e.token);
    }
    return z;
  };
}

/// The first violation over all sites of a case.
template <class Adapter, class Case, class Goal>
laws::Violation check_all_sites(const Adapter& adapter, const Case& c, const Goal& target) {
  const auto sites = laws::every_site(adapter.layer_count());
  const auto seen = laws::gradients(adapter, c, target, sites);
  if (const auto v = laws::check_gradient_order(seen, sites); !v.empty()) return v;
  for (const auto& s : seen) {
    const auto v = laws::check_gradient(s, naive_z(adapter.weights(), c, target), 1e-6);
    if (!v.empty()) return v;
  }
  return "";
}
}  // namespace

TEST_CASE("the toy's logits are those of plain loops", "[toy]") {
  const Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    const auto rows =
        c.prompt.partition.with_answer(static_cast<Index>(c.answer.size())).predicting_rows();
    const auto logits = forward(adapter, c.prompt, c.tokens, c.answer, rows, observe());
    const auto naive =
        laws::NaiveDecoder(adapter.weights()).logits(c.prompt, c.tokens.features, c.answer, {});
    CHECK(laws::relative_error(logits, naive) < 1e-12);
  }
}

TEST_CASE("gradients at every site are slopes", "[adapter][gradient][law]") {
  const Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    INFO(c.name);
    CHECK(check_all_sites(adapter, c, AnswerSum{}) == "");
  }
  const auto c = laws::adapter_cases(adapter)[1];
  CHECK(check_all_sites(adapter, c, AnswerToken{2}) == "");
  CHECK(check_all_sites(adapter, c, LogitDifference{1, 9}) == "");
}

TEST_CASE("the law of gradients rejects a shift by one row and a forgotten term",
          "[adapter][gradient][broken]") {
  const laws::ShiftedRows shifted(laws::toy_weights());
  const laws::ForgetsATerm forgets(laws::toy_weights());
  const auto c = laws::adapter_cases(shifted)[0];

  CHECK(check_all_sites(shifted, c, AnswerSum{}) ==
        "layers.2.block_output: the gradient is not the slope");
  CHECK(check_all_sites(forgets, c, AnswerSum{}) ==
        "layers.1.v_proj: the gradient is not the slope");
}

TEST_CASE("in the last layer, after attention, image rows have a gradient of exactly zero",
          "[adapter][gradient]") {
  const Toy adapter(laws::toy_weights());
  const Site last{2, SiteKind::post_attention_norm};
  const Site before{1, SiteKind::post_attention_norm};
  for (const auto& c : laws::adapter_cases(adapter)) {
    const auto seen = laws::gradients(adapter, c, AnswerSum{}, {last, before});
    REQUIRE(seen.size() == 2);
    for (const Index p : c.prompt.partition.positions(Role::image)) {
      CHECK((seen[0].gradient.row(p).array() == 0).all());
      CHECK((seen[1].gradient.row(p).array() != 0).any());
    }
    CHECK((seen[0].gradient.array() != 0).any());
  }
}

TEST_CASE("an image row that predicts an answer token has a gradient in the last layer",
          "[adapter][gradient]") {
  // Nothing follows the image, so its last row predicts the first answer token.
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_case(adapter, "a <image>", 3);
  const Index last = c.prompt.partition.prompt_length() - 1;
  REQUIRE(c.prompt.partition.role(last) == Role::image);

  const auto seen = laws::gradients(adapter, c, AnswerSum{}, {{2, SiteKind::post_attention_norm}});

  CHECK((seen[0].gradient.row(last).array() != 0).any());
  CHECK((seen[0].gradient.row(last - 1).array() == 0).all());
}

TEST_CASE("a block's output has the gradient of the next block's input", "[adapter][gradient]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[2];

  const auto seen = laws::gradients(adapter, c, AnswerSum{},
                                    {{0, SiteKind::block_output}, {1, SiteKind::block_input}});

  CHECK(seen[0].site == Site{1, SiteKind::block_input});
  CHECK(seen[0].gradient == seen[1].gradient);
  CHECK(seen[0].features == seen[1].features);
}

TEST_CASE("the features that backward shows are those that forward shows", "[adapter][gradient]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[1];
  std::vector<Site> sites;
  for (const Site site : laws::every_site(adapter.layer_count())) {
    if (!is_vision(site.kind)) sites.push_back(site);
  }
  std::vector<std::pair<Site, RowMatrix<double>>> shown;
  observe_pass(adapter, c.prompt, c.tokens, c.answer,
               observe(on_activation(sites, [&](const auto& event) {
                 shown.emplace_back(event.site, event.features);
               })));

  REQUIRE(shown.size() == sites.size());
  for (const auto& seen : laws::gradients(adapter, c, AnswerSum{}, sites)) {
    const auto same = std::find_if(shown.begin(), shown.end(),
                                   [&](const auto& s) { return s.first == seen.site; });
    CHECK(laws::relative_error(seen.features, same->second) < 1e-14);
  }
}

TEST_CASE("without an answer there is no gradient, and no crash", "[adapter][gradient]") {
  const Toy adapter(laws::toy_weights());
  auto c = laws::adapter_cases(adapter)[0];
  c.answer.clear();

  const auto seen = laws::gradients(adapter, c, AnswerSum{}, laws::every_site(3));

  CHECK(seen.size() == laws::every_site(3).size());
  for (const auto& s : seen) CHECK((s.gradient.array() == 0).all());
}
