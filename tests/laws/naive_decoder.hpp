// SPDX-License-Identifier: MIT
/// \file The toy decoder once more, position by position in plain loops, with a place to push at.
#pragma once

#include <cmath>
#include <map>
#include <vector>

#include "../../examples/toy/toy_decoder.hpp"

namespace infoflow::laws {

using Numbers = std::vector<std::vector<double>>;  ///< [rows][channels]

/// What is added to the activation at a site: rows as at that site, zero where nothing is added.
struct Push {
  Site site;
  RowMatrix<double> added;
};

/// A second implementation that shares no code with the first, for checking both the forward pass
/// (no push) and, by finite differences, the gradients.
class NaiveDecoder {
 public:
  explicit NaiveDecoder(const toy::Weights<double>& weights) : w_(weights) {}

  /// Logits [rows, V] of the rows that predict the answer.
  [[nodiscard]] RowMatrix<double> logits(const Prompt& prompt, const RowMatrix<double>& features,
                                         const std::vector<TokenId>& answer,
                                         const Push& push) const {
    RowMatrix<double> colours = features;
    apply(push, {0, SiteKind::encoder_last}, colours);
    RowMatrix<double> image = times(colours, w_.projector, w_.projector_bias);
    apply(push, {0, SiteKind::projector}, image);

    std::vector<TokenId> ids = prompt.ids;
    ids.insert(ids.end(), answer.begin(), answer.end());
    RowMatrix<double> x(static_cast<Index>(ids.size()), w_.config.channels());
    Index next = 0;
    for (Index p = 0; p < x.rows(); ++p) {
      const bool is_image =
          p < prompt.partition.prompt_length() && prompt.partition.role(p) == Role::image;
      if (is_image) x.row(p) = image.row(next++);
      if (!is_image) x.row(p) = w_.embeddings.row(ids[static_cast<std::size_t>(p)]);
    }
    for (int l = 0; l < static_cast<int>(w_.layers.size()); ++l) layer(l, x, push);
    const RowMatrix<double> all = times(norm(x, w_.final_norm), w_.lm_head, {});
    return all.middleRows(prompt.partition.prompt_length() - 1, static_cast<Index>(answer.size()));
  }

 private:
  using Row = Eigen::Matrix<double, 1, Eigen::Dynamic>;

  void layer(int l, RowMatrix<double>& x, const Push& push) const {
    const toy::LayerWeights<double>& w = w_.layers[static_cast<std::size_t>(l)];
    apply(push, {l, SiteKind::block_input}, x);
    RowMatrix<double> normed = norm(x, w.input_norm);
    apply(push, {l, SiteKind::input_norm}, normed);
    RowMatrix<double> v = times(normed, w.v, w.v_bias);
    apply(push, {l, SiteKind::v_proj}, v);
    const RowMatrix<double> q = turned(times(normed, w.q, w.q_bias));
    const RowMatrix<double> k = turned(times(normed, w.k, w.k_bias));
    x += times(mixed(q, k, v), w.o, {});
    RowMatrix<double> again = norm(x, w.post_attention_norm);
    apply(push, {l, SiteKind::post_attention_norm}, again);
    const RowMatrix<double> gate = times(again, w.gate, {});
    RowMatrix<double> inner = times(again, w.up, {});
    for (Index i = 0; i < inner.size(); ++i) {
      inner.data()[i] *= gate.data()[i] / (1 + std::exp(-gate.data()[i]));
    }
    x += times(inner, w.down, {});
    apply(push, {l, SiteKind::block_output}, x);
  }

  /// Softmax over the past, head by head, number by number.
  [[nodiscard]] RowMatrix<double> mixed(const RowMatrix<double>& q, const RowMatrix<double>& k,
                                        const RowMatrix<double>& v) const {
    const Index size = w_.config.head_size;
    RowMatrix<double> out = RowMatrix<double>::Zero(q.rows(), q.cols());
    for (Index first = 0; first < q.cols(); first += size) {
      for (Index i = 0; i < q.rows(); ++i) {
        std::vector<double> weight;
        double total = 0;
        for (Index j = 0; j <= i; ++j) {
          double score = 0;
          for (Index c = first; c < first + size; ++c) score += q(i, c) * k(j, c);
          weight.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
          total += weight.back();
        }
        for (Index j = 0; j <= i; ++j) {
          for (Index c = first; c < first + size; ++c) {
            out(i, c) += weight[static_cast<std::size_t>(j)] / total * v(j, c);
          }
        }
      }
    }
    return out;
  }

  [[nodiscard]] RowMatrix<double> turned(RowMatrix<double> x) const {
    const Index size = w_.config.head_size;
    for (Index p = 0; p < x.rows(); ++p) {
      for (Index c = 0; c < x.cols(); c += size) {
        for (Index j = 0; j < size / 2; ++j) {
          const double angle = static_cast<double>(p) /
                               std::pow(w_.config.rope_base,
                                        2.0 * static_cast<double>(j) / static_cast<double>(size));
          const double a = x(p, c + j);
          const double b = x(p, c + j + size / 2);
          x(p, c + j) = a * std::cos(angle) - b * std::sin(angle);
          x(p, c + j + size / 2) = b * std::cos(angle) + a * std::sin(angle);
        }
      }
    }
    return x;
  }

  [[nodiscard]] RowMatrix<double> norm(const RowMatrix<double>& x, const Row& weight) const {
    RowMatrix<double> y(x.rows(), x.cols());
    for (Index i = 0; i < x.rows(); ++i) {
      double squares = 0;
      for (Index c = 0; c < x.cols(); ++c) squares += x(i, c) * x(i, c);
      const double rms =
          std::sqrt(squares / static_cast<double>(x.cols()) + w_.config.norm_epsilon);
      for (Index c = 0; c < x.cols(); ++c) y(i, c) = x(i, c) / rms * weight[c];
    }
    return y;
  }

  [[nodiscard]] static RowMatrix<double> times(const RowMatrix<double>& x,
                                               const RowMatrix<double>& m, const Row& bias) {
    RowMatrix<double> y(x.rows(), m.cols());
    for (Index i = 0; i < y.rows(); ++i) {
      for (Index j = 0; j < y.cols(); ++j) {
        y(i, j) = bias.size() > 0 ? bias[j] : 0;
        for (Index c = 0; c < x.cols(); ++c) y(i, j) += x(i, c) * m(c, j);
      }
    }
    return y;
  }

  static void apply(const Push& push, Site site, RowMatrix<double>& x) {
    if (push.site == site && push.added.size() > 0) x += push.added;
  }

  const toy::Weights<double>& w_;
};

}  // namespace infoflow::laws
