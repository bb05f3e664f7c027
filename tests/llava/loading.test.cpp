// SPDX-License-Identifier: MIT
// What a LLaVA's files leave open, against what transformers makes of it.
#include "../parity/loading.hpp"

#include <catch_torch.hpp>

#include "../parity/sweep_cases.hpp"
#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::adapters;
using namespace infoflow::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

const WordTables names{"language_model.model.embed_tokens.weight", "language_model.lm_head.weight"};

std::filesystem::path plain() {
  return golden_directory("llava") / "plain";
}

struct Loaded {
  std::string fault;
  std::vector<std::string> notes;
};

/// Loading `plain` with one more tensor.
Loaded with_tensor(const std::string& name) {
  CheckpointContent content = checkpoint_content(plain());
  content.tensors[name] = at::full({3}, NAN);  // What nobody reads may hold anything.
  Loaded loaded;
  loaded.fault = adapter_tests::error_of([&] {
    (void)model_of_content<Llava>(
        content, {.note = [&](const std::string& note) { loaded.notes.push_back(note); }});
  });
  return loaded;
}

}  // namespace

TEST_CASE("stored embeddings and heads are used as transformers does, whatever is said of tying",
          "[llava][loading][tied]") {
  check_tied<Llava>("llava/plain", names);
}

TEST_CASE("rotary types and joined feature layers answer as transformers' generate()",
          "[llava][loading][parity]") {
  check_changed<Llava>("llava", "plain");
}

TEST_CASE("the fast sweep is the plain one where the rotary base grows with the answer",
          "[llava][loading][sweep][law]") {
  const RgbImage wide = read_image(golden_directory("llava") / "pictures" / "wide.png").image;
  for (const ChangedCase& golden : changed_cases("llava/plain")) {
    if (!golden.name().starts_with("dynamic") && golden.name() != "yarn") continue;
    CAPTURE(golden.name());
    const auto model = model_of_content<Llava>(golden.content(), {.dtype = "float64"});
    // Prompts of two lengths: what they share must not be shared beyond the trained length.
    const std::vector<laws::SweepCase<Llava>> items{
        sweep_case(model, "USER: <image>\nWhat is it? ASSISTANT:", {wide}),
        sweep_case(model, "USER: <image>\nWhat is it", {wide}),
        sweep_case(model, "USER: <image>\nWhat is it? ASSISTANT:", {wide})};
    const auto how =
        sweep_truncations(model.layer_count(), PositionRule::keep, ScoreSource::before);
    CHECK(laws::check_fast_is_plain(model, model, std::span(items), std::span(how), 1e-5) == "");
  }
}

TEST_CASE("an answer that grows beyond the trained length is generated as one traced pass shows it",
          "[llava][loading][law]") {
  for (const ChangedCase& golden : changed_cases("llava/plain")) {
    if (golden.name() != "dynamic_crossing") continue;
    // The scale is a row's own. One scale for the whole pass, which a single forward pass of
    // transformers takes, gives other logits.
    CheckpointContent content = golden.content();
    const auto model = model_of_content<Llava>(content);
    put_into(content.files.at("config.json"),
             {{"text_config",
               {{"max_position_embeddings", 512},
                {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 500.0}}}}}});
    const auto without = model_of_content<Llava>(content);
    const GoldenCase asked = case_of("llava", "plain");
    const Prompt prompt = model.prepare(asked.images(), asked.text(model));
    const auto ids = golden.ids("generated_ids");
    const auto rows =
        prompt.partition.with_answer(static_cast<Index>(ids.size())).predicting_rows();
    const auto logits = [&](const Llava& m) {
      return forward(m, prompt, m.encode(prompt.pixels), ids, rows, observe());
    };
    const at::Tensor difference = (logits(model) - logits(without)).abs().amax(1);
    // Rows 0 to 2 are within the trained length of 18: the prompt's last, and the first two answered.
    CHECK(difference.slice(0, 0, 3).max().item<float>() == 0);
    CHECK(difference.slice(0, 3).min().item<float>() > 1e-3);
  }
}

