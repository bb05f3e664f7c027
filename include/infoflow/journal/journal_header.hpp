// SPDX-License-Identifier: MIT
/// \file Which run a journal belongs to: everything that its results depend on, and its
/// fingerprint.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/core/version.hpp>
#include <infoflow/files/sha256.hpp>
#include <infoflow/journal/data_shard.hpp>
#include <infoflow/text/escape.hpp>
#include <infoflow/text/json_fields.hpp>
#include <infoflow/text/short_text.hpp>
#include <infoflow/text/strict_json.hpp>

namespace infoflow {

/// What makes two runs the same. Texts are compared as they stand; give contents rather than paths
/// where a path could be another file tomorrow.
struct JournalHeader {
  std::string model;   ///< Name and a digest of its weights.
  std::string data;    ///< Task, rule, and a digest of the items.
  std::string prompt;  ///< The template, or its name.
  std::string policy;  ///< The main policy's canonical name.
  std::uint64_t seed = 0;
  std::uint64_t items = 0;  ///< Of the whole run, all shards together.
  std::string version = std::string(infoflow::version);
  std::map<std::string, std::string>
      settings{};  ///< Whatever else results depend on: dtype, cuts, …
  Shard shard{};   ///< Not a part of the fingerprint: a run's shards are one run.
};

/// Everything that the fingerprint covers, as canonical JSON: keys sorted, no blanks, ASCII.
[[nodiscard]] inline nlohmann::json run_identity(const JournalHeader& header) {
  auto settings = nlohmann::json::object();
  for (const auto& [name, value] : header.settings) settings[valid_utf8(name)] = valid_utf8(value);
  return {{"model", valid_utf8(header.model)},
          {"data", valid_utf8(header.data)},
          {"prompt", valid_utf8(header.prompt)},
          {"policy", valid_utf8(header.policy)},
          {"seed", header.seed},
          {"items", header.items},
          {"version", valid_utf8(header.version)},
          {"settings", std::move(settings)}};
}

/// SHA-256 of the identity, 64 hexadecimal digits.
[[nodiscard]] inline std::string fingerprint_of(const JournalHeader& header) {
  return hex(sha256(run_identity(header).dump(-1, ' ', /*ensure_ascii=*/true)));
}

/// The journal's first line, without its line break.
[[nodiscard]] inline std::string header_line(const JournalHeader& header) {
  const nlohmann::ordered_json line{{"infoflow_journal", 1},
                                    {"fingerprint", fingerprint_of(header)},
                                    {"run", run_identity(header)},
                                    {"shard", to_string(header.shard)}};
  return line.dump();
}

/// \throws Error if the line is no header, or does not match its own fingerprint
[[nodiscard]] inline JournalHeader read_header(std::string_view line, const std::string& where) {
  try {
    const nlohmann::json object = strict_json(line, where);
    const JsonFields fields(object, where);
    if (fields.get<int>("infoflow_journal") != 1) {
      throw Error("a journal of another format", where, "use the version that wrote it");
    }
    const auto fingerprint = fields.get<std::string>("fingerprint");
    const JsonFields run(fields.at("run"), where);
    JournalHeader header;
    header.shard = parse_shard(fields.get<std::string>("shard"));
    fields.finish();
    header.model = run.get<std::string>("model");
    header.data = run.get<std::string>("data");
    header.prompt = run.get<std::string>("prompt");
    header.policy = run.get<std::string>("policy");
    header.seed = run.get<std::uint64_t>("seed");
    header.items = run.get<std::uint64_t>("items");
    header.version = run.get<std::string>("version");
    const JsonFields settings(run.at("settings"), where);
    for (const auto& [name, value] : run.at("settings").items()) {
      header.settings[name] = settings.get<std::string>(name);
    }
    run.finish();
    if (fingerprint != fingerprint_of(header)) {
      throw Error("the header does not match its fingerprint", where, "it was edited");
    }
    return header;
  } catch (const Error& error) {
    throw Error("this is no journal: " + error.problem(), error.where(), "use another folder");
  }
}

/// What differs between two runs, in words; empty if nothing does.
[[nodiscard]] inline std::string differences(const JournalHeader& there,
                                             const JournalHeader& here) {
  using Parts = std::map<std::string, std::string>;
  const auto parts = [](const JournalHeader& header) {
    Parts texts;
    const nlohmann::json identity = run_identity(header);
    for (const auto& [name, value] : identity.items()) texts[name] = value.dump();
    texts.erase("settings");
    for (const auto& [name, value] : identity["settings"].items()) {
      texts["setting " + name] = value.dump();
    }
    return texts;
  };
  const Parts theirs = parts(there);
  const Parts ours = parts(here);
  Parts names = theirs;
  names.insert(ours.begin(), ours.end());
  const auto text = [](const Parts& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? "nothing" : found->second;
  };
  std::string all;
  for (const auto& [name, value] : names) {
    if (text(theirs, name) == text(ours, name)) continue;
    all += (all.empty() ? "" : ", ") + name + " (" + shortened(text(theirs, name), 60) +
           " there, " + shortened(text(ours, name), 60) + " here)";
  }
  return all;
}

}  // namespace infoflow
