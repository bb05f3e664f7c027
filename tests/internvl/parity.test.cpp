// SPDX-License-Identifier: MIT
// Our InternVL against eager transformers on the golden checkpoints: the hub's format with LayerNorm,
// with RMSNorm and with a Qwen3 decoder, the authors' with an InternLM2, a Qwen2 and a Qwen3 decoder.
#include "../parity/parity.hpp"

#include <string>
#include <utility>

#include <adapters/internvl.hpp>

#include "../parity/changed_checkpoint.hpp"

using namespace infoflow;
using namespace infoflow::tests;
using adapters::Internvl;

namespace {
const Goldens goldens{"InternVL", "internvl"};
}

TEST_CASE("the goldens are there, and every part has cases", "[internvl][golden]") {
  CHECK(golden_cases("internvl").size() == 16);
  CHECK(golden_cases("internvl", "sites").size() == 5);
  CHECK(golden_cases("internvl", "cuts").size() == 6);
  CHECK(golden_cases("internvl", "bfloat16").size() == 5);
}

TEST_CASE("ids, roles, answer and views are those of transformers", "[internvl][parity]") {
  check_inputs<Internvl>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[internvl][parity]") {
  check_trace<Internvl>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers", "[internvl][parity]") {
  check_gradients<Internvl>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[internvl][parity]") {
  check_heat<Internvl>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[internvl][gradients]") {
  check_gradients_without_a_picture<Internvl>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[internvl][parity]") {
  check_answers<Internvl>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers",
          "[internvl][parity][cuts]") {
  check_cuts<Internvl>(goldens);
}

TEST_CASE("bfloat16 is at most twice as far from float32 as transformers' own",
          "[internvl][bfloat16]") {
  check_bfloat16<Internvl>(goldens);
}

TEST_CASE("the goldens reject a Qwen3 whose head norms are exchanged or left out",
          "[internvl][golden][broken]") {
  for (const char* name : {"hf_qwen3", "qwen3"}) {
    const auto cases = golden_cases("internvl");
    const auto golden =
        std::ranges::find_if(cases, [&](const auto& c) { return c.name() == name; });
    const auto error_with = [&](auto change) {
      CheckpointContent content = checkpoint_content(golden->checkpoint());
      const std::string attention = "language_model.model.layers.1.self_attn.";
      change(content.tensors.at(attention + "q_norm.weight"),
             content.tensors.at(attention + "k_norm.weight"));
      const adapter_tests::TemporaryFolder folder;
      write_checkpoint(content, folder.path());
      const auto model = Internvl::from_directory(folder.path());
      const Prompt prompt = model.prepare(golden->images(), golden->text(model));
      const auto answer = golden->ids("answer_ids");
      const auto rows =
          prompt.partition.with_answer(static_cast<Index>(answer.size())).predicting_rows();
      return relative_error(
          forward(model, prompt, model.encode(prompt.pixels), answer, rows, observe()),
          golden->tensor("logits"));
    };
    CAPTURE(name);
    CHECK(error_with([](auto&, auto&) {}) < parity_tolerance);  // The way of changing it is right.
    CHECK(error_with([](at::Tensor& q, at::Tensor& k) { std::swap(q, k); }) > 0.01);
    CHECK(error_with([](at::Tensor& q, at::Tensor&) { q.fill_(1); }) > 0.01);
  }
}
