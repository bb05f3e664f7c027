// SPDX-License-Identifier: MIT
/// \file The role of every position of a sequence: system, image, user or answer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <infoflow/core/error.hpp>

namespace infoflow {

using Index = std::ptrdiff_t;  ///< A position in a sequence, a row, a count.
using TokenId = std::int64_t;  ///< A token's number in the vocabulary.

/// Who speaks at a position. The values are those of a trace file's `roles`.
enum class Role : std::uint8_t {
  system = 0,  ///< All text before the first image token, BOS and "USER:" included.
  image = 1,   ///< Every row that comes from the vision side, learned newlines included.
  user = 2,    ///< Text after the first image token, "ASSISTANT:" included.
  answer = 3,  ///< Generated or forced tokens.
};

inline constexpr std::size_t role_count = 4;
inline constexpr std::array<Role, role_count> all_roles{Role::system, Role::image, Role::user,
                                                        Role::answer};
inline constexpr std::array<std::string_view, role_count> role_names{"system", "image", "user",
                                                                     "answer"};

[[nodiscard]] constexpr std::string_view to_string(Role role) {
  return role_names[static_cast<std::size_t>(role)];
}

/// Positions [begin, end).
struct Span {
  Index begin = 0;
  Index end = 0;

  [[nodiscard]] constexpr Index size() const { return end - begin; }
  [[nodiscard]] constexpr bool contains(Index p) const { return begin <= p && p < end; }
  friend constexpr bool operator==(const Span&, const Span&) = default;
};

/// The role of every position, taken from the adapter's own tokenisation, never from constants.
///
/// Several images may stand anywhere in the prompt; text between them belongs to the user.
/// A prompt without an image is all system.
/// Laws: the roles' positions are disjoint, cover [0, size()) and ascend; answer positions come last.
/// Paper: G = S ∪ I ∪ U of eqs. 6–8, with the answer as a fourth role (later answer tokens attend to
/// earlier ones, so three shares no longer sum to 1).
class TokenPartition {
 public:
  TokenPartition() = default;

  /// \param prompt_length  tokens of the prompt, every image already expanded to its tokens
  /// \param images         one span per image, in the order of the images
  /// \throws Error if the length is negative, or a span is empty, overlaps its predecessor or leaves
  ///         the prompt
  TokenPartition(Index prompt_length, std::vector<Span> images)
      : prompt_length_(prompt_length), images_(std::move(images)) {
    if (prompt_length < 0) {
      throw Error("a prompt of " + std::to_string(prompt_length) + " tokens", "TokenPartition",
                  "give the number of tokens with every image expanded");
    }
    Index previous_end = 0;
    for (const Span& image : images_) {
      if (image.size() <= 0 || image.begin < previous_end || image.end > prompt_length) {
        throw Error("image tokens [" + std::to_string(image.begin) + ", " +
                        std::to_string(image.end) + ") are empty, overlap or leave the prompt of " +
                        std::to_string(prompt_length) + " tokens",
                    "TokenPartition", "give one span per image, ascending, inside the prompt");
      }
      previous_end = image.end;
    }
    const Index first_image = images_.empty() ? prompt_length : images_.front().begin;
    roles_.assign(static_cast<std::size_t>(prompt_length), Role::user);
    std::fill_n(roles_.begin(), first_image, Role::system);
    for (const Span& image : images_) {
      std::fill(roles_.begin() + image.begin, roles_.begin() + image.end, Role::image);
    }
  }

  /// The same prompt followed by `tokens` answer tokens.
  /// Law: replaces an answer that is already there; the prompt's roles do not change.
  [[nodiscard]] TokenPartition with_answer(Index tokens) const {
    TokenPartition longer = *this;
    longer.roles_.resize(static_cast<std::size_t>(prompt_length_));
    longer.roles_.resize(static_cast<std::size_t>(prompt_length_ + tokens), Role::answer);
    return longer;
  }

  [[nodiscard]] Index size() const { return static_cast<Index>(roles_.size()); }
  [[nodiscard]] Index prompt_length() const { return prompt_length_; }
  [[nodiscard]] Index answer_length() const { return size() - prompt_length_; }
  [[nodiscard]] Role role(Index position) const {
    return roles_[static_cast<std::size_t>(position)];
  }
  [[nodiscard]] std::span<const Role> roles() const { return roles_; }
  [[nodiscard]] std::span<const Span> images() const { return images_; }

  /// The positions that play `role`, ascending.
  [[nodiscard]] std::vector<Index> positions(Role role) const {
    std::vector<Index> found;
    for (Index p = 0; p < size(); ++p) {
      if (this->role(p) == role) found.push_back(p);
    }
    return found;
  }

  [[nodiscard]] Index count(Role role) const {
    return std::count(roles_.begin(), roles_.end(), role);
  }

  /// The partition restricted to the key positions that are left after a cut.
  /// Shape: one role per entry of `positions`, in its order.
  [[nodiscard]] std::vector<Role> roles_of(std::span<const Index> positions) const {
    std::vector<Role> left;
    left.reserve(positions.size());
    for (const Index p : positions) left.push_back(role(p));
    return left;
  }

  /// The row that predicts answer token `i`: P + i − 1 (the model's logits are shifted by one).
  [[nodiscard]] Index predicting_row(Index i) const { return prompt_length_ + i - 1; }

  /// The rows that predict the answer's tokens, ascending.
  [[nodiscard]] std::vector<Index> predicting_rows() const {
    std::vector<Index> rows;
    for (Index i = 0; i < answer_length(); ++i) rows.push_back(predicting_row(i));
    return rows;
  }

  friend bool operator==(const TokenPartition&, const TokenPartition&) = default;

 private:
  Index prompt_length_ = 0;
  std::vector<Span> images_;
  std::vector<Role> roles_;
};

}  // namespace infoflow
