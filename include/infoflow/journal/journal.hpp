// SPDX-License-Identifier: MIT
/// \file A journal of finished items that cannot lose work, however the run ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <infoflow/core/error.hpp>
#include <infoflow/files/append_file.hpp>
#include <infoflow/journal/journal_header.hpp>
#include <infoflow/journal/outcome_json.hpp>
#include <infoflow/journal/read_journal.hpp>

namespace infoflow {

/// JSON Lines: a header that names the run, then one line per item, finished or skipped.
///
/// Laws: when append() has returned, the item is on disk; a run that is killed at any moment and
/// resumed ends with the same file as one that was not; one process writes a journal at a time.
class Journal {
 public:
  /// Begins a journal, or, with `resume`, goes on with the one that is there. A torn last line is
  /// cut off, its item is to be run again. \param plan  what its lines must fit; null: anything
  /// \throws Error if a journal is there and `resume` is false; if it is of another run or shard; if
  ///         another process holds it; if it cannot be written; or as read_journal()
  [[nodiscard]] static Journal open(const std::filesystem::path& path, const JournalHeader& header,
                                    bool resume, const JournalPlan* plan = nullptr) {
    AppendFile file(path);
    Journal journal(std::move(file));
    if (journal.file_.size() > 0) {
      if (!resume) {
        throw Error("a journal is here already", path.string(), "use --resume or another folder");
      }
      journal.take_over(path, header, plan);
    }
    if (journal.file_.size() == 0) journal.file_.append(header_line(header) + "\n");
    return journal;
  }

  /// What the journal holds, in the order in which it was finished.
  [[nodiscard]] const std::vector<ItemOutcome>& items() const { return items_; }
  [[nodiscard]] const std::vector<SkippedItem>& skipped() const { return skipped_; }
  [[nodiscard]] bool has(const std::string& id) const { return ids_.contains(valid_utf8(id)); }

  /// Bytes of a torn last line that opening has cut off; 0 if there was none.
  [[nodiscard]] std::uintmax_t torn_bytes() const { return torn_bytes_; }

  /// Adds an item and returns once it is on disk.
  /// \throws Error if the journal has the item, or the disk is full or fails; nothing is added then
  void append(const ItemOutcome& item) {
    ItemOutcome valid = with_valid_text(item);
    append_line(valid.id, outcome_line(valid));
    items_.push_back(std::move(valid));
  }

  /// The same of an item that cannot be asked: nobody waits for it, and whoever reads knows why.
  void skip(const SkippedItem& item) {
    append_line(valid_utf8(item.id), skipped_line(item));
    skipped_.push_back({valid_utf8(item.id), valid_utf8(item.reason)});
  }

 private:
  explicit Journal(AppendFile file) : file_(std::move(file)) {}

  void append_line(const std::string& id, const std::string& line) {
    if (ids_.contains(id)) {
      throw Error("item \"" + id + "\" is in the journal already", "Journal::append",
                  "give each item an id of its own, in UTF-8");
    }
    file_.append(line + "\n");
    ids_.insert(id);
  }

  void take_over(const std::filesystem::path& path, const JournalHeader& header,
                 const JournalPlan* plan) {
    JournalContents contents = read_journal(path, &header, plan);
    if (!contents.header) {
      require_begun_header(path, header);
    } else if (contents.header->shard != header.shard) {
      throw Error("this journal is of shard " + to_string(contents.header->shard) + ", not " +
                      to_string(header.shard),
                  path.string(), "give each shard a folder of its own");
    }
    torn_bytes_ = contents.torn_bytes;
    if (torn_bytes_ > 0) file_.truncate(contents.whole_bytes);
    items_ = std::move(contents.items);
    skipped_ = std::move(contents.skipped);
    for (const auto& [id, line] : contents.line_of) ids_.insert(id);
  }

  /// A file that holds no whole line may be anything; only the beginning of our own header is cut.
  static void require_begun_header(const std::filesystem::path& path, const JournalHeader& header) {
    std::ifstream file(path, std::ios::binary);
    const std::string line = header_line(header) + "\n";
    std::string begun(line.size(), '\0');
    file.read(begun.data(), static_cast<std::streamsize>(begun.size()));
    begun.resize(static_cast<std::size_t>(file.gcount()));
    const bool is_all = file.peek() == std::ifstream::traits_type::eof();
    if (is_all && line.starts_with(begun)) return;
    throw Error("this is no journal of this run", path.string(), "use another folder");
  }

  AppendFile file_;
  std::vector<ItemOutcome> items_;
  std::vector<SkippedItem> skipped_;
  std::unordered_set<std::string> ids_;
  std::uintmax_t torn_bytes_ = 0;
};

}  // namespace infoflow