TEST_CASE("tensors that no part reads are left out with a note", "[llava][loading][checkpoint]") {
  for (const char* name :
       {"image_newline", "model.image_newline", "logit_scale", "text_model.final_layer_norm.weight",
        "vision_tower.vision_model.head.weight", "multi_modal_projector.linear_3_old", ""}) {
    const Loaded loaded = with_tensor(name);
    CHECK(loaded.fault == "");
    REQUIRE(loaded.notes.size() == 1);
    CHECK_THAT(loaded.notes.front(), ContainsSubstring("no part of the model reads the tensor "));
  }
  // One more layer, or one more part of a layer, would be another model.
  for (const char* name :
       {"language_model.model.layers.3.input_layernorm.weight",
        "language_model.model.layers.0.self_attn.q_norm.weight",
        "language_model.model.layers.1.mlp.up_proj.bias", "language_model.lm_head.bias",
        "multi_modal_projector.linear_3.weight"}) {
    const Loaded loaded = with_tensor(name);
    CHECK_THAT(loaded.fault, ContainsSubstring("no place for the tensor " + std::string(name)));
    CHECK(loaded.notes.empty());
  }
}

TEST_CASE("rotary frequencies are those of transformers, for every spelling and parameter",
          "[llava][loading][rope]") {
  int unlike_plain = 0;
  for (const auto& golden : loading_golden("rope.json")) {
    CAPTURE(golden.dump());
    const TextConfig text = read_text_config(golden.at("config"), "config.json");
    const RopeScaling& scaling = text.rope_scaling;
    const RotaryEmbedding rotary(text.head_dim, text.rope_theta, scaling, at::kCPU);
    CHECK(scaling.attention_factor == Approx(golden.at("attention_scaling").get<double>()));
    for (const auto& [length, frequencies] : golden.at("inv_freq").items()) {
      const at::Tensor wanted = at::tensor(frequencies.get<std::vector<float>>());
      const double scale = scaling.base_scale(std::stol(length), text.head_dim);
      const at::Tensor ours = rotary.frequencies(scale);
      CHECK(((ours - wanted).abs() / wanted).max().item<float>() < 2e-6);
      const RotaryEmbedding plain(text.head_dim, text.rope_theta, {}, at::kCPU);
      unlike_plain += ((plain.frequencies(1) - wanted).abs() / wanted).max().item<float>() > 1e-3;
    }
  }
  CHECK(unlike_plain >= 20);
}

TEST_CASE("rotary types that are not supported, or lack a parameter, are named",
          "[llava][loading][rope][errors]") {
  const auto fault = [](const Json& rope) {
    return adapter_tests::error_of([&] {
      (void)read_text_config({{"model_type", "llama"}, {"rope_scaling", rope}}, "config.json");
    });
  };
  for (const char* type : {"longrope", "su", "mrope", "proportional", "ntk"}) {
    CHECK_THAT(fault({{"type", type}, {"factor", 2.0}}),
               ContainsSubstring("\"" + std::string(type) + "\"") && ContainsSubstring("yarn"));
  }
  for (const char* type : {"linear", "dynamic", "llama3", "yarn"}) {
    CHECK_THAT(fault({{"rope_type", type}}), ContainsSubstring("\"factor\" is missing"));
    CHECK_THAT(fault({{"rope_type", type}, {"factor", 0.0}}), ContainsSubstring("\"factor\" is 0"));
    CHECK_THAT(fault({{"rope_type", type}, {"factor", 1e300}}), ContainsSubstring("1e+300"));
    CHECK_THAT(fault({{"rope_type", type}, {"factor", 2.0}, {"partial_rotary_factor", 0.5}}),
               ContainsSubstring("part of each head"));
  }
  CHECK_THAT(fault({{"rope_type", "llama3"}, {"factor", 8.0}}),
             ContainsSubstring("\"low_freq_factor\" is missing"));
}
