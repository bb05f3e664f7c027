// SPDX-License-Identifier: MIT
/// \file Where in a model an activation is taken: a layer and a kind.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infoflow {

/// The kinds of activation that an adapter may show. Rows are positions unless said otherwise.
enum class SiteKind {
  block_input,          ///< What enters decoder layer l.
  input_norm,           ///< After the norm that precedes attention.
  v_proj,               ///< The value projection's output, before it is split into heads.
  post_attention_norm,  ///< After the norm that precedes the MLP: the paper's site (eq. 2).
  block_output,         ///< What leaves decoder layer l.
  encoder_last,         ///< The vision features that enter the projector; rows are patches.
  projector,            ///< The projector's output; rows are image tokens.
};

inline constexpr std::array<std::string_view, 7> site_kind_names{
    "block_input",  "input_norm",   "v_proj",    "post_attention_norm",
    "block_output", "encoder_last", "projector",
};

[[nodiscard]] constexpr std::string_view to_string(SiteKind kind) {
  return site_kind_names[static_cast<std::size_t>(kind)];
}

/// The kind that `name` spells, if any.
[[nodiscard]] constexpr std::optional<SiteKind> site_kind(std::string_view name) {
  for (std::size_t i = 0; i < site_kind_names.size(); ++i) {
    if (site_kind_names[i] == name) return static_cast<SiteKind>(i);
  }
  return std::nullopt;
}

/// True for the two kinds that stand before the decoder and have no layer.
[[nodiscard]] constexpr bool is_vision(SiteKind kind) {
  return kind == SiteKind::encoder_last || kind == SiteKind::projector;
}

/// One place in the model. Prints as `layers.12.post_attention_norm`, or as the bare kind for vision
/// sites, whose layer is 0. Ordered by layer, then kind.
struct Site {
  int layer = 0;
  SiteKind kind = SiteKind::post_attention_norm;

  friend constexpr auto operator<=>(const Site&, const Site&) = default;
};

[[nodiscard]] inline std::string to_string(Site site) {
  const std::string kind(to_string(site.kind));
  return is_vision(site.kind) ? kind : "layers." + std::to_string(site.layer) + "." + kind;
}

/// `kind` at every one of `layers` layers; a vision kind gives its single site.
[[nodiscard]] inline std::vector<Site> sites_at_all_layers(SiteKind kind, int layers) {
  std::vector<Site> sites;
  for (int layer = 0; layer < (is_vision(kind) ? 1 : layers); ++layer)
    sites.push_back({layer, kind});
  return sites;
}

}  // namespace infoflow
