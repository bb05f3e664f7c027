// SPDX-License-Identifier: MIT
/// \file Journals that break one law each.
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <infoflow/journal/journal.hpp>

namespace infoflow::laws {

/// What the broken journals share: lines that parse are believed, and a stream is added to.
class NaiveJournal {
 public:
  static NaiveJournal open(const std::filesystem::path& path, const JournalHeader& header, bool) {
    NaiveJournal journal;
    std::ifstream there(path);
    std::string line;
    const bool is_new = !std::getline(there, line);
    while (std::getline(there, line)) {
      if (nlohmann::json::accept(line)) journal.ids_.insert(read_outcome(line, "").id);
    }
    journal.file_.open(path, std::ios::app);
    if (is_new) journal.file_ << header_line(header) << std::endl;
    return journal;
  }
  [[nodiscard]] bool has(const std::string& id) const { return ids_.contains(id); }

 protected:
  std::ofstream file_;
  std::set<std::string> ids_;
};

/// Leaves the last items in the stream's buffer: a kill takes them along.
class BufferedJournal : public NaiveJournal {
 public:
  BufferedJournal(NaiveJournal&& journal) : NaiveJournal(std::move(journal)) {}
  static BufferedJournal open(const std::filesystem::path& path, const JournalHeader& header,
                              bool r) {
    return NaiveJournal::open(path, header, r);
  }
  void append(const ItemOutcome& item) { file_ << outcome_line(item) << '\n'; }
};

/// Writes every item at once, but goes on after a torn line as if it were whole.
class TornJournal : public NaiveJournal {
 public:
  TornJournal(NaiveJournal&& journal) : NaiveJournal(std::move(journal)) {}
  static TornJournal open(const std::filesystem::path& path, const JournalHeader& header, bool r) {
    return NaiveJournal::open(path, header, r);
  }
  void append(const ItemOutcome& item) { file_ << outcome_line(item) << std::endl; }
};

/// Looks only whether the item is one of the run's, as if whatever stands behind its id were true.
class BelievingPlan {
 public:
  BelievingPlan(std::vector<RunName>, RunName) {}
  void add(const BenchmarkItem& item, bool) { ids_.insert(item.id); }

  template <class Entry>
  [[nodiscard]] std::string fault(const Entry& entry, const Shard&) const {
    return ids_.contains(entry.id) ? "" : "no such item";
  }

 private:
  std::set<std::string> ids_;
};

/// Holds against the plan only what every item has: a line without control looks whole to it.
class UniformPlan {
 public:
  UniformPlan(std::vector<RunName> runs, RunName untouched)
      : plan_(std::move(runs), std::move(untouched)) {}
  void add(const BenchmarkItem& item, bool) { plan_.add(item, false); }

  template <class Entry>
  [[nodiscard]] std::string fault(const Entry& entry, const Shard& shard) const {
    return plan_.fault(entry, shard);
  }

 private:
  JournalPlan plan_;
};

}  // namespace infoflow::laws
