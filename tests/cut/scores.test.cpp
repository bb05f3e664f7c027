// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/forward.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

/// Writes down the scores and survivors that it is told, and keeps as `TopK` does.
struct Listening {
  static constexpr bool needs_scores = true;
  Index k = 3;
  std::vector<std::vector<float>>* scores;
  std::vector<std::vector<Index>>* survivors;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    scores->emplace_back(context.scores.begin(), context.scores.end());
    survivors->emplace_back(context.survivors.begin(), context.survivors.end());
    return TopK{k}.keep(context);
  }
};

/// Writes down how many scores it is told, and drops the image.
struct Counting {
  static constexpr bool needs_scores = false;
  std::size_t* scores;

  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    *scores = context.scores.size();
    return context.text_and({});
  }
};

struct Told {
  std::vector<std::vector<float>> scores;
  std::vector<std::vector<Index>> survivors;
};

/// What policies at `layers` are told.
Told told(const Toy& adapter, const laws::AdapterCase<Toy>& c, const std::vector<int>& layers,
          ScoreSource source, CutMode mode = CutMode::drop) {
  Told told;
  std::vector<Cut> cuts;
  Index k = 4;
  for (const int layer : layers)
    cuts.push_back({layer, Listening{k--, &told.scores, &told.survivors}});
  observe_pass(adapter, c.prompt, c.tokens, c.answer, observe(),
               {.schedule = cuts, .mode = mode, .scores = source});
  return told;
}

/// Mean over heads and over `queries` of the untouched model's attention in `layer`.
std::vector<float> untouched_scores(const Toy& adapter, const laws::AdapterCase<Toy>& c, int layer,
                                    const std::vector<Index>& queries) {
  std::vector<float> scores;
  observe_pass(adapter, c.prompt, c.tokens, c.answer,
               observe(on_attention({layer}, [&](int, const auto& block) {
                 const auto heads = block.rows(queries);
                 for (Index key = 0; key < heads[0].cols(); ++key) {
                   double sum = 0;
                   for (const auto& head : heads) sum += head.col(key).sum();
                   scores.push_back(static_cast<float>(
                       sum / static_cast<double>(heads.size() * queries.size())));
                 }
               })));
  return scores;
}

void check_close(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(1e-6));
}
}  // namespace

TEST_CASE("before: row P−1 in the layer before the cut", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  for (const auto& c : laws::adapter_cases(adapter)) {
    const Index last = c.prompt.partition.prompt_length() - 1;
    for (int layer = 1; layer < 3; ++layer) {
      check_close(told(adapter, c, {layer}, ScoreSource::before).scores.at(0),
                  untouched_scores(adapter, c, layer - 1, {last}));
    }
  }
}

TEST_CASE("at, and before at layer 0: row P−1 in the cut's own layer", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[1];
  const Index last = c.prompt.partition.prompt_length() - 1;
  for (int layer = 0; layer < 3; ++layer) {
    check_close(told(adapter, c, {layer}, ScoreSource::at).scores.at(0),
                untouched_scores(adapter, c, layer, {last}));
  }
  check_close(told(adapter, c, {0}, ScoreSource::before).scores.at(0),
              untouched_scores(adapter, c, 0, {last}));
}

TEST_CASE("user_mean: the mean over the user's rows", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[2];
  const auto user = c.prompt.partition.positions(Role::user);

  check_close(told(adapter, c, {2}, ScoreSource::user_mean).scores.at(0),
              untouched_scores(adapter, c, 1, user));
  check_close(told(adapter, c, {0}, ScoreSource::user_mean).scores.at(0),
              untouched_scores(adapter, c, 0, user));
}

TEST_CASE("a later stage ranks by the reduced run, and never sees what is gone", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  for (const auto source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
    const Told drop = told(adapter, c, {1, 2}, source);
    const Told mask = told(adapter, c, {1, 2}, source, CutMode::mask);

    CHECK(drop.survivors[1].size() == drop.survivors[0].size() - 2);  // 4 of 6 image tokens stay.
    CHECK(drop.survivors == mask.survivors);
    check_close(drop.scores[1], mask.scores[1]);
    float total = 0;
    for (Index p = 0; p < static_cast<Index>(drop.scores[1].size()); ++p) {
      const bool there = std::binary_search(drop.survivors[1].begin(), drop.survivors[1].end(), p);
      const float score = drop.scores[1][static_cast<std::size_t>(p)];
      if (!there) CHECK(score == 0);
      total += score;
    }
    CHECK(total == Approx(1));
  }
}

TEST_CASE("a policy that needs no scores is told none", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  std::size_t scores = 99;

  observe_pass(adapter, c.prompt, c.tokens, c.answer, observe(),
               {.schedule = {{{1, Counting{&scores}}}}});

  CHECK(scores == 0);
}

TEST_CASE("the choice is made at prefill and holds while decoding", "[cut][scores]") {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  Told told;
  const Truncation truncation{.schedule = {{{1, Listening{3, &told.scores, &told.survivors}}}}};

  SequenceRun<Toy> sequence(adapter, c.prompt, c.tokens, {}, truncation);
  sequence.run(observe());
  sequence.append(20);
  sequence.run(observe());

  CHECK(told.scores.size() == 1);
}
