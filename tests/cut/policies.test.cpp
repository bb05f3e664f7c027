// SPDX-License-Identifier: MIT
#include <array>

#include <catch_compat.hpp>

#include <infoflow/cut/cut_schedule.hpp>

#include "../laws/broken_policies.hpp"
#include "../laws/policy.laws.hpp"

using namespace infoflow;

namespace {

/// BOS, four image tokens, one word.
laws::PolicyCase small_case() {
  laws::PolicyCase c(0);
  c.partition = TokenPartition(6, {{1, 5}});
  c.survivors = {0, 1, 2, 3, 4, 5};
  c.scores = {9, 0.25F, 0.5F, 0.25F, 0.125F, 9};
  return c;
}

/// `images` spans of image tokens with nothing dropped, and no text but a last word.
laws::PolicyCase only_images(const std::vector<Span>& images) {
  laws::PolicyCase c(0);
  c.partition = TokenPartition(images.back().end + 1, images);
  c.survivors.resize(static_cast<std::size_t>(c.partition.size()));
  std::iota(c.survivors.begin(), c.survivors.end(), Index{0});
  return c;
}

/// Wraps a policy, as a policy that logs or counts would.
struct Wrapped {
  static constexpr bool needs_scores = true;
  AnyPolicy inner;
  [[nodiscard]] bool wants_scores() const { return inner.wants_scores(); }
  [[nodiscard]] std::vector<Index> keep(const CutContext& c) const { return inner.keep(c); }
};

}  // namespace

TEST_CASE("policies keep all text, ascend, and keep only what is there", "[cut][policy][law]") {
  for (std::uint64_t number = 0; number < 300; ++number) {
    const laws::PolicyCase c(number);
    INFO("case " << number);
    CHECK(laws::check_policy(DropAll{}, c.context()) == "");
    for (const Index k : {0, 1, 3, 100}) {
      CHECK(laws::check_policy(TopK{k}, c.context()) == "");
      CHECK(laws::check_top_k(TopK{k}, k, c.context()) == "");
      CHECK(laws::check_top_k(AnyPolicy(TopK{k}), k, c.context()) == "");
      CHECK(laws::check_policy(Inverse{k}, c.context()) == "");
      CHECK(laws::check_inverse(Inverse{k}, k, c.context()) == "");
      CHECK(laws::check_policy(Random{k, 7}, c.context()) == "");
      CHECK(laws::check_count(Random{k, 7}, k, c.context()) == "");
      CHECK(laws::check_policy(UniformGrid{k}, c.context()) == "");
      CHECK(laws::check_count(UniformGrid{k}, k, c.context()) == "");
    }
    for (const double p : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      CHECK(laws::check_policy(TopP(p), c.context()) == "");
      CHECK(laws::check_top_p(TopP(p), p, c.context()) == "");
    }
    CHECK(laws::check_top_k(DropAll{}, 0, c.context()) == "");
    CHECK(laws::check_policy(FixedList{{7, 2, 2, 3, 1000}}, c.context()) == "");
    CHECK(laws::check_policy(FixedTokens{{{-4, 2}, {1, 3}, {5, 1000}}}, c.context()) == "");
  }
}

TEST_CASE("the laws of policies reject broken policies", "[cut][policy][broken]") {
  laws::PolicyCase c = small_case();
  c.survivors = {0, 1, 3, 4, 5};  // Position 2 is gone.
  c.scores = {0, 0.25F, 1, 0.5F, 0.25F, 0};

  CHECK(laws::check_policy(laws::DropsText{}, c.context()) == "text position 5 is dropped");
  CHECK(laws::check_policy(laws::Resurrects{}, c.context()) ==
        "a kept position is not among the survivors");
  CHECK(laws::check_policy(laws::Backwards{}, c.context()) == "kept positions do not ascend");
  CHECK(laws::check_policy(laws::Remembers{}, c.context()) ==
        "asked again, the policy keeps others");
  CHECK(laws::check_top_k(laws::LastOnTies{2}, 2, c.context()) ==
        "a tie went to the later position");
  CHECK(laws::check_top_k(Inverse{1}, 1, c.context()) == "a better token left");
  CHECK(laws::check_inverse(TopK{1}, 1, c.context()) == "a better token left");
  CHECK(laws::check_top_k(TopK{1}, 2, c.context()) == "another number of image tokens stays");
  // The image tokens have 1 together; doubled, the absolute 0.5 is reached too early.
  CHECK(laws::check_top_p(TopP(0.5), 0.5, c.context()) == "");
  CHECK(laws::check_top_p(laws::AbsoluteP{0.5F}, 0.5, c.context()) == "");
  for (float& score : c.scores) score *= 2;
  CHECK(laws::check_top_p(laws::AbsoluteP{0.75F}, 0.75, c.context()) ==
        "less than the part p of the mass stays");
  CHECK(laws::check_top_p(TopK{3}, 0.5, c.context()) == "fewer tokens would do");
}

