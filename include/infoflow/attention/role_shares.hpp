// SPDX-License-Identifier: MIT
/// \file RoleShares: what part of some attention goes to each role.
#pragma once

#include <array>
#include <cstddef>

#include <infoflow/core/token_partition.hpp>

namespace infoflow {

/// A share per role, asked for by role: `shares[Role::image]`. Iterates in the order of Role.
class RoleShares {
 public:
  [[nodiscard]] float& operator[](Role role) { return shares_[static_cast<std::size_t>(role)]; }
  [[nodiscard]] float operator[](Role role) const {
    return shares_[static_cast<std::size_t>(role)];
  }

  [[nodiscard]] auto begin() const { return shares_.begin(); }
  [[nodiscard]] auto end() const { return shares_.end(); }
  friend bool operator==(const RoleShares&, const RoleShares&) = default;

 private:
  std::array<float, role_count> shares_{};
};

}  // namespace infoflow
