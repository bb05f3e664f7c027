// SPDX-License-Identifier: MIT
/// \file From attention rows to shares: how much of a row's attention goes to each role.
#pragma once

#include <array>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_block.hpp>
#include <infoflow/attention/head_reduction.hpp>
#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// One layer's attention of some query rows, by role and by position.
struct LayerAttention {
  int layer = 0;
  std::vector<Index> queries;           ///< The query positions, in the order asked for.
  HostMatrix shares;                    ///< [queries, 4 roles]: λ of eqs. 6–8, heads reduced.
  std::vector<HostMatrix> head_shares;  ///< Per head [queries, 4 roles].
  HostMatrix rows;                      ///< [queries, positions]: heads reduced; 0 for absent keys.
  HostVector first_token;               ///< [queries]: share of position 0, the usual sink.
  HostVector entropy;                   ///< [queries]: of the reduced row, in nats.

  /// Shares averaged over the queries. Law: lie in [0, 1] and sum to 1.
  [[nodiscard]] std::array<float, role_count> mean_shares() const {
    std::array<float, role_count> mean{};
    for (std::size_t r = 0; r < role_count; ++r) {
      mean[r] = queries.empty() ? 0.0F : shares.col(static_cast<Index>(r)).mean();
    }
    return mean;
  }

  /// λ_sys, λ_img, λ_user per query, renormalised without the answer: [queries, 3]. Later answer
  /// tokens also attend to earlier ones; this is what the paper's three shares mean for them.
  [[nodiscard]] HostMatrix shares_without_answer() const {
    HostMatrix three = shares.leftCols(3);
    for (Index q = 0; q < three.rows(); ++q) three.row(q) /= three.row(q).sum();
    return three;
  }

  /// The reduced rows at the positions of one image: [queries, image tokens].
  [[nodiscard]] HostMatrix at(Span image) const { return rows.middleCols(image.begin, image.size()); }

  /// Positions that receive at least `share` of the attention, averaged over the queries: sinks.
  [[nodiscard]] std::vector<Index> sinks(float share) const {
    std::vector<Index> found;
    if (queries.empty()) return found;
    const Eigen::RowVectorXf received = rows.colwise().mean();
    for (Index p = 0; p < received.size(); ++p) {
      if (received[p] >= share) found.push_back(p);
    }
    return found;
  }
};

/// Attention blocks → shares by role, per head and reduced, per query; rows token by token; entropy.
///
/// The sums over roles are taken on the tensor's device for every head; only shares and the reduced
/// rows come to the host. `reduction` makes one row of the heads' rows (eq. 9: their mean).
/// Shape: block.rows [heads, queries, keys] → LayerAttention.
/// Laws: shares lie in [0, 1] and sum to 1 per head and query; with MeanOverHeads the shares are the
/// mean of the heads' shares. Paper: eqs. 6–9.
template <class Reduction = MeanOverHeads>
class AttentionAggregator {
 public:
  /// \param partition  roles of prompt and answer; every key position lies in it
  explicit AttentionAggregator(TokenPartition partition, Reduction reduction = {})
      : partition_(std::move(partition)), reduction_(std::move(reduction)) {}

  template <AttentionBlock Block>
    requires HeadReduction<Reduction, AttentionTensorOf<Block>>
  [[nodiscard]] LayerAttention operator()(int layer, const Block& block,
                                          std::span<const Index> queries) const {
    using Ops = TensorOps<AttentionTensorOf<Block>>;
    const std::span<const Index> keys = block.key_positions();
    const auto rows = block.rows(queries);
    const auto query_count = static_cast<Index>(queries.size());

    LayerAttention result;
    result.layer = layer;
    result.queries.assign(queries.begin(), queries.end());
    const HostMatrix by_head =
        Ops::group_sums(rows, roles_as_groups(keys), static_cast<Index>(role_count));
    for (Index h = 0; h < Ops::extents(rows).heads; ++h) {
      result.head_shares.push_back(by_head.middleRows(h * query_count, query_count));
    }
    result.rows = at_all_positions(reduction_(rows), keys);
    result.shares = HostMatrix::Zero(query_count, static_cast<Index>(role_count));
    for (Index p = 0; p < partition_.size(); ++p) {
      result.shares.col(static_cast<Index>(partition_.role(p))) += result.rows.col(p);
    }
    result.first_token = result.rows.col(0);
    const auto p = result.rows.array();
    result.entropy = (p > 0).select(-p * p.max(1e-38F).log(), 0.0F).rowwise().sum();
    return result;
  }

  [[nodiscard]] const TokenPartition& partition() const { return partition_; }

 private:
  [[nodiscard]] std::vector<int> roles_as_groups(std::span<const Index> keys) const {
    std::vector<int> groups;
    for (const Role role : partition_.roles_of(keys)) groups.push_back(static_cast<int>(role));
    return groups;
  }

  [[nodiscard]] HostMatrix at_all_positions(const HostMatrix& rows,
                                            std::span<const Index> keys) const {
    HostMatrix spread = HostMatrix::Zero(rows.rows(), partition_.size());
    for (std::size_t k = 0; k < keys.size(); ++k) {
      spread.col(keys[k]) = rows.col(static_cast<Index>(k));
    }
    return spread;
  }

  TokenPartition partition_;
  [[no_unique_address]] Reduction reduction_;
};

}  // namespace infoflow