TEST_CASE("top-k by hand: the two best of four, the tie to the lower position", "[cut][policy]") {
  const laws::PolicyCase c = small_case();

  CHECK(TopK{2}.keep(c.context()) == std::vector<Index>{0, 1, 2, 5});
  CHECK(TopK{0}.keep(c.context()) == std::vector<Index>{0, 5});
  CHECK(TopK{-3}.keep(c.context()) == std::vector<Index>{0, 5});
  CHECK(Inverse{2}.keep(c.context()) == std::vector<Index>{0, 1, 4, 5});
  CHECK(FixedList{{4, 0, 2}}.keep(c.context()) == std::vector<Index>{0, 2, 4, 5});
  CHECK(FixedTokens{{{0, 1}, {3, 9}}}.keep(c.context()) == std::vector<Index>{0, 1, 4, 5});
  CHECK(dropped_by(TopK{2}, c.context()) == std::vector<Index>{3, 4});
}

TEST_CASE("top-p by hand: image tokens of 4, 2, 2 and 1 ninths", "[cut][policy]") {
  laws::PolicyCase c = small_case();  // The words' large scores do not count.

  CHECK(TopP(0.44).keep(c.context()) == std::vector<Index>{0, 2, 5});
  CHECK(TopP(0.45).keep(c.context()) == std::vector<Index>{0, 1, 2, 5});
  CHECK(TopP(0.7).keep(c.context()) == std::vector<Index>{0, 1, 2, 3, 5});
  CHECK(TopP(1).keep(c.context()) == std::vector<Index>{0, 1, 2, 3, 4, 5});
  CHECK(TopP(0).keep(c.context()) == std::vector<Index>{0, 5});
  c.scores.assign(6, 0.0F);
  CHECK(TopP(1).keep(c.context()) == std::vector<Index>{0, 5});
  CHECK_THROWS_AS(TopP(1.5), Error);
  CHECK_THROWS_AS(TopP(std::nan("")), Error);
}

TEST_CASE("a part is of the tokens that the prompt had, rounded to the nearest number",
          "[cut][policy]") {
  laws::PolicyCase c = small_case();
  const auto left = [&](double part) {
    return laws::images_kept(TopK{Budget::part(part)}, c.context()).size();
  };
  CHECK(left(0.5) == 2);
  CHECK(left(0.37) == 1);
  CHECK(left(0.375) == 2);
  CHECK(left(0) == 0);
  CHECK(left(1) == 4);
  c.survivors = {0, 2, 3, 5};  // Half are gone: half of the prompt's are all that is left.
  CHECK(left(0.5) == 2);
  CHECK(left(0.25) == 1);
  CHECK_THROWS_AS(Budget::part(-0.1), Error);
  CHECK_THROWS_AS(Budget::part(std::nan("")), Error);
}

TEST_CASE("tokens without a finite attention are not ranked", "[cut][policy]") {
  laws::PolicyCase c = small_case();
  c.scores[3] = std::nanf("");
  CHECK_THROWS_AS(TopK{1}.keep(c.context()), Error);
  CHECK_THROWS_AS(Inverse{1}.keep(c.context()), Error);
  CHECK_THROWS_AS(TopP(0.5).keep(c.context()), Error);
  CHECK_NOTHROW(DropAll{}.keep(c.context()));
  c.survivors = {0, 1, 2, 4, 5};  // The token is gone: the others can be ranked.
  CHECK(TopK{1}.keep(c.context()) == std::vector<Index>{0, 2, 5});
  c.scores.clear();
  CHECK_THROWS_AS(TopK{1}.keep(c.context()), Error);
}

TEST_CASE("a random draw belongs to the item: not to the layer, and a smaller one lies in a larger",
          "[cut][policy][random]") {
  const laws::PolicyCase c = only_images({{0, 40}});
  CHECK(laws::check_draw(Random{10}, c.context()) == "");
  CHECK(laws::check_draw(laws::RedrawsPerLayer{10}, c.context()) == "another layer draws others");
  CHECK(laws::check_draw(laws::ForgetsTheItem{10}, c.context()) == "every item draws the same");
  std::vector<Index> previous;
  for (Index k = 0; k <= 40; ++k) {
    const std::vector<Index> kept = laws::images_kept(Random{k, 3}, c.context());
    CHECK(std::includes(kept.begin(), kept.end(), previous.begin(), previous.end()));
    previous = kept;
  }
  CHECK(Random{10, 3}.keep(c.context()) != Random{10, 4}.keep(c.context()));
}

TEST_CASE("a random draw takes every image token equally often", "[cut][policy][random]") {
  const laws::PolicyCase c = only_images({{0, 8}, {10, 18}});
  std::array<int, 18> times{};
  CutContext context = c.context();
  for (std::uint64_t item = 0; item < 4000; ++item) {
    context.item_key = key_of(std::to_string(item));
    for (const Index p : laws::images_kept(Random{4}, context))
      ++times[static_cast<std::size_t>(p)];
  }
  // 4 of 16 in 4000 items: 1000 ± 27; five standard deviations on either side.
  for (const Index p : c.partition.positions(Role::image)) {
    CHECK(times[static_cast<std::size_t>(p)] > 863);
    CHECK(times[static_cast<std::size_t>(p)] < 1137);
  }
}

