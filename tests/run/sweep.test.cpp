// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/sweep.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using laws::Toy;

laws::SweepCase<Toy> sweep_case(const Toy& adapter, const std::string& text,
                                const std::vector<RgbImage>& images) {
  Prompt prompt = adapter.prepare(images, text);
  auto tokens = adapter.encode(prompt.pixels);
  return {text, std::move(prompt), std::move(tokens), {7, 9}};
}

/// Several questions on one picture, another picture, image first, text before it, text between two
/// images, a prompt that begins like the one before it and one that is all of it but the end.
std::vector<laws::SweepCase<Toy>> cases(const Toy& adapter) {
  laws::Draw draw(5);
  const RgbImage one = draw.picture(11, 8);
  const RgbImage two = draw.picture(9, 14);
  std::vector<laws::SweepCase<Toy>> all;
  const auto add = [&](const std::string& text, std::vector<RgbImage> images) {
    all.push_back(sweep_case(adapter, text, images));
  };
  add("see <image> what?", {one});
  add("see <image> why?", {one});
  add("see <image> what? ok", {one});
  add("see <image> what?", {two});
  add("<image> what?", {two});
  add("<image> what?", {two});
  add("a<image>, b<image>!", {one, two});
  add("a<image>, b<image>?", {one, one});
  add("a<image>, c<image>?", {one, two});
  add("no picture", {});
  add("see <image> w", {one});
  all[1].reference.clear();
  return all;
}

/// Every policy at every layer, and schedules of several cuts.
std::vector<Truncation> truncations(int layers, PositionRule rule, ScoreSource source) {
  std::vector<Truncation> all;
  for (int layer = 0; layer <= layers; ++layer) {
    for (const AnyPolicy& policy :
         {AnyPolicy(DropAll{}), AnyPolicy(TopK{2}), AnyPolicy(FixedList{{5, 6, 8}})}) {
      all.push_back({.schedule = {{{layer, policy}}}, .positions = rule, .scores = source});
    }
  }
  all.push_back({.schedule = {{{0, TopK{4}}, {2, TopK{1}}}}, .positions = rule, .scores = source});
  all.push_back(
      {.schedule = {{{1, TopK{9}}, {2, DropAll{}}}}, .positions = rule, .scores = source});
  all.push_back({.schedule = {{{1, TopK{3}}, {2, TopK{3}}}}, .positions = rule, .scores = source});
  return all;
}
}  // namespace

TEST_CASE("the fast sweep gives what one run per truncation gives", "[run][sweep][law]") {
  const Toy adapter(laws::toy_weights());
  const auto items = cases(adapter);
  for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
    for (const auto source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
      // Without an image "user" rows are none, which user_mean refuses: leave that prompt out.
      const auto how = truncations(adapter.layer_count(), rule, source);
      CHECK(laws::check_fast_is_plain(adapter, adapter, std::span(items), std::span(how), 1e-5) ==
            "");
    }
  }
}

namespace {
/// Takes for granted that every prompt shows the picture of the first.
class AssumesOnePicture : public Toy {
 public:
  using Toy::Toy;
  Lane<Tensor> begin(const Prompt& prompt, const toy::ImageTokens<double>& tokens,
                     std::span<const TokenId> answer) const {
    Lane<Tensor> lane = Toy::begin(prompt, tokens, answer);
    const auto images = prompt.partition.images();
    if (images.empty()) return lane;
    const Span image = images.front();
    if (first_.rows() == 0) first_ = lane.hidden.middleRows(image.begin, image.size());
    lane.hidden.middleRows(image.begin, image.size()) = first_;
    return lane;
  }

 private:
  mutable RowMatrix<double> first_;
};
}  // namespace

TEST_CASE("the law of sweeps rejects lost caches, counted positions and an assumed picture",
          "[run][sweep][broken]") {
  const Toy right(laws::toy_weights());
  const auto items = cases(right);
  const auto how = truncations(3, PositionRule::keep, ScoreSource::before);
  const auto check = [&](const auto& broken) {
    return laws::check_fast_is_plain(broken, right, std::span(items), std::span(how), 1e-5);
  };

  CHECK(check(laws::ForgetsTheCache(laws::toy_weights())) != "");
  CHECK(check(laws::CountsRowsInFlight(laws::toy_weights())) != "");
  CHECK(check(AssumesOnePicture(laws::toy_weights())) != "");
}

