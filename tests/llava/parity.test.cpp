// SPDX-License-Identifier: MIT
// Our LLaVA against eager transformers on the golden checkpoints.
#include "../parity/parity.hpp"

#include "golden.hpp"

using namespace infoflow;
using namespace infoflow::tests;

namespace {
using adapters::Llava;
const Goldens goldens{.family = "LLaVA-1.5", .folder = llava_goldens};
}  // namespace

TEST_CASE("the goldens are there, and every part has cases", "[llava][golden]") {
  CHECK(golden_cases(llava_goldens).size() == 10);
  CHECK(golden_cases(llava_goldens, "sites").size() == 3);
  CHECK(golden_cases(llava_goldens, "cuts").size() == 3);
  CHECK(golden_cases(llava_goldens, "bfloat16").size() == 2);
}

TEST_CASE("ids, roles, answer and pixels are those of transformers", "[llava][parity]") {
  check_inputs<Llava>(goldens);
}

TEST_CASE("image tokens, logits and attention are those of transformers", "[llava][parity]") {
  check_trace<Llava>(goldens);
}

TEST_CASE("features and gradients at every site are those of transformers", "[llava][parity]") {
  check_gradients<Llava>(goldens);
}

TEST_CASE("heat at every site is that of transformers, and zero in the last layer",
          "[llava][parity]") {
  check_heat<Llava>(goldens);
}

TEST_CASE("without a picture the vision sites are shown empty", "[llava][gradients]") {
  check_gradients_without_a_picture<Llava>(goldens);
}

TEST_CASE("greedy answers are those of transformers and end at the same stop token",
          "[llava][parity]") {
  check_answers<Llava>(goldens);
}

TEST_CASE("logits and answers after a cut are those of transformers' layers, dropped or masked",
          "[llava][parity][cuts]") {
  check_cuts<Llava>(goldens);
}

TEST_CASE("in bfloat16 we are as good as transformers' own", "[llava][parity][bfloat16]") {
  check_bfloat16<Llava>(goldens);
}

TEST_CASE("one backward for all sites gives what one per site gives", "[llava][gradients]") {
  const PreparedLlava c(golden_cases(llava_goldens, "sites").front());
  std::map<Site, at::Tensor> alone;
  std::vector<Site> all;
  for (std::size_t k = 0; k < site_kind_names.size(); ++k) {
    for (const Site site : sites_at_all_layers(static_cast<SiteKind>(k), c.model.layer_count())) {
      all.push_back(site);
      c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                       observe(on_gradient({site}, [&](const auto& event) {
                         alone.emplace(event.site, event.gradient.clone());
                       })));
    }
  }
  std::vector<Site> order;
  c.model.backward(c.prompt, c.images, c.answer, AnswerSum{},
                   observe(on_gradient(all, [&](const auto& event) {
                     order.push_back(event.site);
                     CAPTURE(to_string(event.site));
                     CHECK(relative_error(event.gradient, alone.at(event.site)) < 1e-6);
                   })));
  CHECK(order.size() == all.size());
  CHECK(order.back() == Site{0, SiteKind::encoder_last});
}
