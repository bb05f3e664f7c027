// SPDX-License-Identifier: MIT
/// \file The journals of a run's shards as one, and outcomes in the order of the data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/journal/read_journal.hpp>

namespace infoflow {

struct MergedJournals {
  JournalHeader header;
  std::vector<ItemOutcome> items;    ///< By id, so that the order of journals and lines is nothing.
  std::vector<SkippedItem> skipped;  ///< By id.
  std::vector<std::string> doubled;  ///< Ids that stood in several journals, with the same results.
  std::uint64_t missing = 0;         ///< Items of the run that stand in none.
};

namespace detail {

/// What must agree where an item was run twice: all but the time that it took. Of skipped ones, that
/// they were: a reason may name files as they lie on one machine.
[[nodiscard]] inline std::string result_of(JournalEntry entry) {
  if (std::holds_alternative<SkippedItem>(entry)) return "skipped";
  ItemOutcome& item = std::get<ItemOutcome>(entry);
  for (RunOutcome& run : item.runs) run.seconds = 0;
  return outcome_line(item);
}

[[nodiscard]] inline std::string line_of(const JournalEntry& entry) {
  if (const auto* item = std::get_if<ItemOutcome>(&entry)) return outcome_line(*item);
  return skipped_line(std::get<SkippedItem>(entry));
}

/// Entries of several journals by id.
class EntriesById {
 public:
  /// \throws Error if another journal has another result
  void add(const std::string& id, JournalEntry entry, const std::string& where) {
    const auto [found, is_new] = by_id_.try_emplace(id, Placed{entry, where});
    if (is_new) return;
    Placed& other = found->second;
    if (result_of(other.entry) != result_of(entry)) {
      throw Error("item \"" + id + "\" has another result than at " + other.where, where,
                  "remove one of the two lines");
    }
    doubled_.insert(id);
    // Whichever journal comes first, the same one of the two is kept.
    if (line_of(entry) < line_of(other.entry)) other = {std::move(entry), where};
  }

  void move_to(MergedJournals& merged) {
    for (auto& [id, placed] : by_id_) {
      if (auto* item = std::get_if<ItemOutcome>(&placed.entry)) {
        merged.items.push_back(std::move(*item));
      } else {
        merged.skipped.push_back(std::move(std::get<SkippedItem>(placed.entry)));
      }
    }
    merged.doubled.assign(doubled_.begin(), doubled_.end());
  }

 private:
  struct Placed {
    JournalEntry entry;
    std::string where;
  };
  std::map<std::string, Placed> by_id_;
  std::set<std::string> doubled_;
};

}  // namespace detail

/// Joins the journals of one run. Torn last lines are left out, files are not changed. An item that
/// stands in two journals is counted once if its results agree.
/// \param plan  what the lines must fit; null: anything
/// \throws Error if there are no journals, one has no header, they are not of one run, hold more items
///         than the run has or two results for one item, or as read_journal()
[[nodiscard]] inline MergedJournals merge_journals(std::span<const std::filesystem::path> paths,
                                                   const JournalPlan* plan = nullptr) {
  if (paths.empty()) throw Error("no journals", "merge", "give at least one");
  MergedJournals merged;
  detail::EntriesById entries;
  for (const std::filesystem::path& path : paths) {
    JournalContents contents =
        read_journal(path, &path == paths.data() ? nullptr : &merged.header, plan);
    if (!contents.header) {
      throw Error("the journal has no header: its run ended at once", path.string(),
                  "leave it out, or resume its run");
    }
    merged.header = *contents.header;
    const auto add = [&, &lines = contents.line_of](auto& found) {
      for (auto& entry : found) {
        const std::string id = entry.id;
        entries.add(id, std::move(entry), path.string() + ":" + std::to_string(lines.at(id)));
      }
    };
    add(contents.items);
    add(contents.skipped);
  }
  merged.header.shard = {};
  entries.move_to(merged);
  const std::uint64_t found = merged.items.size() + merged.skipped.size();
  if (found > merged.header.items) {
    throw Error(
        std::to_string(found) + " items for a run of " + std::to_string(merged.header.items),
        paths.front().string(), "merge journals of one run only");
  }
  merged.missing = merged.header.items - found;
  return merged;
}

/// A whole journal as text, as a run that wrote these items without shards would have left it: what
/// was skipped is known before the first item is asked.
/// Law: read_journal() of it gives the same items under the same header.
[[nodiscard]] inline std::string journal_text(const JournalHeader& header,
                                              std::span<const ItemOutcome> items,
                                              std::span<const SkippedItem> skipped = {}) {
  std::string text = header_line(header) + "\n";
  for (const SkippedItem& item : skipped) text += skipped_line(item) + "\n";
  for (const ItemOutcome& item : items) text += outcome_line(item) + "\n";
  return text;
}

/// Outcomes in the order of the data, and the ids that have none.
struct OrderedOutcomes {
  std::vector<ItemOutcome> items;
  std::vector<SkippedItem> skipped;
  std::vector<std::string> missing;
};

/// What follows from a run must not depend on the order in which its items were finished: sums of
/// floating-point numbers do. Law: every order of the same items gives the same.
/// \param ids  of the data's items, in order
/// \throws Error if an outcome's id is not among them
[[nodiscard]] inline OrderedOutcomes in_data_order(std::vector<ItemOutcome> items,
                                                   std::vector<SkippedItem> skipped,
                                                   std::span<const std::string> ids) {
  std::unordered_map<std::string, ItemOutcome*> by_id;
  std::unordered_map<std::string, SkippedItem*> skipped_by_id;
  for (ItemOutcome& item : items) by_id[item.id] = &item;
  for (SkippedItem& item : skipped) skipped_by_id[item.id] = &item;
  OrderedOutcomes ordered;
  for (const std::string& id : ids) {
    if (const auto item = by_id.extract(valid_utf8(id))) {
      ordered.items.push_back(std::move(*item.mapped()));
    } else if (const auto left_out = skipped_by_id.extract(valid_utf8(id))) {
      ordered.skipped.push_back(std::move(*left_out.mapped()));
    } else {
      ordered.missing.push_back(id);
    }
  }
  if (!by_id.empty() || !skipped_by_id.empty()) {
    const std::string& id = by_id.empty() ? skipped_by_id.begin()->first : by_id.begin()->first;
    throw Error("the data have no item \"" + id + "\"", "journal",
                "give the data set that the run used");
  }
  return ordered;
}

}  // namespace infoflow
