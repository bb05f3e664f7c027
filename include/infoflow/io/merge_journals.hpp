// SPDX-License-Identifier: MIT
/// \file The journals of a run's shards as one, and outcomes in the order of the data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/io/read_journal.hpp>

namespace infoflow {

struct MergedJournals {
  JournalHeader header;
  std::vector<ItemOutcome> items;    ///< By id, so that the order of the journals does not matter.
  std::vector<std::string> doubled;  ///< Ids that stood in several journals, with the same results.
  std::uint64_t missing = 0;         ///< Items of the run that stand in none.
};

namespace detail {

/// What must agree where an item was run twice: all but the time that it took.
[[nodiscard]] inline std::string result_of(ItemOutcome item) {
  for (RunOutcome& run : item.runs) run.seconds = 0;
  return outcome_line(item);
}

}  // namespace detail

/// Joins the journals of one run. Torn last lines are left out, files are not changed. An item that
/// stands in two journals is counted once if its results agree.
/// \throws Error if there are no journals, one has no header, they are not of one run, hold more
/// items
///         than the run has or two results for one item, or as read_journal()
[[nodiscard]] inline MergedJournals merge_journals(std::span<const std::filesystem::path> paths) {
  if (paths.empty()) throw Error("no journals", "merge", "give at least one");
  struct Found {
    ItemOutcome item;
    std::string where;
  };
  MergedJournals merged;
  std::map<std::string, Found> by_id;
  for (const std::filesystem::path& path : paths) {
    JournalContents contents = read_journal(path, &path == paths.data() ? nullptr : &merged.header);
    if (!contents.header) {
      throw Error("the journal has no header: its run ended at once", path.string(),
                  "leave it out, or resume its run");
    }
    merged.header = *contents.header;
    for (std::size_t i = 0; i < contents.items.size(); ++i) {
      const std::string id = contents.items[i].id;
      Found found{std::move(contents.items[i]), path.string() + ":" + std::to_string(i + 2)};
      const auto [other, is_new] = by_id.try_emplace(id, found);
      if (is_new) continue;
      if (detail::result_of(other->second.item) != detail::result_of(found.item)) {
        throw Error("item \"" + id + "\" has another result than at " + other->second.where,
                    found.where, "remove one of the two lines");
      }
      merged.doubled.push_back(id);
    }
  }
  merged.header.shard = {};
  for (auto& [id, found] : by_id) merged.items.push_back(std::move(found.item));
  if (merged.items.size() > merged.header.items) {
    throw Error(std::to_string(merged.items.size()) + " items for a run of " +
                    std::to_string(merged.header.items),
                paths.front().string(), "merge journals of one run only");
  }
  merged.missing = merged.header.items - merged.items.size();
  return merged;
}

/// A whole journal as text, as a run that wrote these items without shards would have left it.
/// Law: read_journal() of it gives the same items under the same header.
[[nodiscard]] inline std::string journal_text(const JournalHeader& header,
                                              std::span<const ItemOutcome> items) {
  std::string text = header_line(header) + "\n";
  for (const ItemOutcome& item : items) text += outcome_line(item) + "\n";
  return text;
}

/// Outcomes in the order of the data, and the ids that have none.
struct OrderedOutcomes {
  std::vector<ItemOutcome> items;
  std::vector<std::string> missing;
};

/// \param ids  of the data's items, in order
/// \throws Error if an outcome's id is not among them
[[nodiscard]] inline OrderedOutcomes in_data_order(std::vector<ItemOutcome> items,
                                                   std::span<const std::string> ids) {
  std::unordered_map<std::string, ItemOutcome*> by_id;
  for (ItemOutcome& item : items) by_id[item.id] = &item;
  OrderedOutcomes ordered;
  for (const std::string& id : ids) {
    const auto found = by_id.find(valid_utf8(id));
    if (found == by_id.end()) {
      ordered.missing.push_back(id);
      continue;
    }
    ordered.items.push_back(std::move(*found->second));
    by_id.erase(found);
  }
  if (!by_id.empty()) {
    throw Error("the data have no item \"" + by_id.begin()->first + "\"", "journal",
                "give the data set that the run used");
  }
  return ordered;
}

}  // namespace infoflow
