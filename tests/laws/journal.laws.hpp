// SPDX-License-Identifier: MIT
/// \file Laws of journals: what was finished is never lost and never doubled, however a run ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infoflow/files/atomic_file.hpp>
#include <infoflow/journal/journal.hpp>

#include "generators.hpp"
#include "law.hpp"

namespace infoflow::laws {

/// A run of `count` generated items. Every eighth answer is long, so that a kill can hit a write.
struct JournalRun {
  JournalHeader header{.model = "toy", .data = "generated", .prompt = "Q: ", .policy = "drop-all"};
  std::vector<ItemOutcome> items;

  JournalRun(Index count, std::size_t long_answer) {
    header.items = static_cast<std::uint64_t>(count);
    for (Index i = 0; i < count; ++i) {
      Draw draw(static_cast<std::uint64_t>(i));
      const std::string answer(i % 8 == 3 ? long_answer : 5, 'y');
      const double nan = std::numeric_limits<double>::quiet_NaN();
      RunOutcome found{{}, "drop-all", static_cast<int>(i), answer, {draw.normal(), 1}};
      found.kl = i % 4 == 0 ? nan : draw.normal();
      items.push_back({.id = "item " + std::to_string(i),
                       .image = std::to_string(i / 3) + ".png",
                       .group = i % 2 == 0 ? "even" : "",
                       .runs = {found},
                       .image_share = {draw.normal()},
                       .cam_mass = {}});
    }
  }
};

[[nodiscard]] inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Adds what is missing, item by item, and calls `after(i)` when item i is said to be safe.
template <class J, class After>
void run_journal(const std::filesystem::path& path, const JournalRun& run, After after) {
  J journal = J::open(path, run.header, /*resume=*/true);
  for (std::size_t i = 0; i < run.items.size(); ++i) {
    if (journal.has(run.items[i].id)) continue;
    journal.append(run.items[i]);
    after(i);
  }
}

/// The text of a journal whose run was never interrupted.
[[nodiscard]] inline std::string whole_journal(const JournalRun& run) {
  std::string text = header_line(run.header) + "\n";
  for (const ItemOutcome& item : run.items) text += outcome_line(item) + "\n";
  return text;
}

/// A run that died with its journal cut at byte `first`, `first` + `step`, … ends, resumed, with
/// the same file as one that lived.
template <class J>
[[nodiscard]] Violation check_cut_anywhere(const std::filesystem::path& path, const JournalRun& run,
                                           std::size_t first, std::size_t step = 1) {
  const std::string whole = whole_journal(run);
  for (std::size_t cut = first; cut <= whole.size(); cut += step) {
    write_file(path, whole.substr(0, cut));
    try {
      run_journal<J>(path, run, [](std::size_t) {});
    } catch (const Error& error) {
      return "cut at byte " + std::to_string(cut) + ": " + error.what();
    }
    if (text_of(path) != whole) {
      return "cut at byte " + std::to_string(cut) + ", the resumed journal is another";
    }
  }
  return "";
}

/// What a run gave must not depend on the order of its journal's lines. `read(path)` gives what follows
/// from it, as text.
template <class Read>
[[nodiscard]] Violation check_line_order(const std::filesystem::path& path, const JournalRun& run,
                                         std::uint64_t seed, Read read) {
  write_file(path, whole_journal(run));
  const std::string ordered = read(path);
  Draw draw(seed);
  JournalRun shuffled = run;
  for (std::size_t i = shuffled.items.size(); i > 1; --i) {
    const Index other = draw.index(0, static_cast<Index>(i) - 1);
    std::swap(shuffled.items[i - 1], shuffled.items[static_cast<std::size_t>(other)]);
  }
  write_file(path, whole_journal(shuffled));
  return read(path) == ordered ? "" : "another order of lines gives another result";
}

/// A process that resumes the run and reports through a pipe which items are safe.
template <class J>
class Writer {
 public:
  Writer(const std::filesystem::path& path, const JournalRun& run) {
    if (::pipe(pipe_) != 0) throw Error("no pipe", "Writer", "");
    process_ = ::fork();
    if (process_ < 0) throw Error("no process", "Writer", "");
    if (process_ > 0) {
      ::close(pipe_[1]);
      return;
    }
    try {
      run_journal<J>(path, run, [&](std::size_t i) {
        const auto number = static_cast<std::uint16_t>(i);
        if (::write(pipe_[1], &number, sizeof number) != sizeof number) ::_exit(2);
        std::this_thread::sleep_for(std::chrono::microseconds(300));
      });
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ~Writer() { ::close(pipe_[0]); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// The next item that is safe; waits for it. Nothing once the process has ended.
  [[nodiscard]] std::optional<std::size_t> next_safe() const {
    std::uint16_t number = 0;
    if (::read(pipe_[0], &number, sizeof number) != sizeof number) return std::nullopt;
    return number;
  }

  /// Kills it where it stands. Returns its exit code if it had come to its end before.
  [[nodiscard]] std::optional<int> kill() const {
    ::kill(process_, SIGKILL);
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
  }

 private:
  int pipe_[2] = {-1, -1};
  pid_t process_ = -1;
};

/// A process that writes the journal is killed (SIGKILL) at random moments, while it opens or while
/// it appends, and resumed until it comes to its end. After each kill everything is there that
/// append() had returned for; in the end the file is that of a run that lived. \param kills  counts
/// them: a law that kills nobody proves nothing
template <class J>
[[nodiscard]] Violation check_kills(const std::filesystem::path& path, const JournalRun& run,
                                    std::uint64_t seed, int& kills) {
  Draw draw(seed);
  std::vector<bool> safe(run.items.size(), false);
  for (int round = 0; round < 1000; ++round) {
    const Writer<J> writer(path, run);
    if (draw.coin()) {
      if (const auto first = writer.next_safe()) safe[*first] = true;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(draw.index(0, 12'000)));
    const std::optional<int> ended = writer.kill();
    while (const auto item = writer.next_safe()) safe[*item] = true;
    if (ended && *ended != 0) return "the resumed run failed";
    const std::string text = text_of(path);
    if (ended) return text == whole_journal(run) ? "" : "the resumed journal is another";
    for (std::size_t i = 0; i < safe.size(); ++i) {
      if (safe[i] && text.find(outcome_line(run.items[i]) + "\n") == std::string::npos) {
        return "an item that was safe is lost";
      }
    }
    ++kills;
  }
  return "the run never ends";
}

}  // namespace infoflow::laws
