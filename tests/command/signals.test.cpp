// SPDX-License-Identifier: MIT
// Signals of terminals and launchers: the item at hand is kept, and the exit code says which it was.
#include <csignal>

#include <catch_compat.hpp>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<int> stop_signals{SIGINT, SIGTERM, SIGHUP};

/// All items of the small set: long enough for a signal to come in the middle.
std::vector<std::string> long_sweep(const std::filesystem::path& output) {
  return sweep_of(tiny + "/yesno.jsonl", output.string(), {"--resume"});
}

void ignore_stop_signals() {
  for (const int signal : stop_signals) std::signal(signal, SIG_IGN);
}

void block_stop_signals() {
  sigset_t all{};
  sigemptyset(&all);
  for (const int signal : stop_signals) sigaddset(&all, signal);
  sigprocmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

TEST_CASE("every stop signal ends a sweep after the item at hand, whatever its launcher did to it",
          "[command][sweep][signals]") {
  const std::vector<std::function<void()>> launchers{[] {}, ignore_stop_signals,
                                                     block_stop_signals};
  for (std::size_t i = 0; i < stop_signals.size(); ++i) {
    const int signal = stop_signals[i];
    const Scratch folder;
    CAPTURE(signal);
    const auto journal = folder / "out/journal.jsonl";
    Process process(long_sweep(folder / "out"), folder / "error", launchers[i]);
    REQUIRE(process.wait_until([&] { return line_count(journal) >= 4; }));
    process.send(signal);
    CHECK(process.exit_code() == 128 + signal);

    const std::string error = content(folder / "error");
    const auto kept = infoflow::read_journal(journal);
    CHECK(kept.torn_bytes == 0);
    CHECK(kept.items.size() >= 3);
    CHECK_THAT(error,
               ContainsSubstring("after the item at hand; " + std::to_string(kept.items.size()) +
                                 " items are kept, --resume goes on"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/run.json"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/report.html"));
  }
}

TEST_CASE("where no item is at hand a signal ends at once, also where it was ignored",
          "[command][analyze][signals]") {
  for (const int signal : stop_signals) {
    const Scratch folder;
    CAPTURE(signal);
    Process process({"analyze", "--model", tiny + "/checkpoint", "--image",
                     tiny + "/pictures/000.png", "--question", "What is it?", "--cam-samples",
                     "1000000", "--output", (folder / "out").string()},
                    folder / "error", ignore_stop_signals);
    REQUIRE(process.wait_until([&] { return std::filesystem::exists(folder / "out"); }));
    process.send(signal);
    CHECK(process.exit_code() == 128 + signal);
    const std::vector<std::string> lines = lines_of(content(folder / "error"));
    REQUIRE_FALSE(lines.empty());
    CHECK_THAT(lines.back(), ContainsSubstring("infoflow: ended at once by SIG"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/report.html"));
  }
}

TEST_CASE("a second signal ends a sweep at once, and no finished item is lost",
          "[command][sweep][signals]") {
  const Scratch folder;
  const auto journal = folder / "out/journal.jsonl";
  Process process(long_sweep(folder / "out"), folder / "error");
  REQUIRE(process.wait_until([&] { return line_count(journal) >= 3; }));
  process.send(SIGTERM);
  process.send(SIGHUP);
  const int code = process.exit_code();
  CHECK((code == 128 + SIGHUP || code == 128 + SIGTERM));  // Whether the item ended in between.
  CHECK(infoflow::read_journal(journal).items.size() >= 2);
  CHECK(error_count(content(folder / "error")) == 1);
}

TEST_CASE("point writes what it measured until a signal under a name of its own",
          "[command][point][signals]") {
  const Scratch folder;
  Process process({"point", "--model", tiny + "/checkpoint", "--data", tiny + "/short.jsonl",
                   "--images", tiny, "--cam-samples", "0", "--output", (folder / "out").string()},
                  folder / "error");
  REQUIRE(process.wait_until([&] { return line_count(folder / "error") >= 1; }));  // Its progress.
  process.send(SIGTERM);
  CHECK(process.exit_code() == 143);
  CHECK_THAT(content(folder / "error"), ContainsSubstring("infoflow: SIGTERM after"));
  CHECK(std::filesystem::exists(folder / "out/point_unfinished.csv"));
  CHECK(std::filesystem::exists(folder / "out/point_unfinished.json"));
  CHECK_FALSE(std::filesystem::exists(folder / "out/point.csv"));
}
