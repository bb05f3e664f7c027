// SPDX-License-Identifier: MIT
/// \file InstructBLIP's Q-Former: learned queries that read a picture with a question in mind.
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include <adapters/layers.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow::adapters {

/// An attention of BERT's and the norm behind it.
struct QFormerAttention {
  Linear query, key, value, dense;
  LayerNorm norm;
};

/// A feed-forward half of a layer and the norm behind it.
struct QFormerFeedForward {
  Linear widen, narrow;
  LayerNorm norm;
};

struct QFormerLayer {
  QFormerAttention self;
  std::optional<QFormerAttention> cross;  ///< From the queries to the picture; not in every layer.
  QFormerFeedForward text, queries;
};

struct QFormerWeights {
  at::Tensor query_tokens;  ///< [queries, channels]
  at::Tensor word_embeddings;
  at::Tensor position_embeddings;
  LayerNorm norm;
  std::vector<QFormerLayer> layers;
};

/// A BERT whose first rows are learned queries and whose others are the question. All rows attend to
/// each other; in some layers the queries attend to the picture, too.
class QFormer {
 public:
  /// What the queries made of one picture and question.
  struct Reading {
    at::Tensor queries;  ///< [queries, channels]
    /// [queries, patches], rows summing to 1: where what they hold comes from.
    ///
    /// A query has no place. Its share of a patch is rolled out through the layers (Abnar and Zuidema,
    /// arXiv 2005.00928), with heads averaged: of what a layer leaves, one half was there before, the
    /// other half comes from where its attention looked. So in every layer a row takes half of what the
    /// rows hold that it attends to, in layers with cross-attention a query then half of the patches it
    /// looks at. All cross-attentions count, the later ones more, and what one query hands to another
    /// goes with it. What comes from the class token, from words and from the learned queries has no
    /// place and is left out before rows are made to sum to 1; a query with nothing from a patch lies on
    /// all of them.
    at::Tensor places;
  };

  QFormer(Index heads, const std::string& activation, QFormerWeights weights)
      : heads_(heads), weights_(std::move(weights)), activation_(nonlinearity(activation)) {}

  [[nodiscard]] Index queries() const { return weights_.query_tokens.size(0); }
  /// The longest question.
  [[nodiscard]] Index context_length() const { return weights_.position_embeddings.size(0); }

  /// \param picture   [1 + patches, width], the class token first
  /// \param question  its tokens; their positions count from 0, queries have none
  [[nodiscard]] Reading operator()(const at::Tensor& picture,
                                   std::span<const TokenId> question) const {
    at::Tensor rows = weights_.norm(at::cat({weights_.query_tokens, embedded(question)}));
    at::Tensor places = rows.new_zeros({rows.size(0), picture.size(0) - 1});
    for (const QFormerLayer& layer : weights_.layers) {
      const Attended own = attended(layer.self, rows, rows);
      places = (places + at::matmul(own.weights.detach(), places)) / 2;
      at::Tensor asking = own.rows.narrow(0, 0, queries());
      if (layer.cross) {
        const Attended looked = attended(*layer.cross, asking, picture);
        asking = looked.rows;
        const at::Tensor patches =
            looked.weights.detach().narrow(1, 1, picture.size(0) - 1);  // Without the class token.
        places = at::cat({(places.narrow(0, 0, queries()) + patches) / 2, words_of(places)});
      }
      rows = at::cat({fed(layer.queries, asking), fed(layer.text, words_of(own.rows))});
    }
    return {rows.narrow(0, 0, queries()), distributions(places.narrow(0, 0, queries()))};
  }

 private:
  struct Attended {
    at::Tensor rows;     ///< [rows, channels]
    at::Tensor weights;  ///< [rows, keys], mean over heads.
  };

  [[nodiscard]] at::Tensor embedded(std::span<const TokenId> question) const {
    const at::Tensor ids =
        at::tensor(c10::ArrayRef<TokenId>(question.data(), question.size()), at::kLong)
            .to(weights_.word_embeddings.device());
    return weights_.word_embeddings.index_select(0, ids) +
           weights_.position_embeddings.narrow(0, 0, ids.size(0));
  }

  [[nodiscard]] at::Tensor words_of(const at::Tensor& rows) const {
    return rows.narrow(0, queries(), rows.size(0) - queries());
  }

  [[nodiscard]] Attended attended(const QFormerAttention& layer, const at::Tensor& rows,
                                  const at::Tensor& from) const {
    const auto heads = [&](const at::Tensor& x) {
      return x.unflatten(-1, {heads_, -1}).transpose(0, 1);  // [heads, rows, channels of a head]
    };
    const at::Tensor queries = heads(layer.query(rows));
    const double scale = 1 / std::sqrt(static_cast<double>(queries.size(-1)));
    const at::Tensor weights =
        (at::matmul(queries, heads(layer.key(from)).transpose(1, 2)) * scale).softmax(-1);
    const at::Tensor mixed = at::matmul(weights, heads(layer.value(from))).transpose(0, 1);
    return {layer.norm(layer.dense(mixed.flatten(1)) + rows), weights.mean(0)};
  }

  [[nodiscard]] at::Tensor fed(const QFormerFeedForward& layer, const at::Tensor& rows) const {
    return layer.norm(layer.narrow(activation_(layer.widen(rows))) + rows);
  }

  [[nodiscard]] static at::Tensor distributions(const at::Tensor& places) {
    const at::Tensor sums = places.sum(1, /*keepdim=*/true);
    const double even = 1 / static_cast<double>(places.size(1));
    return at::where(sums > 0, places / sums, at::full_like(places, even));
  }

  Index heads_;
  QFormerWeights weights_;
  Nonlinearity activation_;
};

}  // namespace infoflow::adapters
