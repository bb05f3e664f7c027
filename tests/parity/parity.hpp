// SPDX-License-Identifier: MIT
/// \file A family's adapter against its golden references: what every family's parity tests check.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch_torch.hpp>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/cut/policies.hpp>

#include "golden.hpp"
#include "record.hpp"

namespace infoflow::tests {

/// The goldens of one family, and whose numbers they are.
struct Goldens {
  std::string family;  ///< As the docs call it: "LLaVA-1.5".
  std::string folder;  ///< Below tests/golden.
  std::string reference = "transformers, eager";
};

/// max|a − b| / max|b| per tensor, in float32.
inline constexpr double parity_tolerance = 1e-4;

/// Checks one tensor in float32 and notes its error.
inline void check_tensor(const Goldens& goldens, const std::string& command,
                         const std::string& quantity, const at::Tensor& ours,
                         const at::Tensor& wanted, double tolerance = parity_tolerance) {
  const double error = relative_error(ours, wanted);
  CAPTURE(quantity);
  CHECK(error < tolerance);
  record_parity({goldens.family, command, quantity, goldens.reference, "float32"}, error);
}

/// Checks one tensor of a bfloat16 run: at most twice the reference's own error in bfloat16.
/// \param name  the tensor whose error the golden case knows
inline void check_low_tensor(const Goldens& goldens, const std::string& command,
                             const std::string& quantity, const GoldenCase& golden,
                             const std::string& name, const at::Tensor& ours,
                             const at::Tensor& wanted) {
  const double own_error = golden.bfloat16_error(name);
  CAPTURE(golden.name(), name, own_error);
  REQUIRE(own_error > 1e-4);  // bfloat16 rounds: a smaller error would be a mistake.
  const double error = relative_error(ours, wanted);
  CHECK(error <= 2 * own_error);
  record_parity({goldens.family, command, quantity, goldens.reference, "bfloat16"}, error,
                own_error);
}

[[nodiscard]] inline at::Tensor from_host(const HostMatrix& m) {
  at::Tensor tensor = at::empty({m.rows(), m.cols()}, at::kFloat);
  std::copy(m.data(), m.data() + m.size(), tensor.mutable_data_ptr<float>());
  return tensor;
}

/// Logits of the predicting rows, and what each layer shows of their attention.
struct Traced {
  at::Tensor logits;
  std::vector<at::Tensor> heads;   ///< Per layer [heads, T, keys].
  std::vector<at::Tensor> rows;    ///< Per layer [T, keys], heads averaged.
  std::vector<at::Tensor> shares;  ///< Per layer [4], answer tokens averaged.
};

template <class Adapter>
[[nodiscard]] Traced trace(const PreparedCase<Adapter>& c) {
  Traced traced;
  const TokenPartition partition = c.partition();
  const std::vector<Index> rows = partition.predicting_rows();
  const AttentionAggregator<> aggregate(partition);
  const auto show = [&](int layer, const auto& block) {
    traced.heads.push_back(block.rows(rows));
    const LayerAttention attention = aggregate(layer, block, rows);
    traced.rows.push_back(from_host(attention.rows));
    const auto share = attention.mean_shares();
    traced.shares.push_back(at::tensor(
        {share[Role::system], share[Role::image], share[Role::user], share[Role::answer]}));
  };
  traced.logits = forward(c.model, c.prompt, c.images, c.answer, rows,
                          observe(on_attention(Layers::every(), show)));
  return traced;
}

/// Ids, roles, the answer's text, and pixels.
template <class Adapter>
void check_inputs(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder)) {
    CAPTURE(golden.name());
    const PreparedCase<Adapter> c(golden);
    if (golden.forced_answer()) {
      CHECK(c.model.encode_answer(*golden.forced_answer()) == golden.ids("answer_ids"));
    }
    std::vector<TokenId> ids = c.prompt.ids;
    ids.insert(ids.end(), c.answer.begin(), c.answer.end());
    CHECK(ids == golden.ids("input_ids"));
    const TokenPartition partition = c.partition();
    CHECK(std::ranges::equal(partition.roles(), golden.roles()));
    CHECK(c.model.decode(c.answer) == golden.answer_text());
    check_tensor(goldens, "trace", "pixels", c.model.normalised(c.prompt.pixels),
                 golden.tensor("pixel_values"), 1e-6);
  }
}

