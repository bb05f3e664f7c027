// SPDX-License-Identifier: MIT
/// \file A figure of attention as a flow from the prompt's roles to the answer's tokens (the
/// paper's Fig. 1).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/figure/drawing.hpp>
#include <infoflow/figure/figure_caption.hpp>
#include <infoflow/figure/role_colour.hpp>
#include <infoflow/text/short_text.hpp>

namespace infoflow {

/// One layer of the figure.
struct FlowPanel {
  int layer = 0;
  HostMatrix shares;  ///< [answer tokens, 4 roles], rows summing to 1 (LayerAttention::shares).
};

namespace detail {

inline constexpr std::size_t most_flow_tokens = 20;

/// One layer: four blocks at the left as high as what they give, the answer's tokens at the right,
/// all of one height, since each token's shares sum to 1.
inline void draw_flow_panel(Drawing& drawing, Point corner, const FlowPanel& panel,
                            const TokenPartition& partition, std::span<const std::string> tokens,
                            double row, double width) {
  constexpr double gap = 12;
  const double blocks_x = corner.x + 78;
  const double tokens_x = corner.x + width - 92;
  const double top = corner.y + 16;
  const auto count = static_cast<Index>(tokens.size());
  drawing.add(shapes::Words{{blocks_x, corner.y},
                            "layer " + std::to_string(panel.layer),
                            14,
                            ink::text,
                            shapes::Anchor::start,
                            true});
  std::vector<double> filled(tokens.size(), 0.0);
  double block_y = top;
  double label_end = corner.y;
  for (std::size_t r = 0; r < role_count; ++r) {
    const auto role = static_cast<Role>(r);
    const Index positions = partition.count(role);
    const HostVector given = panel.shares.col(static_cast<Index>(r)).head(count);
    // Nothing can read the answer before it begins; an image that nobody reads is worth showing.
    if (positions == 0 || (role == Role::answer && given.sum() <= 0)) continue;
    const Rgb colour = role_colour(role);
    const double height = row * static_cast<double>(given.sum());
    double from = block_y;
    for (Index t = 0; t < count; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const double thickness = row * given[t];
      const double to = top + static_cast<double>(t) * (row + gap / 2) + filled[at];
      if (thickness > 0) {
        drawing.add(shapes::Ribbon{
            {blocks_x + 12, from},
            {tokens_x, to},
            thickness,
            colour,
            0.45,
            std::string(role_names[r]) + " → " + tokens[at] + ": " + percent(given[t])});
      }
      from += thickness;
      filled[at] += thickness;
    }
    drawing.add(shapes::Area{
        corners_of({blocks_x, block_y, blocks_x + 12, block_y + std::max(height, 1.0)}), colour});
    const double label = std::max(block_y + height / 2 - 4, label_end);
    const double label_x = blocks_x - 8;
    drawing.add(shapes::Words{
        {label_x, label + 2}, std::string(role_names[r]), 13, colour, shapes::Anchor::end, true});
    drawing.add(shapes::Words{{label_x, label + 16},
                              percent(given.sum() / static_cast<double>(count)),
                              12,
                              colour,
                              shapes::Anchor::end});
    drawing.add(shapes::Words{{label_x, label + 28},
                              std::to_string(positions) + (positions == 1 ? " token" : " tokens"),
                              10,
                              {119, 119, 119},
                              shapes::Anchor::end});
    label_end = label + 44;
    block_y += height + gap;
  }
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const double y = top + static_cast<double>(t) * (row + gap / 2);
    drawing.add(shapes::Area{corners_of({tokens_x, y, tokens_x + 6, y + row}), {68, 68, 68}});
    drawing.add(shapes::Words{{tokens_x + 12, y + row / 2 + 4}, cut_to(78, tokens[t], 12), 12});
  }
}

}  // namespace detail

/// One panel per layer; up to four stand side by side on 1200 pixels. A band is as thick as the
/// share of its token's attention, so all that arrives at a token adds up to its height; at most 20
/// tokens are drawn.
/// \param partition  of prompt and answer
/// \param tokens     the answer's tokens as text
/// \throws Error if there is nothing to draw, or shares and tokens differ in number
[[nodiscard]] inline Drawing flow_figure(std::span<const FlowPanel> panels,
                                         const TokenPartition& partition,
                                         std::span<const std::string> tokens,
                                         const FigureCaption& caption) {
  bool fits = !panels.empty() && !tokens.empty();
  for (const FlowPanel& panel : panels) {
    fits = fits && panel.shares.rows() == static_cast<Index>(tokens.size()) &&
           panel.shares.cols() == static_cast<Index>(role_count) && panel.shares.allFinite() &&
           panel.shares.minCoeff() > -1e-4F;
  }
  if (!fits) {
    throw Error("a flow without panels or tokens, or with shares that do not fit the tokens",
                "flow_figure", "give per layer [answer tokens, 4] shares, and each token's text");
  }
  const double panel_width = std::clamp(1160.0 / static_cast<double>(panels.size()), 290.0, 400.0);
  const auto shown = tokens.first(std::min(tokens.size(), detail::most_flow_tokens));
  const double row = std::clamp(330.0 / static_cast<double>(shown.size()), 18.0, 80.0);
  const double height = std::max(static_cast<double>(shown.size()) * (row + 6) + 60, 240.0) + 24;
  Drawing drawing{std::max(panel_width * static_cast<double>(panels.size()) + 40, 760.0),
                  figure_caption_height + height};
  draw_caption(drawing, caption, "What the answer's tokens read");
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const Point corner{20 + panel_width * static_cast<double>(i), figure_caption_height + 16};
    detail::draw_flow_panel(drawing, corner, panels[i], partition, shown, row, panel_width);
  }
  std::string note = "%: of the attention that the answer's tokens pay, mean over heads and tokens";
  if (shown.size() < tokens.size()) {
    note += "; the first " + std::to_string(shown.size()) + " of " + std::to_string(tokens.size()) +
            " answer tokens";
  }
  drawing.add(shapes::Words{{20, figure_caption_height + height - 10},
                            cut_to(drawing.width - 40, note, 12),
                            12,
                            {85, 85, 85}});
  return drawing;
}

}  // namespace infoflow
