// SPDX-License-Identifier: MIT
/// \file A journal read back: the run it belongs to, its items, and where its last whole line ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/core/error.hpp>
#include <infoflow/journal/journal_header.hpp>
#include <infoflow/journal/journal_plan.hpp>
#include <infoflow/journal/outcome_json.hpp>

namespace infoflow {

/// What a journal holds.
struct JournalContents {
  std::optional<JournalHeader> header;  ///< None if the run ended before the header was whole.
  std::vector<ItemOutcome> items;       ///< In the order in which they were finished.
  std::vector<SkippedItem> skipped;
  std::unordered_map<std::string, std::size_t> line_of;  ///< Of each id, from 1.
  std::uintmax_t whole_bytes = 0;                        ///< Up to the end of the last whole line.
  std::uintmax_t torn_bytes = 0;  ///< After it: a line that was being written when the run ended.
};

/// \throws Error if the header is of another run than `expected`, with what differs
inline void require_same_run(const JournalHeader& found, const JournalHeader& expected,
                             const std::string& where) {
  const std::string different = differences(found, expected);
  if (different.empty()) return;
  throw Error("this journal is of another run: " + different, where,
              "repeat that run's options, or use another folder");
}

namespace detail {

inline void require_new(const std::string& id, std::size_t line, const std::string& where,
                        JournalContents& contents) {
  const auto [other, is_new] = contents.line_of.try_emplace(id, line);
  if (is_new) return;
  throw Error("item \"" + id + "\" stands on line " + std::to_string(other->second) + " already",
              where, "a journal holds each item once; remove one of the two lines");
}

template <class Entry>
void require_planned(const Entry& entry, const JournalPlan& plan, const JournalHeader& header,
                     const std::string& where) {
  const std::string fault = plan.fault(entry, header.shard);
  if (fault.empty()) return;
  throw Error("this is not what the run found: " + fault, where,
              "remove the line, and --resume asks the item again");
}

}  // namespace detail

/// Reads a journal that may still be growing, or whose run was killed. A last line without a line
/// break, or one that is no JSON, is torn and not counted.
/// \param expected  the run it must belong to; null: any
/// \param plan      what that run can have found; null: lines are read and not judged
/// \throws Error if there is no such file, or, with file:line, a line is malformed that is not
/// torn, an item stands twice, a line does not fit the plan, or the journal is of another run
[[nodiscard]] inline JournalContents read_journal(const std::filesystem::path& path,
                                                  const JournalHeader* expected = nullptr,
                                                  const JournalPlan* plan = nullptr) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    throw Error("no such file", path.string(), "give the path of a journal");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error("the file cannot be read", path.string(), "check its permissions");
  JournalContents contents;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const std::string where = path.string() + ":" + std::to_string(number);
    const bool ended = !file.eof();
    const bool last = file.peek() == std::ifstream::traits_type::eof();
    if (!ended || (last && !nlohmann::json::accept(line))) {
      contents.torn_bytes = line.size() + (ended ? 1 : 0);
      break;
    }
    if (number == 1) {
      contents.header = read_header(line, where);
      if (expected != nullptr) require_same_run(*contents.header, *expected, path.string());
    } else {
      std::visit(
          [&](auto entry) {
            detail::require_new(entry.id, number, where, contents);
            if (plan != nullptr) detail::require_planned(entry, *plan, *contents.header, where);
            if constexpr (std::is_same_v<decltype(entry), SkippedItem>) {
              contents.skipped.push_back(std::move(entry));
            } else {
              contents.items.push_back(std::move(entry));
            }
          },
          read_entry(line, where));
    }
    contents.whole_bytes += line.size() + 1;
  }
  if (file.bad()) throw Error("the file cannot be read", path.string(), "check the disk");
  return contents;
}

/// The run that a journal belongs to. \throws Error if it cannot be read or has no whole header
[[nodiscard]] inline JournalHeader read_journal_header(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!std::getline(file, line) || file.eof()) {
    throw Error("there is no journal, or none whose run has begun", path.string(),
                "give the folder of a finished sweep");
  }
  return read_header(line, path.string() + ":1");
}

}  // namespace infoflow
