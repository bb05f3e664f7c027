// SPDX-License-Identifier: MIT
/// \file Partitions that break one law each.
#pragma once

#include <vector>

#include <infoflow/core/token_partition.hpp>

namespace infoflow::laws {

/// Takes text between images for system text.
struct ForgetsTheFirstImage : TokenPartition {
  using TokenPartition::TokenPartition;
  [[nodiscard]] Role role(Index p) const {
    const bool between = !images().empty() && p < images().back().begin;
    const Role role = TokenPartition::role(p);
    return role == Role::user && between ? Role::system : role;
  }
};

/// Leaves out the last image token, as a range written 34:610 for 576 tokens from 35 would.
struct OffByOne : TokenPartition {
  using TokenPartition::TokenPartition;
  [[nodiscard]] std::vector<Index> positions(Role role) const {
    std::vector<Index> found = TokenPartition::positions(role);
    if (role == Role::image && !found.empty()) found.pop_back();
    return found;
  }
  [[nodiscard]] Index count(Role role) const { return static_cast<Index>(positions(role).size()); }
};

/// Reads answer token i at row P + i: the released code's missing shift.
struct ForgetsTheShift : TokenPartition {
  using TokenPartition::TokenPartition;
  ForgetsTheShift(const TokenPartition& base) : TokenPartition(base) {}  // NOLINT
  [[nodiscard]] ForgetsTheShift with_answer(Index n) const {
    return TokenPartition::with_answer(n);
  }
  [[nodiscard]] std::vector<Index> predicting_rows() const {
    std::vector<Index> rows = TokenPartition::predicting_rows();
    for (Index& row : rows) ++row;
    return rows;
  }
};

}  // namespace infoflow::laws
