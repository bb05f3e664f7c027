// SPDX-License-Identifier: MIT
/// \file From attention rows to shares: how much of a row's attention goes to each role.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <infoflow/attention/attention_block.hpp>
#include <infoflow/attention/head_reduction.hpp>
#include <infoflow/attention/role_shares.hpp>
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
  [[nodiscard]] RoleShares mean_shares() const {
    RoleShares mean;
    for (Index q = 0; q < shares.rows(); ++q) {
      for (const Role role : all_roles) {
        mean[role] += shares(q, static_cast<Index>(role)) / static_cast<float>(shares.rows());
      }
    }
    return mean;
  }

  /// Shares of one query, the `query`-th of those asked for.
  [[nodiscard]] RoleShares shares_of(Index query) const {
    RoleShares found;
    for (const Role role : all_roles) found[role] = shares(query, static_cast<Index>(role));
    return found;
  }

  /// λ_sys, λ_img, λ_user per query, renormalised without the answer: [queries, 3]. Later answer
  /// tokens also attend to earlier ones; this is what the paper's three shares mean for them.
  [[nodiscard]] HostMatrix shares_without_answer() const {
    HostMatrix three(shares.rows(), 3);
    for (Index q = 0; q < shares.rows(); ++q) {
      const float sum = shares(q, 0) + shares(q, 1) + shares(q, 2);
      for (Index r = 0; r < 3; ++r) three(q, r) = shares(q, r) / sum;
    }
    return three;
  }

  /// The reduced rows at the positions of one image: [queries, image tokens].
  [[nodiscard]] HostMatrix at(Span image) const {
    HostMatrix seen(rows.rows(), image.size());
    for (Index q = 0; q < rows.rows(); ++q) {
      for (Index t = 0; t < image.size(); ++t) seen(q, t) = rows(q, image.begin + t);
    }
    return seen;
  }

  /// The same averaged over the queries: [image tokens].
  [[nodiscard]] HostVector mean_at(Span image) const {
    HostVector mean = HostVector::Zero(image.size());
    for (Index q = 0; q < rows.rows(); ++q) {
      for (Index t = 0; t < image.size(); ++t) {
        mean[t] += rows(q, image.begin + t) / static_cast<float>(rows.rows());
      }
    }
    return mean;
  }

  /// Positions that receive at least `share` of the attention, averaged over the queries: sinks.
  [[nodiscard]] std::vector<Index> sinks(float share) const {
    std::vector<Index> found;
    if (queries.empty()) return found;
    for (Index p = 0; p < rows.cols(); ++p) {
      float received = 0;
      for (Index q = 0; q < rows.rows(); ++q) received += rows(q, p);
      if (received / static_cast<float>(rows.rows()) >= share) found.push_back(p);
    }
    return found;
  }
};

/// Attention blocks → shares by role, per head and reduced, per query; rows token by token; entropy.
///
/// The sums over roles are taken on the tensor's device for every head; only shares and the reduced
/// rows come to the host. `reduction` makes one row of the heads' rows (eq. 9: their mean). What is done
/// with these few numbers is written as plain loops, here and in the files beside: Eigen's expressions
/// would double what the door costs whoever includes it.
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
      HostMatrix& shares = result.head_shares.emplace_back(query_count, by_head.cols());
      std::copy_n(by_head.data() + h * shares.size(), shares.size(), shares.data());
    }
    result.rows = at_all_positions(reduction_(rows), keys);
    result.shares = HostMatrix::Zero(query_count, static_cast<Index>(role_count));
    result.first_token = HostVector::Zero(query_count);
    result.entropy = HostVector::Zero(query_count);
    for (Index q = 0; q < query_count; ++q) {
      for (Index p = 0; p < partition_.size(); ++p) {
        const float weight = result.rows(q, p);
        result.shares(q, static_cast<Index>(partition_.role(p))) += weight;
        if (weight > 0) result.entropy[q] -= weight * std::log(weight);
      }
      result.first_token[q] = result.rows(q, 0);
    }
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
      for (Index q = 0; q < rows.rows(); ++q) spread(q, keys[k]) = rows(q, static_cast<Index>(k));
    }
    return spread;
  }

  TokenPartition partition_;
  [[no_unique_address]] Reduction reduction_;
};

}  // namespace infoflow
