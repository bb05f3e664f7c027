// SPDX-License-Identifier: MIT
#include "flow_table.hpp"

#include <fmt/format.h>

#include <infoflow/cam/normalise.hpp>

#include "terminal.hpp"

namespace infoflow::analyzers {

namespace {

constexpr std::size_t columns = 96;

/// Answer tokens beside their probabilities, as many on a line as fit.
std::string token_lines(const Study& study) {
  const std::string indent(10, ' ');
  std::string text;
  std::string line = "tokens    ";
  for (std::size_t i = 0; i < study.answer_ids.size(); ++i) {
    const auto position = static_cast<std::size_t>(study.partition.prompt_length()) + i;
    const std::string entry =
        fmt::format("\"{}\" {:.3f}   ", printable(study.pieces[position]), study.probabilities[i]);
    if (line.size() + entry.size() > columns && line.size() > indent.size()) {
      text += line + "\n";
      line = indent;
    }
    line += entry;
  }
  return text + line + "\n";
}

std::string layer_rows(const Analysis& analysis) {
  const std::span<const SiteHeat> sites = analysis.sites();
  std::string text =
      fmt::format("{:>5}{:>10}{:>10}{:>10}{:>10}{:>11}{:>16}   {}\n", "layer", "system", "image",
                  "user", "answer", "CAM mass", "concentration", "CAM");
  for (std::size_t l = 0; l < analysis.study.attention.size(); ++l) {
    const LayerAttention& layer = analysis.study.attention[l];
    text += fmt::format("{:>5}", layer.layer);
    for (const float share : layer.mean_shares()) text += fmt::format("{:>8.2f} %", 100 * share);
    if (l < sites.size()) {
      const HeatAverage& heat = sites[l].heat.front();
      text += fmt::format("{:>11.3f}{:>16.3f}   {}", sites[l].mass(), concentration(heat.mean()),
                          to_string(heat.status()));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string flow_table(const Analysis& analysis) {
  const Study& study = analysis.study;
  std::string text = fmt::format("model     {}\n", printable(spell(analysis.model)));
  text += fmt::format("{:<10}{}\n", analysis.request.is_question ? "question" : "prompt",
                      printable(analysis.request.text));
  text += fmt::format("answer    {}{}\n", printable(study.answer), study.stopped ? "" : " …");
  if (study.cut) text += fmt::format("cut       {}\n", printable(spell_cut(analysis)));
  if (study.answer_ids.empty()) return text;
  text += token_lines(study);
  text +=
      "\nWhere the rows that predict the answer attend to (shares), and LLaVA-CAM (eq. 3, "
      "weighting "
      "mean):\n\n";
  return text + layer_rows(analysis);
}

}  // namespace infoflow::analyzers
