// SPDX-License-Identifier: MIT
/// \file Laws of TokenPartition.
#pragma once

#include <algorithm>
#include <vector>

#include "law.hpp"

namespace infoflow::laws {

/// Roles are disjoint, cover [0, size), and keep order: system, then image and user in turn, then
/// answer; nothing before the first image is user, nothing after it is system.
template <class Partition>
[[nodiscard]] Violation check_partition(const Partition& partition) {
  std::vector<int> covered(static_cast<std::size_t>(partition.size()), 0);
  for (const Role role : {Role::system, Role::image, Role::user, Role::answer}) {
    const std::vector<Index> positions = partition.positions(role);
    if (static_cast<Index>(positions.size()) != partition.count(role)) return "count disagrees";
    if (!std::is_sorted(positions.begin(), positions.end())) return "positions do not ascend";
    for (const Index p : positions) ++covered.at(static_cast<std::size_t>(p));
  }
  if (!std::all_of(covered.begin(), covered.end(), [](int n) { return n == 1; })) {
    return "a position does not have exactly one role";
  }
  const auto images = partition.images();
  for (Index p = 0; p < partition.size(); ++p) {
    const bool in_image =
        std::any_of(images.begin(), images.end(), [&](const Span& s) { return s.contains(p); });
    const bool before = images.empty() || p < images.front().begin;
    const Role expected = p >= partition.prompt_length() ? Role::answer
                          : in_image                     ? Role::image
                          : before                       ? Role::system
                                                         : Role::user;
    if (partition.role(p) != expected) return "position " + std::to_string(p) + " has a wrong role";
  }
  return "";
}

/// An answer replaces the answer before it and leaves the prompt alone; row P + i − 1 predicts
/// token i.
template <class Partition>
[[nodiscard]] Violation check_answer(const Partition& partition, Index tokens) {
  const Partition longer = partition.with_answer(tokens + 2).with_answer(tokens);
  if (longer.answer_length() != tokens) return "the answer has another length";
  if (longer.prompt_length() != partition.prompt_length()) return "the prompt's length changed";
  for (Index p = 0; p < partition.prompt_length(); ++p) {
    if (longer.role(p) != partition.role(p)) return "a role of the prompt changed";
  }
  const std::vector<Index> rows = longer.predicting_rows();
  if (static_cast<Index>(rows.size()) != tokens) return "not one predicting row per token";
  for (Index i = 0; i < tokens; ++i) {
    if (rows[static_cast<std::size_t>(i)] != partition.prompt_length() + i - 1) {
      return "the predicting rows are not shifted by one";
    }
  }
  return "";
}

/// A restriction to key positions names their roles in order.
template <class Partition>
[[nodiscard]] Violation check_restriction(const Partition& partition,
                                          const std::vector<Index>& positions) {
  const std::vector<Role> roles = partition.roles_of(positions);
  if (roles.size() != positions.size()) return "not one role per position";
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i] != partition.role(positions[i])) return "a role is that of another position";
  }
  return "";
}

}  // namespace infoflow::laws
