// SPDX-License-Identifier: MIT
/// \file A decision about image tokens as a small JSON file: which policy, from which layer on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/cut/policy_names.hpp>
#include <infoflow/cut/setting_names.hpp>
#include <infoflow/files/atomic_file.hpp>
#include <infoflow/files/read_file.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/json_fields.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow {

/// What a policy file says. A policy needs its layer; a schedule ("pyramid:…") names its own.
struct PolicyFile {
  std::string policy = "drop-all";
  std::optional<int> cut_layer{};
  ScoreSource score = ScoreSource::before;
  PositionRule positions = PositionRule::keep;
  std::string model{};  ///< For which it was decided; may be empty.
  std::string note{};   ///< For readers; may be empty.

  friend bool operator==(const PolicyFile&, const PolicyFile&) = default;
};

/// What a pass is told so that it does as the file says.
/// \param seed  for policies that draw
/// \param where  the file, for errors
/// \throws Error if the policy is not known, or has no layer, or a schedule is given one
[[nodiscard]] inline Truncation truncation_of(const PolicyFile& file, std::uint64_t item_key,
                                              std::uint64_t seed, const std::string& where) {
  Truncation truncation;
  if (names_schedule(file.policy)) {
    if (file.cut_layer) {
      throw Error("the schedule " + file.policy + " names its own layers", where,
                  "leave out \"cut_layer\"");
    }
    truncation.schedule = parse_schedule(file.policy).schedule;
  } else {
    const NamedPolicy policy = parse_policy(file.policy, seed);
    if (!file.cut_layer) throw Error("\"cut_layer\" is missing", where, "add it");
    truncation.schedule = CutSchedule(std::vector<Cut>{{*file.cut_layer, policy}});
  }
  truncation.positions = file.positions;
  truncation.scores = file.score;
  truncation.item_key = item_key;
  return truncation;
}

/// {"policy": "drop-all", "cut_layer": 18, "score": "before", "positions": "keep", "model": …,
/// "note": …}; all but the policy and its layer may be left out.
/// \throws Error if the text is no such object, or names what is not known
[[nodiscard]] inline PolicyFile parse_policy_file(std::string_view text, const std::string& where) {
  const nlohmann::json object = strict_json(text, where);
  const JsonFields fields(object, where);
  PolicyFile file;
  file.policy = fields.get<std::string>("policy");
  file.cut_layer = fields.get_optional<int>("cut_layer");
  if (const auto score = fields.get_optional<std::string>("score")) {
    file.score = parse_score_source(*score, where);
  }
  if (const auto positions = fields.get_optional<std::string>("positions")) {
    file.positions = parse_position_rule(*positions, where);
  }
  file.model = fields.get_or<std::string>("model", "");
  file.note = fields.get_or<std::string>("note", "");
  fields.finish();
  (void)truncation_of(file, 0, 0, where);  // Whatever is wrong with it is said now.
  return file;
}

/// \throws Error if the file cannot be read, or as parse_policy_file()
[[nodiscard]] inline PolicyFile read_policy_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, "a policy file", 1U << 20U);
  return parse_policy_file({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                           path.string());
}

/// Law: read back, it is the same. \throws Error if the file cannot be written
inline void write_policy_file(const std::filesystem::path& path, const PolicyFile& file) {
  nlohmann::ordered_json object{{"policy", valid_utf8(file.policy)}};
  if (file.cut_layer) object["cut_layer"] = *file.cut_layer;
  object["score"] = to_string(file.score);
  object["positions"] = to_string(file.positions);
  object["model"] = valid_utf8(file.model);
  object["note"] = valid_utf8(file.note);
  write_file(path, object.dump(2) + "\n");
}

}  // namespace infoflow
