// SPDX-License-Identifier: MIT
#include "flow_table.hpp"

#include <fmt/format.h>

#include <infoflow/cam/normalise.hpp>
#include <infoflow/text/printable.hpp>

namespace infoflow::analyzers {

namespace {

constexpr std::size_t columns = 96;

/// Answer tokens beside their probabilities, as many on a line as fit.
std::string token_lines(const Trace& trace) {
  const std::string indent(10, ' ');
  std::string text;
  std::string line = "tokens    ";
  for (std::size_t i = 0; i < trace.answer_ids.size(); ++i) {
    const auto position = static_cast<std::size_t>(trace.partition.prompt_length()) + i;
    const std::string entry =
        fmt::format("\"{}\" {:.3f}   ", printable(trace.pieces[position]), trace.probabilities[i]);
    if (line.size() + entry.size() > columns && line.size() > indent.size()) {
      text += line + "\n";
      line = indent;
    }
    line += entry;
  }
  return text + line + "\n";
}

std::string layer_rows(const Trace& trace) {
  const std::span<const SiteHeat> sites = trace.sites();
  std::string text =
      fmt::format("{:>5}{:>10}{:>10}{:>10}{:>10}{:>11}{:>16}   {}\n", "layer", "system", "image",
                  "user", "answer", "CAM mass", "concentration", "CAM");
  for (std::size_t l = 0; l < trace.attention.size(); ++l) {
    const LayerAttention& layer = trace.attention[l];
    text += fmt::format("{:>5}", layer.layer);
    for (const float share : layer.mean_shares()) text += fmt::format("{:>8.2f} %", 100 * share);
    if (l < sites.size()) {
      const HeatAverage& heat = sites[l]["mean"];
      text += fmt::format("{:>11.3f}{:>16.3f}   {}", sites[l].mass(), concentration(heat.mean()),
                          to_string(heat.status()));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string flow_table(const FlowReport& report) {
  const Trace& trace = report.trace;
  std::string text;
  for (const auto& [name, value] : report.run) {
    const bool shown = name == "model" || name == "question" || name == "prompt" || name == "cut";
    if (shown) text += fmt::format("{:<10}{}\n", name, printable(value));
    if (name != "answer") continue;  // The run says where it comes from, the table what it is.
    text += fmt::format("answer    {}{}\n", printable(trace.answer), trace.stopped ? "" : " …");
  }
  if (trace.answer_ids.empty()) return text;
  text += token_lines(trace);
  text +=
      "\nWhere the rows that predict the answer attend to (shares), and LLaVA-CAM (eq. 3, "
      "weighting "
      "mean):\n\n";
  return text + layer_rows(trace);
}

}  // namespace infoflow::analyzers
