// SPDX-License-Identifier: MIT
#include "score_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <infoflow/text/printable.hpp>

namespace infoflow::analyzers {

namespace {

using Json = nlohmann::ordered_json;

/// Bytes of an answer that are no UTF-8 must not end the run.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t count_of(const CountedStatistic& counted, const GroupScore& group) {
  return static_cast<std::size_t>(group.sums[counted.place]);
}

Json group_json(const Benchmark& data, const GroupScore& group) {
  Json json;
  for (const NamedValue& value : group.values) json[value.name] = value.value;
  json["n"] = group.n;
  for (const CountedStatistic& counted : data.counts) {
    json[counted.name] = count_of(counted, group);
  }
  return json;
}

std::size_t column_of(const std::string& name) {
  return std::max<std::size_t>(name.size(), 6) + 3;
}

std::string group_line(const Benchmark& data, const GroupScore& group, const std::string& name,
                       std::size_t width) {
  std::string line = fmt::format("  {:<{}}", printable(name), width);
  for (const NamedValue& value : group.values) {
    line += fmt::format("{:>{}.4f}", value.value, column_of(value.name));
  }
  line += fmt::format("{:>8}", group.n);
  for (const CountedStatistic& counted : data.counts) {
    line += fmt::format("{:>{}}", count_of(counted, group), column_of(counted.name));
  }
  return line + "\n";
}

}  // namespace

std::string score_table(const Benchmark& data, const AnswerScores& scores) {
  std::size_t width = 3;
  for (const GroupScore& group : scores.groups) width = std::max(width, group.name.size());
  std::string text = fmt::format("{}, rule {}\n  {:<{}}", data.task, data.rule, "", width);
  for (const NamedValue& value : scores.all.values) {
    text += fmt::format("{:>{}}", value.name, column_of(value.name));
  }
  text += fmt::format("{:>8}", "n");
  for (const CountedStatistic& counted : data.counts) {
    text += fmt::format("{:>{}}", counted.name, column_of(counted.name));
  }
  text += "\n";
  for (const GroupScore& group : scores.groups) text += group_line(data, group, group.name, width);
  text += group_line(data, scores.all, "all", width);
  for (const std::string& note : scores.notes) text += "note: " + printable(note) + "\n";
  return text;
}

nlohmann::ordered_json score_json(const Benchmark& data, const AnswerScores& scores) {
  Json json = group_json(data, scores.all);
  for (const GroupScore& group : scores.groups) {
    json["groups"][valid_utf8(group.name)] = group_json(data, group);
  }
  return json;
}

std::string item_lines(const Benchmark& data, const AnswerScores& scores) {
  std::string lines;
  for (const ItemScore& item : scores.items) {
    if (item.missing && !data.all_are_asked) continue;
    Json json{{"id", item.id}, {"parsed", item.scored.parsed}, {"score", item.scored.score}};
    for (const NamedTexts& found : item.scored.found) json[found.name] = found.texts;
    if (item.missing) json["missing"] = true;
    lines += dump(json) + "\n";
  }
  return lines;
}

}  // namespace infoflow::analyzers
