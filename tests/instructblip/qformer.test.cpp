// SPDX-License-Identifier: MIT
// Where a Q-Former's queries look, on Q-Formers whose attention is planted.
#include <cmath>

#include <catch_torch.hpp>

#include <adapters/instructblip/qformer.hpp>

using namespace infoflow;
using namespace infoflow::adapters;

namespace {

constexpr Index width = 8;

Linear zero_linear() {
  return {at::zeros({width, width}), at::zeros({width})};
}
LayerNorm plain_norm() {
  return {at::ones({width}), at::zeros({width}), 1e-12};
}

/// An attention that adds nothing to its rows, so that these stay as they are. Channel by channel `from`
/// of a key answers to `to` of a query, so strongly that softmax leaves one key.
QFormerAttention planted(const std::vector<std::pair<Index, Index>>& query_to_key) {
  QFormerAttention layer{zero_linear(), zero_linear(), zero_linear(), zero_linear(), plain_norm()};
  layer.key.weight = at::eye(width);
  for (const auto& [query, key] : query_to_key) layer.query.weight[key][query] = 1000;
  return layer;
}

QFormerLayer layer_of(QFormerAttention self, std::optional<QFormerAttention> cross) {
  const QFormerFeedForward nothing{zero_linear(), zero_linear(), plain_norm()};
  return {std::move(self), std::move(cross), nothing, nothing};
}

/// Two queries and a word, each with a channel of its own: 0, 1 and 2.
QFormer former(std::vector<QFormerLayer> layers) {
  const at::Tensor rows = at::eye(width);
  return QFormer(1, "gelu",
                 {rows.narrow(0, 0, 2), rows.narrow(0, 2, 1), at::zeros({4, width}), plain_norm(),
                  std::move(layers)});
}

/// A class token and three patches, each with a channel of its own: 3, 4, 5 and 6.
at::Tensor picture() {
  return at::eye(width).narrow(0, 3, 4);
}

const std::vector<TokenId> word{0};

void check_places(const QFormer& former, const std::vector<std::vector<double>>& wanted) {
  const at::Tensor places = former(picture(), word).places.to(at::kDouble).contiguous();
  for (Index q = 0; q < 2; ++q) {
    for (Index p = 0; p < 3; ++p) {
      CAPTURE(q, p);
      CHECK(places[q][p].item<double>() ==
            Approx(wanted[static_cast<std::size_t>(q)][static_cast<std::size_t>(p)]).margin(1e-6));
    }
  }
}

/// Each row attends to itself.
QFormerAttention to_itself() {
  return planted({{0, 0}, {1, 1}, {2, 2}});
}

}  // namespace

TEST_CASE("a query lies on the patch that it attends to", "[instructblip][qformer]") {
  check_places(former({layer_of(to_itself(), planted({{0, 4}, {1, 6}}))}), {{1, 0, 0}, {0, 0, 1}});
}

TEST_CASE("what a query looks at later counts for more", "[instructblip][qformer]") {
  // 1/2 of the first patch; then half of that and 1/2 of the second.
  const auto twice = former({layer_of(to_itself(), planted({{0, 4}, {1, 4}})),
                             layer_of(to_itself(), planted({{0, 5}, {1, 4}}))});
  check_places(twice, {{1.0 / 3, 2.0 / 3, 0}, {1, 0, 0}});
}

TEST_CASE("what one query hands to another goes with it", "[instructblip][qformer]") {
  // In the second layer query 1 attends to query 0 and sees no picture.
  const auto handed = former({layer_of(to_itself(), planted({{0, 4}, {1, 6}})),
                              layer_of(planted({{0, 0}, {1, 0}, {2, 2}}), std::nullopt)});
  check_places(handed, {{1, 0, 0}, {0.5, 0, 0.5}});
  // A word holds nothing of the picture, so what comes from it is left out.
  const auto from_word = former({layer_of(to_itself(), planted({{0, 4}, {1, 6}})),
                                 layer_of(planted({{0, 2}, {1, 1}, {2, 2}}), std::nullopt)});
  check_places(from_word, {{1, 0, 0}, {0, 0, 1}});
}

TEST_CASE("a word that read the picture through a query hands it on", "[instructblip][qformer]") {
  const auto through = former({layer_of(to_itself(), planted({{0, 4}, {1, 3}})),
                               layer_of(planted({{0, 0}, {1, 1}, {2, 0}}), std::nullopt),
                               layer_of(planted({{0, 0}, {1, 2}, {2, 2}}), std::nullopt)});
  check_places(through, {{1, 0, 0}, {1, 0, 0}});
}

TEST_CASE("a query that looks at the class token alone lies everywhere",
          "[instructblip][qformer]") {
  check_places(former({layer_of(to_itself(), planted({{0, 3}, {1, 5}}))}),
               {{1.0 / 3, 1.0 / 3, 1.0 / 3}, {0, 1, 0}});
}
