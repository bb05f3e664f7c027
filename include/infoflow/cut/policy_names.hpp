// SPDX-License-Identifier: MIT
/// \file Policies and schedules by name, as they are written on a command line and in result files.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/core/number_text.hpp>
#include <infoflow/core/split_text.hpp>
#include <infoflow/cut/cut_schedule.hpp>
#include <infoflow/cut/policies.hpp>

namespace infoflow {

/// All names, as an error or a help text lists them.
inline constexpr std::string_view known_policies =
    "drop-all, top-k:64, top-p:0.9, random:64, uniform:64, inverse:64 (for 64 also a part: 0.25), "
    "fastv:0.5 (the part dropped), keep:0-15,40 (image tokens, counted from 0)";
inline constexpr std::string_view known_schedules =
    "pyramid:8=0.5,16=0.25 (from layer 8 on half of the image tokens, from 16 on a quarter)";

/// A policy and its name. Itself a policy, so it may stand wherever one does.
/// Law: its name parses to the same policy and name.
struct NamedPolicy {
  static constexpr bool needs_scores = true;  ///< The type cannot know; see AnyPolicy.
  std::string name;
  AnyPolicy policy;

  [[nodiscard]] bool wants_scores() const { return policy.wants_scores(); }
  [[nodiscard]] std::vector<Index> keep(const CutContext& context) const {
    return policy.keep(context);
  }
};

/// A schedule that sets its own layers, and its name.
struct NamedSchedule {
  std::string name;
  CutSchedule schedule;
};

namespace detail {

/// "64" → 64 tokens, "0.5" → half of them; the name as it is written again.
[[nodiscard]] inline std::pair<Budget, std::string> parse_budget(std::string_view text,
                                                                 const std::string& where) {
  if (text.find('.') == std::string_view::npos) {
    const Index tokens = parse_count(text, where);
    return {Budget(tokens), std::to_string(tokens)};
  }
  const double part = parse_part(text, where);
  return {Budget::part(part), part_text(part)};
}

/// "0-15,40" → [0, 16), [40, 41): sorted, without overlap.
[[nodiscard]] inline std::vector<Span> parse_spans(std::string_view text,
                                                   const std::string& where) {
  std::vector<Span> spans;
  for (const std::string_view item : split_text(text, ',')) {
    const std::size_t dash = item.find('-');
    const Index first = parse_count(item.substr(0, dash), where);
    const Index last =
        dash == std::string_view::npos ? first : parse_count(item.substr(dash + 1), where);
    if (last < first) {
      throw Error(std::string(item) + " ends before it begins", where,
                  "write the lower number first");
    }
    spans.push_back({first, last + 1});
  }
  std::sort(spans.begin(), spans.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  std::vector<Span> joined;
  for (const Span& span : spans) {
    if (joined.empty() || span.begin > joined.back().end) {
      joined.push_back(span);
    } else {
      joined.back().end = std::max(joined.back().end, span.end);
    }
  }
  return joined;
}

[[nodiscard]] inline std::string spans_text(const std::vector<Span>& spans) {
  std::string text;
  for (const Span& span : spans) {
    text += (text.empty() ? "" : ",") + std::to_string(span.begin);
    if (span.size() > 1) text += "-" + std::to_string(span.end - 1);
  }
  return text;
}

}  // namespace detail

/// True if the text begins as a schedule's name and not as a policy's.
[[nodiscard]] constexpr bool names_schedule(std::string_view text) {
  return text.starts_with("pyramid:");
}

/// The policy that `text` names; see `known_policies`.
/// \param seed  for policies that draw
/// \throws Error, with what is known, if there is no such policy or its setting makes no sense
[[nodiscard]] inline NamedPolicy parse_policy(std::string_view text, std::uint64_t seed = 0) {
  const std::string where = "policy " + std::string(text);
  if (text == "drop-all") return {"drop-all", DropAll{}};
  const std::size_t colon = text.find(':');
  const std::string name(text.substr(0, colon));
  const std::string_view setting = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (name == "keep") {
    const std::vector<Span> numbers = detail::parse_spans(setting, where);
    return {"keep:" + detail::spans_text(numbers), FixedTokens{numbers}};
  }
  if (name == "top-p" || name == "fastv") {
    const double part = parse_part(setting, where);
    const AnyPolicy policy = name == "top-p" ? AnyPolicy(TopP(part)) : AnyPolicy(fast_v(part));
    return {name + ":" + part_text(part), policy};
  }
  const auto ranked = [&](auto policy) -> NamedPolicy {
    const auto [budget, written] = detail::parse_budget(setting, where);
    policy.k = budget;
    return {name + ":" + written, policy};
  };
  if (name == "top-k") return ranked(TopK{});
  if (name == "inverse") return ranked(Inverse{});
  if (name == "uniform") return ranked(UniformGrid{});
  if (name == "random") return ranked(Random{{}, seed});
  throw Error("no policy has this name", where, "known are " + std::string(known_policies));
}

/// The schedule that `text` names; see `known_schedules`.
/// \throws Error, with what is known, if there is no such schedule or its stages make no sense
[[nodiscard]] inline NamedSchedule parse_schedule(std::string_view text) {
  const std::string where = "schedule " + std::string(text);
  if (!names_schedule(text)) {
    throw Error("no schedule has this name", where, "known are " + std::string(known_schedules));
  }
  std::vector<PyramidStage> stages;
  for (const std::string_view stage : split_text(text.substr(text.find(':') + 1), ',')) {
    const std::size_t equals = stage.find('=');
    if (equals == std::string_view::npos) {
      throw Error("\"" + std::string(stage) + "\" is no stage", where,
                  "write layer=part, as in " + std::string(known_schedules));
    }
    stages.push_back(
        {parse_layer(stage.substr(0, equals), where), parse_part(stage.substr(equals + 1), where)});
  }
  NamedSchedule named{"pyramid:", pyramid_drop(stages)};
  std::sort(stages.begin(), stages.end(), [](auto& a, auto& b) { return a.layer < b.layer; });
  for (const PyramidStage& stage : stages) {
    if (!named.name.ends_with(':')) named.name += ',';
    named.name += std::to_string(stage.layer) + "=" + part_text(stage.kept);
  }
  return named;
}

}  // namespace infoflow