/// Image tokens, logits, attention by head, by row and by role.
template <class Adapter>
void check_trace(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder)) {
    CAPTURE(golden.name());
    const PreparedCase<Adapter> c(golden);
    const Traced traced = trace(c);
    const auto check = [&](const std::string& quantity, const at::Tensor& ours,
                           const std::string& name) {
      check_tensor(goldens, "trace", quantity, ours, golden.tensor(name));
    };
    check("image tokens", c.model.image_rows(c.prompt, c.images), "image_features");
    check("logits", traced.logits, "logits");
    check("attention by head", at::stack(traced.heads), "attention_heads");
    check("attention rows", at::stack(traced.rows), "attention_rows");
    check("attention shares", at::stack(traced.shares), "attention_share");
  }
}

/// Features and gradients at every site.
template <class Adapter>
void check_gradients(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder, "sites")) {
    const PreparedCase<Adapter> c(golden);
    const Index prompt_length = c.prompt.partition.prompt_length();
    for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
      const auto kind = static_cast<SiteKind>(k);
      const std::vector<Site> sites = sites_at_all_layers(kind, c.model.layer_count());
      const std::string name(to_string(kind));
      CAPTURE(golden.name(), name);
      at::Tensor features = golden.tensor(name + ".features");
      at::Tensor gradients = golden.tensor(name + ".gradients");
      if (is_vision(kind)) {
        features = features.unsqueeze(0);
        gradients = gradients.unsqueeze(0);
      }
      int seen = 0;
      const auto compare = [&](const auto& event) {
        const at::Tensor wanted = features[event.site.layer];
        const auto rows = is_vision(kind) ? wanted.size(0) : prompt_length;
        CAPTURE(event.site.layer);
        check_tensor(goldens, "analyze", "features", event.features.narrow(0, 0, rows), wanted);
        check_tensor(goldens, "analyze", "gradients", event.gradient.narrow(0, 0, rows),
                     gradients[event.site.layer]);
        ++seen;
      };
      c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                       observe(on_gradient(sites, compare)));
      CHECK(seen == static_cast<int>(sites.size()));
    }
  }
}

/// A prompt without a picture has no rows at the vision sites: they are shown empty, whatever is wanted.
template <class Adapter>
void check_gradients_without_a_picture(const Goldens& goldens) {
  const Adapter& model = model_of<Adapter>(golden_cases(goldens.folder).front().checkpoint());
  const Prompt prompt = model.prepare({}, model.question_prompt("What is it?", 0));
  const std::vector<TokenId> answer{5};
  int shown = 0;
  model.backward(prompt, model.encode(prompt.pixels), answer, AnswerSum{},
                 observe(on_gradient({{0, SiteKind::encoder_last}, {0, SiteKind::projector}},
                                     [&](const auto& event) {
                                       ++shown;
                                       CHECK(event.gradient.size(0) == 0);
                                       CHECK(event.features.size(0) == 0);
                                     })));
  CHECK(shown == 2);
}

/// Heat at every site, and exact zeros behind the last layer's attention.
template <class Adapter>
void check_heat(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder)) {
    const PreparedCase<Adapter> c(golden);
    for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
      const auto kind = static_cast<SiteKind>(k);
      CAPTURE(golden.name(), to_string(kind));
      const auto sites = sites_at_all_layers(kind, c.model.layer_count());
      std::vector<at::Tensor> maps;
      for (const SiteHeat& site :
           GradCamSmoother()(c.model, c.prompt, c.answer, AnswerSum{}, std::span(sites))) {
        const HostMatrix row = site["mean"].mean().transpose();
        maps.push_back(from_host(row).squeeze(0));
      }
      check_tensor(goldens, "analyze", "heat", at::stack(maps),
                   golden.tensor(std::string(to_string(kind)) + ".cam"));
      if (kind == SiteKind::post_attention_norm) {
        CHECK(maps.back().abs().max().template item<float>() == 0);
      }
    }
  }
}

/// Greedy answers, token by token, and the stop token that ends them.
template <class Adapter>
void check_answers(const Goldens& goldens, Index new_tokens = 12) {
  for (const GoldenCase& golden : golden_cases(goldens.folder)) {
    CAPTURE(golden.name());
    const PreparedCase<Adapter> c(golden);
    std::vector<TokenId> wanted = golden.ids("generated_ids");
    if (golden.stop_id()) wanted.pop_back();
    const Generation said = generate(c.model, c.prompt, c.images, new_tokens);
    CHECK(said.ids == wanted);
    CHECK(said.stopped == golden.stop_id().has_value());
  }
}