TEST_CASE("a uniform grid by hand: four of sixteen patches, three of a row, two images",
          "[cut][policy][uniform]") {
  const laws::PolicyCase square = only_images({{0, 16}});
  const std::vector<ImageLayout> layouts{ImageLayout::grid(Preprocessing(8, 8), 4, 4)};
  CutContext context = square.context();
  context.layouts = layouts;
  // Rows and columns 1 and 3: the middles of two equal parts, the later one of two middles.
  CHECK(laws::images_kept(UniformGrid{4}, context) == std::vector<Index>{5, 7, 13, 15});
  CHECK(laws::images_kept(UniformGrid{1}, context) == std::vector<Index>{10});
  CHECK(laws::images_kept(UniformGrid{16}, context).size() == 16);

  // An earlier cut left a part of the grid: along the sequence, at 1.5, 4.5 and 7.5 of 9.
  const std::vector<Index> nine{0, 1, 2, 3, 4, 5, 6, 7, 8, 16};
  context.survivors = nine;
  CHECK(laws::images_kept(UniformGrid{3}, context) == std::vector<Index>{1, 4, 7});

  // Eight and four tokens share three by two and one.
  const laws::PolicyCase pair = only_images({{0, 8}, {9, 13}});
  CHECK(laws::images_kept(UniformGrid{3}, pair.context()) == std::vector<Index>{2, 6, 11});
}

TEST_CASE("no patch is far from one that a uniform grid keeps", "[cut][policy][uniform][law]") {
  const std::vector<std::pair<Index, Index>> grids{{4, 4}, {12, 12}, {24, 24}, {9, 14}, {16, 10}};
  for (const auto& [rows, columns] : grids) {
    for (const Index k : {4, 9, 12, 16, 30, 64}) {
      INFO(rows << " x " << columns << ", " << k);
      const double apart = std::sqrt(static_cast<double>(rows * columns) / static_cast<double>(k));
      CHECK(static_cast<double>(laws::farthest_patch(UniformGrid{k}, rows, columns)) <= apart);
    }
  }
  // Twelve along the sequence of a 12 × 12 grid are one column: some patches are 6 away, not 3.5.
  CHECK(laws::farthest_patch(laws::SpreadsAlongTheSequence{12}, 12, 12) == 6);
}

TEST_CASE("FastV drops a part, PyramidDrop stages of the prompt's tokens", "[cut][policy]") {
  const laws::PolicyCase c = small_case();
  const Cut cut = fast_v(2, 0.75);
  CHECK(cut.layer == 2);
  CHECK(cut.policy.wants_scores());
  CHECK(dropped_by(cut.policy, c.context()) == std::vector<Index>{1, 3, 4});

  const CutSchedule pyramid = pyramid_drop({{16, 0.25}, {8, 0.5}});
  laws::PolicyCase staged = small_case();
  staged.survivors = pyramid.at(8)->policy.keep(staged.context());
  CHECK(staged.survivors == std::vector<Index>{0, 1, 2, 5});
  staged.scores = {0, 0.5F, 0.25F, 1, 1, 0};  // Ranked anew, among those left.
  CHECK(pyramid.at(16)->policy.keep(staged.context()) == std::vector<Index>{0, 1, 5});

  CHECK_THROWS_AS(pyramid_drop({{8, 0.25}, {16, 0.5}}), Error);
  CHECK_THROWS_AS(pyramid_drop({{8, 0.5}, {8, 0.25}}), Error);
  CHECK_THROWS_AS(pyramid_drop({{8, 1.5}}), Error);
  CHECK_THROWS_AS(fast_v(2, -1), Error);
}

TEST_CASE("an erased policy remembers whether it wants scores", "[cut][policy]") {
  CHECK(AnyPolicy(TopK{1}).wants_scores());
  CHECK_FALSE(AnyPolicy(DropAll{}).wants_scores());
  CHECK(AnyPolicy(Wrapped{TopK{1}}).wants_scores());
  CHECK_FALSE(AnyPolicy(Wrapped{DropAll{}}).wants_scores());
}

TEST_CASE("a schedule is sorted, and no layer is given twice", "[cut][schedule]") {
  const CutSchedule schedule{{{8, TopK{1}}, {2, TopK{4}}}};

  CHECK(schedule.cuts().front().layer == 2);
  CHECK(schedule.at(8) == &schedule.cuts().back());
  CHECK(schedule.at(3) == nullptr);
  CHECK(CutSchedule{}.cuts().empty());
  using Cuts = std::vector<Cut>;
  CHECK_THROWS_AS(CutSchedule(Cuts{{2, DropAll{}}, {2, DropAll{}}}), Error);
  CHECK_THROWS_AS(CutSchedule(Cuts{{-1, DropAll{}}}), Error);
}