namespace {
RgbImage red_picture() {
  RgbImage picture(6, 6);
  for (std::size_t i = 0; i < picture.values.size(); i += 3) picture.values[i] = 255;
  return picture;
}

/// A toy that counts the rows that go through its layers.
class CountingToy : public Toy {
 public:
  using Toy::Toy;
  template <class Observer>
  void run_layer(int layer, std::span<Lane<Tensor>> lanes, const Observer& observer) const {
    for (const auto& lane : lanes) rows += static_cast<Index>(lane.positions.size());
    Toy::run_layer(layer, lanes, observer);
  }
  mutable Index rows = 0;
};

Index rows_of_prefill(const CountingToy& toy, CutPrefill<CountingToy>& prefill,
                      const std::string& text, const RgbImage& picture,
                      const std::vector<Truncation>& how) {
  const std::vector<RgbImage> pictures{picture};
  const Prompt prompt = toy.prepare(pictures, text);
  toy.rows = 0;
  (void)prefill(prompt, toy.encode(prompt.pixels), how);
  return toy.rows;
}
}  // namespace

TEST_CASE("cuts run only the rows that they change, and a second question only what is new",
          "[run][sweep]") {
  const CountingToy toy(laws::toy_weights(3));
  laws::Draw draw(2);
  const RgbImage picture = draw.picture(12, 8);
  const std::vector<RgbImage> pictures{picture};
  const TokenPartition partition = toy.prepare(pictures, "see <image> what?").partition;
  const Index prompt = partition.size();
  const Index user = partition.count(Role::user);
  std::vector<Truncation> cuts;
  for (int layer = 0; layer <= 3; ++layer) cuts.push_back({.schedule = {{{layer, DropAll{}}}}});

  CutPrefill<CountingToy> prefill(toy);
  // The prompt through 3 layers; the user rows through 3, 2 and 1 of them for the cuts at 0, 1, 2.
  CHECK(rows_of_prefill(toy, prefill, "see <image> what?", picture, cuts) ==
        3 * prompt + user * (3 + 2 + 1));
  // The same words again: one row must run to predict, the rest is there.
  CHECK(rows_of_prefill(toy, prefill, "see <image> what?", picture, cuts) ==
        3 * 1 + user * (3 + 2 + 1));
  // Another picture shares what stands before it ("see " and the toy's first token).
  const Index new_rows =
      rows_of_prefill(toy, prefill, "see <image> what?", draw.picture(12, 8), cuts);
  CHECK(new_rows == 3 * (prompt - partition.images()[0].begin) + user * (3 + 2 + 1));
}

TEST_CASE("a planted reading layer is found by both ways of the sweep", "[run][sweep][planted]") {
  const std::vector<RgbImage> red{red_picture()};
  for (int reading = 0; reading < 4; ++reading) {
    const Toy toy(toy::planted_reader(4, reading));
    const Prompt prompt = toy.prepare(red, "<image>red?");
    const auto tokens = toy.encode(prompt.pixels);
    std::vector<Truncation> cuts;
    for (int layer = 0; layer <= 4; ++layer) cuts.push_back({.schedule = {{{layer, DropAll{}}}}});
    const auto check = [&](const auto& adapter) {
      using Adapter = std::decay_t<decltype(adapter)>;
      TruncationSweep<Adapter> sweep(adapter, 4);
      const SweptItem item = sweep(prompt, tokens, cuts, {}, {});
      CHECK(toy.decode(item.untouched.ids) == "yes");
      for (int layer = 0; layer <= 4; ++layer) {
        const ComparedAnswer& run = item.runs[static_cast<std::size_t>(layer)];
        INFO("reads in " << reading << ", cut at " << layer);
        CHECK(toy.decode(run.answer.ids) == (layer <= reading ? "no" : "yes"));
        CHECK(run.agrees == (layer > reading));
        CHECK((run.kl > 0.01) == (layer <= reading));
        CHECK(run.image_tokens == (layer == 4 ? prompt.partition.count(Role::image) : 0));
      }
    };
    check(toy);
    check(plain(toy));
  }
}