/// Calls f(truncation, prefix of the golden's tensors) for every golden cut.
template <class F>
void for_each_golden_cut(const GoldenCase& golden, F f) {
  int cuts = 0;
  for (const int layer : {0, 1, 2}) {
    for (const bool renumbered : {false, true}) {
      for (const bool top : {false, true}) {
        const std::string name = std::string("cut.") + (top ? "top2" : "drop_all") +
                                 (renumbered ? ".renumbered." : ".kept.") + std::to_string(layer);
        if (!golden.contains(name + ".logits")) continue;
        CAPTURE(golden.name(), name);
        for (const CutMode mode : {CutMode::drop, CutMode::mask}) {
          f(Truncation{.schedule = {{{layer, top ? AnyPolicy(TopK{2}) : AnyPolicy(DropAll{})}}},
                       .mode = mode,
                       .positions = renumbered ? PositionRule::renumber : PositionRule::keep},
            name);
        }
        ++cuts;
      }
    }
  }
  REQUIRE(cuts == 8);  // Three layers kept, one renumbered, for two policies.
}

/// Logits and greedy answers after cuts, dropped and masked.
template <class Adapter>
void check_cuts(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder, "cuts")) {
    const PreparedCase<Adapter> c(golden);
    const auto stops = c.model.stop_ids();
    for_each_golden_cut(golden, [&](const Truncation& truncation, const std::string& name) {
      check_tensor(goldens, "sweep", "logits after a cut",
                   forward(c.model, c.prompt, c.images, c.answer, c.partition().predicting_rows(),
                           observe(), truncation),
                   golden.tensor(name + ".logits"));
      std::vector<TokenId> wanted = golden.ids(name + ".generated_ids");
      const auto limit = static_cast<Index>(wanted.size());
      const bool stopped = std::find(stops.begin(), stops.end(), wanted.back()) != stops.end();
      if (stopped) wanted.pop_back();
      const Generation said = generate(c.model, c.prompt, c.images, limit, truncation);
      CHECK(said.ids == wanted);
      CHECK(said.stopped == stopped);
    });
  }
}

/// The pass and the backward in bfloat16; features and gradients where the case stores sites.
template <class Adapter>
void check_bfloat16(const Goldens& goldens) {
  for (const GoldenCase& golden : golden_cases(goldens.folder, "bfloat16")) {
    const PreparedCase<Adapter> c(golden, "bfloat16");
    const auto check = [&](const std::string& command, const std::string& quantity,
                           const std::string& name, const at::Tensor& ours,
                           const at::Tensor& wanted) {
      check_low_tensor(goldens, command, quantity, golden, name, ours, wanted);
    };
    const Traced traced = trace(c);
    CHECK(traced.logits.scalar_type() == at::kBFloat16);
    check("trace", "image tokens", "image_features", c.model.image_rows(c.prompt, c.images),
          golden.tensor("image_features"));
    check("trace", "logits", "logits", traced.logits, golden.tensor("logits"));
    check("trace", "attention rows", "attention_rows", at::stack(traced.rows),
          golden.tensor("attention_rows"));
    check("trace", "attention shares", "attention_share", at::stack(traced.shares),
          golden.tensor("attention_share"));

    const std::vector<Index> image = c.prompt.partition.positions(Role::image);
    const at::Tensor rows = at::tensor(std::vector<std::int64_t>(image.begin(), image.end()));
    for (const SiteKind kind : {SiteKind::post_attention_norm, SiteKind::block_input}) {
      if (!golden.has("sites")) break;
      std::vector<at::Tensor> features;
      std::vector<at::Tensor> gradients;
      const auto collect = [&](const auto& event) {
        features.insert(features.begin(), event.features.index_select(0, rows));
        gradients.insert(gradients.begin(), event.gradient.index_select(0, rows));
      };
      c.model.backward(
          c.prompt, c.images, c.answer, AnswerSum{},
          observe(on_gradient(sites_at_all_layers(kind, c.model.layer_count()), collect)));
      const std::string name(to_string(kind));
      const auto wanted = [&](const std::string& part) {
        return golden.tensor(name + part).index_select(1, rows);
      };
      check("analyze", "features", name + ".features", at::stack(features), wanted(".features"));
      check("analyze", "gradients", name + ".gradients", at::stack(gradients),
            wanted(".gradients"));
    }
    const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, c.model.layer_count());
    std::vector<at::Tensor> maps;
    for (const SiteHeat& site :
         GradCamSmoother()(c.model, c.prompt, c.answer, AnswerSum{}, std::span(sites))) {
      maps.push_back(tensor_of(site["mean"].mean().template cast<double>()).squeeze(1));
    }
    check("analyze", "heat", "cam", at::stack(maps), golden.tensor("cam"));
  }
}

}  // namespace infoflow::tests
