// SPDX-License-Identifier: MIT
// Faults of the machine: each is one line, and what was finished is still there.
#include <csignal>

#include <catch_compat.hpp>
#include <sys/resource.h>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> long_sweep(const std::filesystem::path& output) {
  return sweep_of(tiny + "/yesno.jsonl", output.string(), {"--resume"});
}

/// The last line on stderr: progress may stand before it.
std::string last_line(const std::filesystem::path& errors) {
  const auto lines = lines_of(content(errors));
  return lines.empty() ? "" : lines.back();
}

}  // namespace

TEST_CASE("a disk that fills up in a sweep ends it in one line, and --resume goes on",
          "[command][sweep][machine]") {
  const Scratch folder;
  const auto journal = folder / "out/journal.jsonl";
  // A limit on file sizes fails as a full disk does; unhandled, its signal would kill the process.
  Process process(long_sweep(folder / "out"), folder / "error", [] {
    const rlimit limit{40'000, 40'000};
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  CHECK(process.exit_code() == 1);
  CHECK_THAT(last_line(folder / "error"),
             ContainsSubstring("cannot write") && ContainsSubstring("journal.jsonl") &&
                 ContainsSubstring("finished items are kept, --resume goes on"));
  const auto kept = infoflow::read_journal(journal);
  CHECK(kept.torn_bytes == 0);
  CHECK(kept.items.size() >= 5);
  const Outcome again = run_command(sweep_of(tiny + "/yesno.jsonl", (folder / "out").string()));
  CHECK_THAT(again.error, ContainsSubstring("use --resume"));
  CHECK(infoflow::read_journal(journal).items.size() == kept.items.size());
}

TEST_CASE("a disk that fills up while results are written leaves no folder that looks finished",
          "[command][sweep][machine]") {
  const Scratch folder;
  const std::string out = (folder / "out").string();
  const auto command = sweep_of(tiny + "/yesno.jsonl", out, {"--limit", "4", "--resume"});
  Process process(command, folder / "error", [] {
    const rlimit limit{20'000, 20'000};  // Room for the journal, none for the page.
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  CHECK(process.exit_code() == 1);
  CHECK_THAT(last_line(folder / "error"), ContainsSubstring("cannot write"));
  CHECK(infoflow::read_journal(folder / "out/journal.jsonl").items.size() == 4);
  for (const char* file : {"run.json", "report.html", "policy.json"}) {
    CHECK_FALSE(std::filesystem::exists(folder / "out" / file));
  }
  const Outcome report = run_command({"report", out, "--output", (folder / "report").string()});
  CHECK(report.exit_code == 1);
  CHECK_THAT(report.error, ContainsSubstring("this sweep is not finished"));
  CHECK(run_command(command).exit_code == 0);
  CHECK(std::filesystem::exists(folder / "out/report.html"));
}

TEST_CASE("what cannot be printed is an error, not a finished command", "[command][machine]") {
  if (!std::filesystem::exists("/dev/full")) INFOFLOW_NOT_RUN("there is no /dev/full");
  const Scratch folder;
  std::ofstream(folder / "data.jsonl") << row("1", "a.png", "Is it?");
  std::ofstream(folder / "answers.jsonl") << R"({"question_id": "1", "text": "Yes"})" << "\n";
  Process process({"score", "--task", "vqa", "--data", (folder / "data.jsonl").string(),
                   "--answers", (folder / "answers.jsonl").string()},
                  folder / "error", [] { dup2(open("/dev/full", O_WRONLY), 1); });
  CHECK(process.exit_code() == 1);
  CHECK_THAT(last_line(folder / "error"), ContainsSubstring("No space left"));
}

TEST_CASE("a folder that is removed under a sweep is there again, with every finished item",
          "[command][sweep][machine]") {
  const Scratch folder;
  const auto journal = folder / "out/journal.jsonl";
  Process process(long_sweep(folder / "out"), folder / "error");
  REQUIRE(process.wait_until([&] { return line_count(journal) >= 4; }));
  const std::string before = content(journal);
  std::filesystem::remove_all(folder / "out");
  CHECK(process.exit_code() == 1);
  CHECK_THAT(last_line(folder / "error"),
             ContainsSubstring("was removed while it was being written"));
  CHECK(content(journal).starts_with(before));
}

TEST_CASE("two sweeps cannot write one folder, and the first goes on",
          "[command][sweep][machine]") {
  const Scratch folder;
  const auto journal = folder / "out/journal.jsonl";
  Process first(long_sweep(folder / "out"), folder / "error");
  REQUIRE(first.wait_until([&] { return line_count(journal) >= 3; }));
  const Outcome second = run_command(long_sweep(folder / "out"));
  CHECK(second.exit_code == 1);
  CHECK_THAT(second.error, ContainsSubstring("another process is writing this file"));
  CHECK(error_count(second.error) == 1);
  const std::size_t then = line_count(journal);
  CHECK(first.wait_until([&] { return line_count(journal) > then; }));
  first.send(SIGTERM);
  CHECK(first.exit_code() == 143);
}

TEST_CASE("a folder that cannot be written is refused before a model is loaded",
          "[command][machine]") {
  const Scratch folder;
  std::ofstream(folder / "file") << "x";
  // Below a file, and in the system's own folder, not even root can make one.
  for (const std::string& output : {(folder / "file/out").string(), std::string("/proc/out")}) {
    for (const auto& command : {sweep_of(tiny + "/yesno.jsonl", output),
                                std::vector<std::string>{"analyze", "--model", "/nowhere",
                                                         "--image", tiny + "/pictures/000.png",
                                                         "--question", "q", "--output", output}}) {
      const Outcome outcome = run_command(command);
      CAPTURE(outcome.error);
      CHECK(outcome.exit_code == 1);
      CHECK_THAT(outcome.error,
                 ContainsSubstring("cannot create the folder") && ContainsSubstring(output));
      CHECK(error_count(outcome.error) == 1);
    }
  }
}

TEST_CASE("a folder that may not be written is refused in one line, its journal untouched",
          "[command][sweep][machine]") {
  const Scratch folder;
  std::filesystem::create_directory(folder / "out");
  std::filesystem::permissions(folder / "out", std::filesystem::perms(0555));
  std::ofstream(folder / "error").close();
  std::filesystem::permissions(folder / "error", std::filesystem::perms(0666));
  Process process(sweep_of(tiny + "/yesno.jsonl", (folder / "out").string()), folder / "error", [] {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(126);  // Permissions do not bind root.
  });
  const int code = process.exit_code();
  std::filesystem::permissions(folder / "out", std::filesystem::perms(0755));
  if (code >= 126) INFOFLOW_NOT_RUN("the command cannot be run by another user here");
  CHECK(code == 1);
  CHECK_THAT(last_line(folder / "error"), ContainsSubstring("Permission denied"));
  CHECK(std::filesystem::is_empty(folder / "out"));
}

TEST_CASE("where there is no memory a sweep ends in one line and keeps what was finished",
          "[command][sweep][machine]") {
  const Scratch folder;
  const auto journal = folder / "out/journal.jsonl";
  REQUIRE(run_command(sweep_of(tiny + "/yesno.jsonl", (folder / "out").string(), {"--limit", "4"}))
              .exit_code == 0);
  const std::string before = content(journal);
  // From little, where not even the libraries load, to enough: it never dies of a signal.
  bool ran = false;
  for (rlim_t megabytes = 512; megabytes <= 16'384 && !ran; megabytes *= 2) {
    Process process(
        sweep_of(tiny + "/yesno.jsonl", (folder / "out").string(), {"--limit", "4", "--resume"}),
        folder / "error", [megabytes] {
          const rlimit limit{megabytes << 20U, megabytes << 20U};
          setrlimit(RLIMIT_AS, &limit);
        });
    const int code = process.exit_code();
    CAPTURE(megabytes, code, content(folder / "error"));
    ran = code == 0;
    CHECK(code < 128);
    if (code == 1) CHECK(error_count(content(folder / "error")) == 1);
    CHECK(content(journal) == before);
  }
  CHECK(ran);
}
