// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include <catch_compat.hpp>

#include <infoflow/run/divergence.hpp>

#include "../laws/generators.hpp"

using namespace infoflow;

TEST_CASE("log probabilities are those of the softmax, however large the logits",
          "[run][divergence]") {
  // softmax(ln 1, ln 3) = (1/4, 3/4), also 1e4 higher.
  const Eigen::Vector2d logits(10000.0, 10000.0 + std::log(3.0));
  const LogProbabilities log_p = log_probabilities(logits);
  CHECK(std::exp(log_p[0]) == Approx(0.25));
  CHECK(std::exp(log_p[1]) == Approx(0.75));
}

TEST_CASE("the divergence of two coins, by hand", "[run][divergence]") {
  const LogProbabilities fair = log_probabilities(Eigen::Vector2d(0, 0));
  const LogProbabilities biased = log_probabilities(Eigen::Vector2d(0, std::log(3.0)));
  // ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln(4/3); the other way ¼ ln(½) + ¾ ln(3/2).
  CHECK(divergence(fair, biased) == Approx(0.5 * std::log(4.0 / 3)));
  CHECK(divergence(biased, fair) == Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)));
}

TEST_CASE("a divergence is never negative, and 0 for equal predictions", "[run][divergence][law]") {
  laws::Draw draw(3);
  for (int i = 0; i < 200; ++i) {
    const auto x = draw.matrix(2, 12);
    const LogProbabilities p = log_probabilities(x.row(0).transpose());
    const LogProbabilities q = log_probabilities(x.row(1).transpose());
    CHECK(divergence(p, q) > 0);
    CHECK(divergence(p, p) == 0);
  }
}

TEST_CASE("tokens that a model rules out add nothing, or everything", "[run][divergence]") {
  constexpr double never = -std::numeric_limits<double>::infinity();
  const LogProbabilities one = log_probabilities(Eigen::Vector2d(0, never));
  const LogProbabilities both = log_probabilities(Eigen::Vector2d(0, 0));
  CHECK(divergence(one, one) == 0);
  CHECK(divergence(one, both) == Approx(std::log(2.0)));  // 1 · ln(1 / ½)
  CHECK(std::isinf(divergence(both, one)));
  // So little that its exponential is 0: nothing, not 0 · ∞.
  CHECK(divergence(log_probabilities(Eigen::Vector2d(0, -800)), one) == 0);
}

TEST_CASE("a logit that is no number does not pass for agreement", "[run][divergence]") {
  const LogProbabilities p = log_probabilities(Eigen::Vector2d(0, 1));
  const LogProbabilities broken =
      log_probabilities(Eigen::Vector2d(0, std::numeric_limits<double>::quiet_NaN()));
  CHECK(std::isnan(divergence(p, broken)));
  CHECK(std::isnan(divergence(broken, p)));
}
