// SPDX-License-Identifier: MIT
// What crosses between host and device, counted on a device that is not the CPU.
#include <catch_torch.hpp>

#include <adapters/llava.hpp>
#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cut/policies.hpp>
#include <infoflow/run/truncation_sweep.hpp>

#include "../parity/golden.hpp"
#include "other_device.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Llava;
using Catch::Matchers::ContainsSubstring;

namespace {

const Llava& model() {
  static const Llava on_device = [] {
    register_other_device();
    return Llava::from_directory(golden_directory("llava") / "plain",
                                 {.dtype = "float32", .device = other_device});
  }();
  return on_device;
}

struct Asked {
  Prompt prompt;
  Llava::ImageTokens tokens;
};

const Asked& asked() {
  static const Asked item = [] {
    const std::vector<RgbImage> picture{
        read_image(golden_directory("llava") / "pictures/wide.png").image};
    Prompt prompt = model().prepare(picture, model().question_prompt("What is this?", 1));
    auto tokens = model().encode(prompt.pixels);
    return Asked{std::move(prompt), std::move(tokens)};
  }();
  return item;
}

/// The copies that `f` makes.
template <class F>
Crossings of(F f) {
  const Crossings before = crossings();
  f();
  const Crossings after = crossings();
  return {after.to_host - before.to_host, after.to_device - before.to_device};
}

/// What a product of two tensors says, or "" if there is no error.
std::string fault_of(const at::Tensor& a, const at::Tensor& b) {
  try {
    (void)a.matmul(b);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

}  // namespace

TEST_CASE("the device computes as the CPU, and refuses tensors of the host", "[device]") {
  register_other_device();
  const at::Tensor a = at::arange(6, at::kDouble).view({2, 3});
  const at::Tensor b = a.to(other_device);
  REQUIRE(b.device().str() == other_device + ":0");
  CHECK(b.matmul(b.t()).cpu().equal(a.matmul(a.t())));
  CHECK(fault_of(b, b.t()).empty());
  for (int twice = 0; twice < 2; ++twice) {
    CHECK_THAT(fault_of(b, a.t()), ContainsSubstring("a tensor of the host"));
    CHECK_THAT(fault_of(b, b), !ContainsSubstring("a tensor of the host"));  // 2 × 3 by 2 × 3.
  }
  const Crossings copies = of([&] { (void)b.cpu(), (void)b.sum().item<double>(); });
  CHECK(copies.to_host == 2);
  CHECK(copies.to_device == 0);
}

TEST_CASE("a pass crosses to the device a few times a layer, and to the host once", "[device]") {
  const Index last = asked().prompt.partition.prompt_length() - 1;
  const int layers = model().layer_count();
  at::Tensor logits;
  const auto pass = [&](const auto& observer) {
    return of([&] {
      logits = forward(model(), asked().prompt, asked().tokens, {}, std::span(&last, 1), observer);
    });
  };
  const Crossings plain = pass(observe());
  CHECK(plain.to_host == 0);             // Logits stay where they are until somebody reads them.
  CHECK(plain.to_device <= 5 + layers);  // Ids of text and rows; per layer the position ids.

  const AttentionAggregator<> aggregate(asked().prompt.partition);
  const Crossings watched =
      pass(observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
        (void)aggregate(layer, block, std::span(&last, 1));
      })));
  CHECK(watched.to_host <= 2 * layers);  // Shares and the reduced row, never a whole matrix.
  CHECK(watched.to_device <= plain.to_device + 4 * layers);
}

TEST_CASE("a decoding step of many lanes crosses as often as one of a single lane", "[device]") {
  const auto copies_of_steps = [&](const std::vector<Truncation>& cuts) {
    auto lanes = CutPrefill<Llava>(model())(asked().prompt, asked().tokens, cuts);
    const std::vector<std::vector<TokenId>> next(lanes.size(), {5});
    run_tokens(model(), std::span(lanes), next);
    return of([&] { run_tokens(model(), std::span(lanes), next); });
  };
  std::vector<Truncation> cuts{Truncation{}};
  const Crossings one = copies_of_steps(cuts);
  for (int layer = 0; layer < model().layer_count(); ++layer) {
    cuts.push_back({.schedule = {{{layer, DropAll{}}}}});
  }
  const Crossings all = copies_of_steps(cuts);
  CHECK(one.to_host == 0);
  CHECK(all.to_host == 0);
  // Each lane's token is embedded by itself; groups that stand apart are put together by number.
  const auto lanes = static_cast<long>(cuts.size());
  CHECK(all.to_device <= one.to_device + lanes + 2 * model().layer_count());
}
