// SPDX-License-Identifier: MIT
// What a machine does to a journal: its file goes away, its disk is full, another process has it.
#include <csignal>
#include <filesystem>

#include <catch_compat.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infoflow/files/append_file.hpp>
#include <infoflow/journal/journal.hpp>

#include "../laws/journal.laws.hpp"
#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::content;
using io_test::Scratch;

namespace {

/// What adding the second of two items says when `harm` has been done to the first one's folder.
template <class Harm>
std::string error_after(const Scratch& scratch, const laws::JournalRun& run, Harm harm) {
  std::filesystem::create_directories(scratch / "out");
  Journal journal = Journal::open(scratch / "out" / "j", run.header, false);
  journal.append(run.items[0]);
  harm();
  try {
    journal.append(run.items[1]);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a journal that is removed while it is written is there again, with every item",
          "[journal][machine]") {
  const laws::JournalRun run(2, 5);
  for (const bool folder : {true, false}) {
    const Scratch scratch;
    const std::string error = error_after(scratch, run, [&] {
      std::filesystem::remove_all(folder ? scratch / "out" : scratch / "out" / "j");
    });
    CHECK_THAT(error, ContainsSubstring("was removed while it was being written") &&
                          ContainsSubstring("--resume"));
    CHECK(content(scratch / "out" / "j") == laws::whole_journal(run));
    CHECK(Journal::open(scratch / "out" / "j", run.header, true).items().size() == 2);
  }
}

TEST_CASE("a journal that is moved or replaced is left alone, and its run ends",
          "[journal][machine]") {
  const laws::JournalRun run(2, 5);
  const Scratch scratch;
  CHECK_THAT(error_after(scratch, run,
                         [&] { std::filesystem::rename(scratch / "out", scratch / "moved"); }),
             ContainsSubstring("was moved or replaced"));
  CHECK(content(scratch / "moved" / "j") == laws::whole_journal(run));
  CHECK_FALSE(std::filesystem::exists(scratch / "out"));

  const Scratch other;
  CHECK_THAT(error_after(other, run,
                         [&] {
                           std::filesystem::remove(other / "out" / "j");
                           write_file(other / "out" / "j", "precious");
                         }),
             ContainsSubstring("was moved or replaced"));
  CHECK(content(other / "out" / "j") == "precious");
}

TEST_CASE("a second process cannot write a journal, and the first one loses nothing",
          "[journal][machine]") {
  const Scratch scratch;
  const laws::JournalRun run(2, 5);
  Journal journal = Journal::open(scratch / "j", run.header, false);
  journal.append(run.items[0]);
  const pid_t second = ::fork();
  if (second == 0) {
    // Locks belong to an open file: this process must open it anew.
    try {
      (void)Journal::open(scratch / "j", run.header, true);
      ::_exit(1);
    } catch (const Error& error) {
      ::_exit(std::string(error.what()).find("another process") == std::string::npos ? 2 : 0);
    }
  }
  int status = 0;
  ::waitpid(second, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  journal.append(run.items[1]);
  CHECK(content(scratch / "j") == laws::whole_journal(run));
}

TEST_CASE("a full disk leaves the old file and nothing beside it", "[journal][machine]") {
  const Scratch scratch;
  write_file(scratch / "page.html", "old");
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{100, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  std::string error;
  try {
    write_file(scratch / "page.html", std::string(100'000, 'x'));
  } catch (const Error& refused) {
    error = refused.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, old_action);
  CHECK_THAT(error, ContainsSubstring("cannot write") && ContainsSubstring("page.html"));
  CHECK(content(scratch / "page.html") == "old");
  CHECK(scratch.file_count() == 1);
}

TEST_CASE("a device that is full is said in one line", "[journal][machine]") {
  if (!std::filesystem::exists("/dev/full")) INFOFLOW_NOT_RUN("there is no /dev/full");
  CHECK_THROWS_WITH(write_file("/dev/full", std::string(100'000, 'x')),
                    ContainsSubstring("No space left") && ContainsSubstring("/dev/full"));
}
