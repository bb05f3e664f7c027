// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/forward.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
/// Every other image position.
FixedList every_other(const Prompt& prompt) {
  std::vector<Index> kept;
  for (const Index p : prompt.partition.positions(Role::image)) {
    if (p % 2 == 0) kept.push_back(p);
  }
  return {kept};
}

/// The schedules of one prompt that are tried at `layer`.
std::vector<CutSchedule> schedules(const Prompt& prompt, int layer) {
  std::vector<CutSchedule> schedules{
      {{{layer, DropAll{}}}}, {{{layer, TopK{3}}}}, {{{layer, every_other(prompt)}}}};
  if (layer > 0) schedules.push_back({{{0, TopK{4}}, {layer, TopK{2}}}});
  return schedules;
}
}  // namespace

TEST_CASE("dropping equals masking for every prompt, layer, policy and position rule",
          "[adapter][law]") {
  const laws::Toy adapter(laws::toy_weights());
  int tried = 0;
  for (const auto& c : laws::adapter_cases(adapter)) {
    for (int layer = 0; layer <= adapter.layer_count(); ++layer) {
      for (const CutSchedule& schedule : schedules(c.prompt, layer)) {
        for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
          for (const auto source : {ScoreSource::before, ScoreSource::at, ScoreSource::user_mean}) {
            const Truncation truncation{.schedule = schedule, .positions = rule, .scores = source};
            INFO(c.name << " at layer " << layer);
            CHECK(laws::check_drop_equals_mask(adapter, c, truncation, 1e-6) == "");
            ++tried;
          }
        }
      }
    }
  }
  CHECK(tried == 4 * (3 + 4 * 3) * 2 * 3);
}

TEST_CASE("dropping equals masking rejects decoders that forget the mask or the gap",
          "[adapter][broken]") {
  const laws::ForgetsTheMask forgets_mask(laws::toy_weights());
  const laws::CountsRowsInFlight counts_rows(laws::toy_weights());
  const Truncation truncation{.schedule = {{{1, DropAll{}}}}};

  CHECK(laws::check_drop_equals_mask(forgets_mask, laws::adapter_cases(forgets_mask)[1], truncation,
                                     1e-6) == "dropping is not masking in layer 1");
  CHECK(laws::check_drop_equals_mask(counts_rows, laws::adapter_cases(counts_rows)[1], truncation,
                                     1e-6) == "dropping is not masking in layer 1");
}

TEST_CASE("a cut that drops nothing, and a cut at L, change no bit", "[adapter][law]") {
  const laws::Toy adapter(laws::toy_weights());
  const int layers = adapter.layer_count();
  for (const auto& c : laws::adapter_cases(adapter)) {
    const FixedList everything{c.prompt.partition.positions(Role::image)};
    for (const auto mode : {CutMode::drop, CutMode::mask}) {
      for (const auto rule : {PositionRule::keep, PositionRule::renumber}) {
        for (int layer = 0; layer <= layers; ++layer) {
          for (const AnyPolicy& idle : {AnyPolicy(everything), AnyPolicy(TopK{1000})}) {
            CHECK(laws::check_idle_cut(adapter, c, {{{{layer, idle}}}, mode, rule}) == "");
          }
        }
        CHECK(laws::check_idle_cut(adapter, c, {{{{layers, DropAll{}}}}, mode, rule}) == "");
        CHECK(laws::check_idle_cut(adapter, c, {{{{layers, TopK{1}}}}, mode, rule}) == "");
      }
    }
  }
}

TEST_CASE("the law of idle cuts rejects a decoder that rounds when cut", "[adapter][broken]") {
  const laws::NeverIdle adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];

  CHECK(laws::check_idle_cut(adapter, c, {{{{1, TopK{1000}}}}}) ==
        "an idle cut changes bits of the logits");
}

TEST_CASE("a cut changes something: the laws above do not hold for nothing", "[adapter]") {
  const laws::Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  for (int layer = 0; layer < adapter.layer_count(); ++layer) {
    CHECK(laws::check_idle_cut(adapter, c, {{{{layer, DropAll{}}}}}) != "");
    CHECK(laws::check_idle_cut(adapter, c, {{{{layer, TopK{2}}}}}) != "");
  }
}
