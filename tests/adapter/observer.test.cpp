// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/run/forward.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/observer.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;

namespace {
using Toy = toy::Decoder<double>;

/// The names of all events of a forward and a backward pass, in order.
template <class MakeObserver>
std::vector<std::string> events(MakeObserver make) {
  const Toy adapter(laws::toy_weights());
  const auto c = laws::adapter_cases(adapter)[0];
  std::vector<std::string> log;
  const auto observer = make(log);
  observe_pass(adapter, c.prompt, c.tokens, c.answer, observer);
  adapter.backward(c.prompt, c.tokens, c.answer, AnswerSum{}, observer);
  return log;
}

auto log_attention(std::vector<std::string>& log, Layers layers) {
  return on_attention(std::move(layers), [&log](int layer, const auto&) {
    log.push_back("attention " + std::to_string(layer));
  });
}
auto log_activation(std::vector<std::string>& log, std::vector<Site> sites) {
  return on_activation(std::move(sites), [&log](const auto& event) {
    log.push_back("forward " + to_string(event.site));
  });
}
auto log_gradient(std::vector<std::string>& log, std::vector<Site> sites) {
  return on_gradient(std::move(sites), [&log](const auto& event) {
    log.push_back("backward " + to_string(event.site));
  });
}
}  // namespace

TEST_CASE("an observer of nothing sees nothing", "[adapter][observer]") {
  CHECK(events([](auto&) { return observe(); }).empty());
  CHECK(events([](auto& log) {
          return observe(log_attention(log, {}), log_gradient(log, {}));
        }).empty());
}

TEST_CASE("forward events ascend, gradient events descend, and only wanted ones come",
          "[adapter][observer]") {
  const auto seen = events([](auto& log) {
    return observe(log_gradient(log, {{0, SiteKind::input_norm}, {2, SiteKind::block_output}}),
                   log_attention(log, {1, 0}),
                   log_activation(log, {{2, SiteKind::v_proj}, {0, SiteKind::v_proj}}));
  });

  CHECK(seen == std::vector<std::string>{"attention 0", "forward layers.0.v_proj", "attention 1",
                                         "forward layers.2.v_proj",
                                         "backward layers.2.block_output",
                                         "backward layers.0.input_norm"});
}

TEST_CASE("a pass shows what is wanted and nothing else", "[adapter][observer][law]") {
  const Toy right(laws::toy_weights());
  const laws::ShowsEverything everything(laws::toy_weights());
  const laws::ShowsNothing nothing(laws::toy_weights());

  for (const auto& c : laws::adapter_cases(right)) CHECK(laws::check_shown(right, c) == "");
  CHECK(laws::check_shown(everything, laws::adapter_cases(everything)[0]) ==
        "attention is shown of other layers than wanted");
  CHECK(laws::check_shown(nothing, laws::adapter_cases(nothing)[0]) ==
        "the adapter never showed features at layers.0.block_input, which was wanted (run_layer); "
        "call observer.activation({site, positions, features}) wherever "
        "observer.wants_activation(site)");
}

TEST_CASE("two listeners of one site both hear it, each only its own", "[adapter][observer]") {
  std::vector<int> first;
  std::vector<int> second;
  const auto observer =
      observe(on_attention({0, 1}, [&](int l, const auto&) { first.push_back(l); }),
              on_attention(Layers::every(), [&](int l, const auto&) { second.push_back(l); }));
  const KnownAttention<float> block({HostMatrix::Ones(1, 1)}, {0});

  for (int layer = 0; layer < 3; ++layer) observer.attention(layer, block);

  CHECK(first == std::vector<int>{0, 1});
  CHECK(second == std::vector<int>{0, 1, 2});
}

TEST_CASE("observers compose, and a reference hears what its observer wants",
          "[adapter][observer]") {
  int heard = 0;
  const auto inner = observe(on_activation({{1, SiteKind::v_proj}}, [&](const auto&) { ++heard; }));
  const auto outer = observe(ObserverRef(inner), on_attention({4}, [](int, const auto&) {}));

  CHECK(outer.wants_attention(4));
  CHECK_FALSE(outer.wants_attention(1));
  CHECK(outer.wants_activation({1, SiteKind::v_proj}));
  CHECK_FALSE(outer.wants_activation({1, SiteKind::input_norm}));
  CHECK_FALSE(outer.wants_gradient({1, SiteKind::v_proj}));

  const HostMatrix features = HostMatrix::Ones(1, 1);
  const std::vector<Index> positions{0};
  outer.activation(Activation<HostMatrix>{{1, SiteKind::v_proj}, positions, features});
  outer.activation(Activation<HostMatrix>{{1, SiteKind::input_norm}, positions, features});
  CHECK(heard == 1);
}

TEST_CASE("vision sites come last, projector before encoder", "[adapter][observer]") {
  const auto seen = events([](auto& log) {
    return observe(log_gradient(
        log, {{0, SiteKind::encoder_last}, {0, SiteKind::projector}, {0, SiteKind::block_input}}));
  });
  CHECK(seen == std::vector<std::string>{"backward layers.0.block_input", "backward projector",
                                         "backward encoder_last"});
}
