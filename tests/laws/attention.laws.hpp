// SPDX-License-Identifier: MIT
/// \file Laws of attention shares, head reductions and pooled maps.
#pragma once

#include <cmath>
#include <vector>

#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/attention/attention_map.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// A causal block over a generated partition; after a cut some image keys are absent.
struct AttentionCase {
  TokenPartition partition;
  std::vector<Index> keys;
  HeadMatrices<double> heads;  ///< [positions, keys]

  explicit AttentionCase(std::uint64_t number) {
    Draw draw(number);
    do partition = draw.partition();
    while (partition.size() < 2);
    for (Index p = 0; p < partition.size(); ++p) {
      if (p == 0 || partition.role(p) != Role::image || draw.coin()) keys.push_back(p);
    }
    for (Index h = draw.index(1, 4); h > 0; --h) {
      auto head = draw.distributions(partition.size(), static_cast<Index>(keys.size()));
      for (Index q = 0; q < head.rows(); ++q) {
        for (Index k = 0; k < head.cols(); ++k) {
          if (keys[static_cast<std::size_t>(k)] > q) head(q, k) = 0;
        }
        head.row(q) /= head.row(q).sum();
      }
      heads.push_back(head);
    }
  }
  [[nodiscard]] KnownAttention<double> block() const { return {heads, keys}; }
};

/// Every row is a distribution: nothing negative, sum 1.
[[nodiscard]] inline Violation check_distributions(const HostMatrix& rows,
                                                   const std::string& what) {
  for (Index i = 0; i < rows.rows(); ++i) {
    if (rows.row(i).minCoeff() < 0) return what + " are negative";
    if (!(std::abs(rows.row(i).sum() - 1) < 1e-4F)) return what + " do not sum to 1";
  }
  return "";
}

/// Shares lie in [0, 1] and sum to 1, reduced and per head; they are the sums of the rows by role.
[[nodiscard]] inline Violation check_shares(const LayerAttention& attention,
                                            const TokenPartition& partition) {
  Violation violation = first_of(check_distributions(attention.shares, "shares"),
                                 check_distributions(attention.rows, "rows"));
  for (const HostMatrix& head : attention.head_shares) {
    violation = first_of(violation, check_distributions(head, "a head's shares"));
  }
  if (!violation.empty()) return violation;
  HostMatrix by_role = HostMatrix::Zero(attention.rows.rows(), role_count);
  for (Index p = 0; p < partition.size(); ++p) {
    by_role.col(static_cast<Index>(partition.role(p))) += attention.rows.col(p);
  }
  const float most = std::log(static_cast<float>(partition.size())) + 1e-4F;
  if (attention.entropy.size() > 0 &&
      (attention.entropy.minCoeff() < -1e-4F || attention.entropy.maxCoeff() > most)) {
    return "entropy leaves [0, log n]";
  }
  return within(relative_error(attention.shares, by_role), 1e-5, "shares are not sums of rows");
}

/// With the mean over heads, shares are the mean of the heads' shares.
[[nodiscard]] inline Violation check_mean_of_heads(const LayerAttention& attention) {
  HostMatrix mean = HostMatrix::Zero(attention.shares.rows(), attention.shares.cols());
  for (const HostMatrix& head : attention.head_shares) {
    mean += head / static_cast<float>(attention.head_shares.size());
  }
  return within(relative_error(attention.shares, mean), 1e-5, "shares are not the heads' mean");
}

/// Bins ascend, cover every position once, are at most `width` long and never cross a role's
/// border.
[[nodiscard]] inline Violation check_bins(const std::vector<PositionBin>& bins,
                                          const TokenPartition& partition, Index width) {
  Index next = 0;
  for (const PositionBin& bin : bins) {
    if (bin.span.begin != next) return "bins leave a gap or overlap";
    if (bin.span.size() < 1 || bin.span.size() > width) return "a bin has a wrong width";
    for (Index p = bin.span.begin; p < bin.span.end; ++p) {
      if (p >= partition.size() || partition.role(p) != bin.role) return "a bin crosses a border";
    }
    next = bin.span.end;
  }
  return next == partition.size() ? "" : "bins do not reach the end";
}

/// Rows of a pooled map sum to 1, or are 0 where every query was cut away; nothing lies after the
/// bin.
[[nodiscard]] inline Violation check_pooled(const AttentionMap& map,
                                            const std::vector<Index>& keys) {
  for (Index i = 0; i < map.values.rows(); ++i) {
    const Span span = map.bins[static_cast<std::size_t>(i)].span;
    const bool there =
        std::any_of(keys.begin(), keys.end(), [&](Index k) { return span.contains(k); });
    if (std::abs(map.values.row(i).sum() - (there ? 1.0F : 0.0F)) > 1e-4F) {
      return "a pooled row does not sum to 1";
    }
    if (i + 1 < map.values.cols() &&
        map.values.row(i).tail(map.values.cols() - i - 1).maxCoeff() > 0) {
      return "a pooled row reads what comes after it";
    }
  }
  return "";
}

}  // namespace infoflow::laws
