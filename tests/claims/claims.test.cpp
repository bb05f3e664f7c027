// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/claims/claims.hpp>

#include "planted_claims.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using simulation::Planted;
using simulation::planted_sweep;
using simulation::PlantedSweep;

namespace {

std::vector<Claim> claims_about(const std::vector<PlantedSweep>& sweeps) {
  std::vector<JudgedSweep> judged;
  for (const PlantedSweep& sweep : sweeps) judged.push_back(sweep.judged());
  return claims_of(judged);
}

/// The claim that begins so; there must be one.
Claim claim_that(const std::vector<Claim>& claims, const std::string& begins) {
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [&](const Claim& c) { return c.claim.starts_with(begins); });
  REQUIRE(found != claims.end());
  return *found;
}

/// What Holm may do to a verdict.
bool as_weak(const Claim& claim) {
  return claim.together == claim.verdict || claim.together == "not decided";
}

}  // namespace

TEST_CASE("a claim that is so holds, and one that is not does not", "[claims]") {
  PlantedSweep sweep = planted_sweep({});
  const std::vector<Claim> so = claims_about({sweep});
  simulation::plant_shares(sweep.items, 0.3, 0.2);
  const std::vector<Claim> not_so = claims_about({sweep, planted_sweep({.cliff = 7})});

  const std::string little = "After the first layers the image gets almost no attention";
  CHECK(claim_that(so, little).verdict == "held");
  CHECK_THAT(claim_that(so, little).result, StartsWith("1.0 % [1.0, 1.0]"));
  CHECK(claim_that(not_so, little).verdict == "did not hold");

  const std::string back = "The last layer looks back at the image (attention)";
  CHECK(claim_that(so, back).verdict == "held");
  CHECK_THAT(claim_that(so, back).result, StartsWith("4.0 % ["));
  CHECK(claim_that(not_so, back).verdict == "did not hold");

  const std::string cut = "From some layer on the image can be cut without a loss";
  CHECK(claim_that(so, cut).verdict == "held");
  CHECK_THAT(claim_that(so, cut).result, StartsWith("cliff 2 [2, 2] of 7"));
  CHECK(claim_that({not_so.rbegin(), not_so.rend()}, cut).verdict == "did not hold");

  const std::string keeps = "Cutting at the cliff keeps or improves the answers";
  CHECK_THAT(claim_that(so, keeps).verdict, StartsWith("held, keeps"));
  CHECK_THAT(claim_that(so, keeps).result, StartsWith("cut 2: +0.0 points [-"));
}

TEST_CASE("two sweeps are compared in the order given, those of one model and policy", "[claims]") {
  const PlantedSweep early = planted_sweep({.task = "hard", .cliff = 2});
  const PlantedSweep late = planted_sweep({.task = "easy", .cliff = 5});
  const PlantedSweep other = planted_sweep({.model = "another", .cliff = 5});
  const std::string order = "Harder reasoning has an earlier cliff";

  CHECK(claim_that(claims_about({early, late}), order).verdict == "held");
  CHECK(claim_that(claims_about({late, early}), order).verdict == "did not hold");
  CHECK(claim_that(claims_about({early, early}), order).verdict == "not decided");
  const std::vector<Claim> apart = claims_about({early, other});
  CHECK(std::none_of(apart.begin(), apart.end(),
                     [&](const Claim& c) { return c.claim.starts_with(order); }));
}

TEST_CASE("two models' cliffs are compared where they were asked the same questions", "[claims]") {
  const std::string projector = "The pattern does not depend on the projector";
  const PlantedSweep mlp = planted_sweep({.model = "mlp", .cliff = 3});
  const auto against_mlp = [&](const PlantedSweep& other) {
    return claim_that(claims_about({mlp, other}), projector);
  };
  const Claim same = against_mlp(planted_sweep({.model = "resampler", .cliff = 3}));
  CHECK(same.verdict == "held");
  CHECK(same.result == "3 [3, 3] of 7 and 3 [3, 3] of 7");
  CHECK_THAT(same.measured, ContainsSubstring("mlp and resampler on the same questions"));
  CHECK(against_mlp(planted_sweep({.model = "resampler", .cliff = 4})).verdict == "held");
  CHECK(against_mlp(planted_sweep({.model = "resampler", .cliff = 5})).verdict == "did not hold");
  CHECK(against_mlp(planted_sweep({.model = "resampler", .pictures = 400, .cliff = 1})).verdict ==
        "did not hold");

  // Too few pictures tell nothing, however far the cliffs lie apart.
  const std::vector<PlantedSweep> few{planted_sweep({.model = "mlp", .pictures = 8, .cliff = 3}),
                                      planted_sweep({.model = "c", .pictures = 8, .cliff = 3})};
  CHECK(claim_that(claims_about(few), projector).verdict == "not decided");

  // One model, other questions, another task: not to be compared.
  CHECK(claim_that(claims_about({mlp, mlp}), projector).result == "one model");
  CHECK(against_mlp(planted_sweep({.model = "b", .pictures = 300})).verdict == "not testable here");
  CHECK(against_mlp(planted_sweep({.model = "b", .task = "other"})).result == "no two of these");
}

TEST_CASE("with all others a verdict is itself or not decided", "[claims]") {
  int weaker = 0;
  for (const int pictures : {64, 100}) {
    for (const Claim& claim : claims_about({planted_sweep({.pictures = pictures})})) {
      INFO(claim.claim << " on " << pictures);
      CHECK(as_weak(claim));
      weaker += claim.together != claim.verdict ? 1 : 0;
    }
  }
  CHECK(weaker > 0);  // Else this law would not notice that nothing is corrected.
  Claim broken;       // Decided by the correction alone.
  broken.verdict = "not decided";
  broken.together = "held";
  CHECK_FALSE(as_weak(broken));
}

TEST_CASE("claims as a table name every model once and no markup of theirs", "[claims]") {
  const PlantedSweep one = planted_sweep({.model = "a|b", .pictures = 8});
  const PlantedSweep two = planted_sweep({.model = "c", .pictures = 8});
  const std::vector<JudgedSweep> sweeps{one.judged(), one.judged(), two.judged()};
  CHECK(models_of(sweeps) == "a|b, c");
  const std::string text = claims_markdown(sweeps);
  CHECK_THAT(text, StartsWith("Model: a\\|b, c. Brackets are 95 % intervals"));
  CHECK_THAT(text, ContainsSubstring("is to be at most 5 % (Holm).\n\n| claim | how measured |"));
}
