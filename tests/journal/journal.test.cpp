// SPDX-License-Identifier: MIT
#include <csignal>

#include <catch_compat.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infoflow/journal/journal.hpp>

#include "../laws/journal.laws.hpp"
#include "scratch.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::content;
using io_test::Scratch;

namespace {

std::string error_of(const std::filesystem::path& path, const JournalHeader& header, bool resume) {
  try {
    (void)Journal::open(path, header, resume);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// What opening gives when line `number` (from 1) of a whole journal of four items reads `line`.
std::string error_with_line(std::size_t number, const std::string& line) {
  const Scratch scratch;
  const laws::JournalRun run(4, 5);
  std::string text = laws::whole_journal(run);
  std::size_t begin = 0;
  for (std::size_t i = 1; i < number; ++i) begin = text.find('\n', begin) + 1;
  text.replace(begin, text.find('\n', begin) - begin, line);
  write_file(scratch / "j", text);
  const std::string error = error_of(scratch / "j", run.header, true);
  CHECK((error == "no error" || content(scratch / "j") == text));  // What is refused is left alone.
  return error;
}

}  // namespace

TEST_CASE("a journal is a header and a line per item, and opens again where it ended",
          "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(3, 5);
  {
    Journal journal = Journal::open(scratch / "j", run.header, false);
    CHECK(journal.items().empty());
    CHECK(content(scratch / "j") == header_line(run.header) + "\n");
    journal.append(run.items[0]);
    CHECK(content(scratch / "j") ==
          header_line(run.header) + "\n" + outcome_line(run.items[0]) + "\n");
    CHECK(journal.has("item 0"));
    CHECK_FALSE(journal.has("item 1"));
  }
  Journal journal = Journal::open(scratch / "j", run.header, true);
  CHECK(journal.torn_bytes() == 0);
  REQUIRE(journal.items().size() == 1);
  CHECK(outcome_line(journal.items()[0]) == outcome_line(run.items[0]));
  journal.append(run.items[1]);
  CHECK(journal.items().size() == 2);
  CHECK_THROWS_AS(journal.append(run.items[0]), Error);
  CHECK(read_journal(scratch / "j").items.size() == 2);
}

TEST_CASE("resuming what never began begins", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(1, 5);
  CHECK(Journal::open(scratch / "j", run.header, true).items().empty());
  write_file(scratch / "empty", "");
  CHECK(Journal::open(scratch / "empty", run.header, false).items().empty());
}

TEST_CASE("a torn last line is cut off and said, whatever it holds", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(3, 5);
  const std::string whole = laws::whole_journal(run);
  const std::string line = outcome_line(run.items[0]);
  // Half a line, a whole one but for its end, another file's blocks after a power cut.
  for (const std::string& torn :
       {line.substr(0, 9), line, std::string(700, '\0'), std::string("\0\0{\n", 4)}) {
    write_file(scratch / "j", whole + torn);
    const Journal journal = Journal::open(scratch / "j", run.header, true);
    CHECK(journal.torn_bytes() == torn.size());
    CHECK(journal.items().size() == 3);
    CHECK(content(scratch / "j") == whole);
  }
}

TEST_CASE("a journal that is there is not written over", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(3, 5);
  write_file(scratch / "j", laws::whole_journal(run));
  CHECK_THAT(error_of(scratch / "j", run.header, false),
             ContainsSubstring("use --resume or another folder"));
  CHECK(content(scratch / "j") == laws::whole_journal(run));
}

TEST_CASE("a journal of another run is refused with what differs", "[journal]") {
  const Scratch scratch;
  laws::JournalRun run(3, 5);
  run.header.settings = {{"dtype", "float32"}, {"only there", "1"}};
  const std::string whole = laws::whole_journal(run);
  write_file(scratch / "j", whole);
  CHECK(error_of(scratch / "j", run.header, true) == "no error");

  const auto error_if = [&](auto change) {
    JournalHeader other = run.header;
    change(other);
    CHECK(fingerprint_of(other) != fingerprint_of(run.header));
    return error_of(scratch / "j", other, true);
  };
  CHECK_THAT(error_if([](JournalHeader& h) { h.policy = "top-k:64"; }),
             ContainsSubstring("another run: policy (\"drop-all\" there, \"top-k:64\" here)"));
  CHECK_THAT(error_if([](JournalHeader& h) { h.model = "toy 2", h.seed = 4; }),
             ContainsSubstring("model (\"toy\" there, \"toy 2\" here), seed (0 there, 4 here)"));
  CHECK_THAT(error_if([](JournalHeader& h) { h.data = "x"; }), ContainsSubstring("run: data ("));
  CHECK_THAT(error_if([](JournalHeader& h) { h.prompt = "x"; }),
             ContainsSubstring("run: prompt ("));
  CHECK_THAT(error_if([](JournalHeader& h) { h.items = 9; }), ContainsSubstring("run: items ("));
  CHECK_THAT(error_if([](JournalHeader& h) { h.version = "9"; }),
             ContainsSubstring("run: version ("));
  CHECK_THAT(error_if([](JournalHeader& h) { h.settings["dtype"] = "bfloat16"; }),
             ContainsSubstring("setting dtype (\"float32\" there, \"bfloat16\" here)"));
  CHECK_THAT(error_if([](JournalHeader& h) { h.settings.erase("only there"); }),
             ContainsSubstring("setting only there (\"1\" there, nothing here)"));
  CHECK_THAT(error_if([](JournalHeader& h) { h.prompt = std::string(5000, 'p') + "\n"; }),
             ContainsSubstring("pppp") && !ContainsSubstring(std::string(100, 'p')));

  JournalHeader shard = run.header;
  shard.shard = {2, 3};
  CHECK(fingerprint_of(shard) == fingerprint_of(run.header));
  CHECK_THAT(error_of(scratch / "j", shard, true), ContainsSubstring("of shard 1/1, not 2/3"));
  CHECK(content(scratch / "j") == whole);
}

TEST_CASE("a journal's fingerprint is the SHA-256 of its canonical identity", "[journal]") {
  const JournalHeader header{.model = "m",
                             .data = "d\xFF",
                             .prompt = "é",
                             .policy = "drop-all",
                             .seed = 7,
                             .items = 2,
                             .version = "0.1.0",
                             .settings = {{"b", "1"}, {"a", ""}}};
  // printf '%s' '…' | sha256sum
  CHECK(run_identity(header).dump(-1, ' ', true) ==
        R"({"data":"d\ufffd","items":2,"model":"m","policy":"drop-all","prompt":"\u00e9","seed":7,)"
        R"("settings":{"a":"","b":"1"},"version":"0.1.0"})");
  CHECK(fingerprint_of(header) ==
        "c1b3f342d2057b990116b49335727f4a51601e9f2676296b44de5b7222dfea1b");
}

TEST_CASE("a malformed line is an error with its place, and the journal is left alone",
          "[journal]") {
  const laws::JournalRun run(4, 5);
  const std::string item = outcome_line(run.items[0]);
  CHECK(error_with_line(3, outcome_line(run.items[1])) == "no error");
  CHECK_THAT(error_with_line(3, "{}"), ContainsSubstring("j:3") && ContainsSubstring("missing"));
  CHECK_THAT(error_with_line(3, "half"), ContainsSubstring("j:3") && ContainsSubstring("no JSON"));
  CHECK_THAT(error_with_line(3, ""), ContainsSubstring("j:3"));
  CHECK_THAT(error_with_line(5, "{}"), ContainsSubstring("j:5"));  // JSON: it was not torn.
  CHECK(error_with_line(5, "{\"id\":") == "no error");             // Torn: run again.
  CHECK_THAT(error_with_line(3, item), ContainsSubstring("j:3") && ContainsSubstring("line 2"));
  CHECK_THAT(error_with_line(1, item),
             ContainsSubstring("this is no journal") && ContainsSubstring("j:1"));
  CHECK_THAT(error_with_line(1, "{"), ContainsSubstring("this is no journal"));
  JournalHeader other = run.header;
  other.model = "edited";
  std::string edited = header_line(run.header);
  edited.replace(edited.find("\"toy\""), 5, "\"gpt\"");
  CHECK_THAT(error_with_line(1, edited), ContainsSubstring("does not match its fingerprint"));
}

TEST_CASE("another file is not taken for a torn journal", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(1, 5);
  const std::string header = header_line(run.header);
  for (const std::string& text : {std::string("precious"), std::string("precious\n"), header + "x",
                                  std::string(100'000, ' '), std::string("{\"policy\": \"x\"}")}) {
    write_file(scratch / "j", text);
    CHECK_THAT(error_of(scratch / "j", run.header, true), ContainsSubstring("this is no journal"));
    CHECK(content(scratch / "j") == text);
  }
}

TEST_CASE("one process writes a journal at a time", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(1, 5);
  {
    const Journal holder = Journal::open(scratch / "j", run.header, false);
    CHECK_THAT(error_of(scratch / "j", run.header, true), ContainsSubstring("another process"));
    CHECK(read_journal(scratch / "j").items.empty());  // Reading is free.
  }
  CHECK(error_of(scratch / "j", run.header, true) == "no error");
}

TEST_CASE("a full disk is one error, and nothing of the item stays behind", "[journal]") {
  const Scratch scratch;
  const laws::JournalRun run(2, 5);
  Journal journal = Journal::open(scratch / "j", run.header, false);
  journal.append(run.items[0]);
  const std::string before = content(scratch / "j");
  // A limit on file sizes fails as a full disk does: after a part of the bytes.
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{before.size() + 50, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  std::string error;
  try {
    journal.append(run.items[1]);
  } catch (const Error& refused) {
    error = refused.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, old_action);
  CHECK_THAT(error, ContainsSubstring("cannot write") && ContainsSubstring("the space left"));
  CHECK(content(scratch / "j") == before);
  CHECK_FALSE(journal.has("item 1"));
  journal.append(run.items[1]);  // There is room again.
  CHECK(content(scratch / "j") == laws::whole_journal(run));
}

TEST_CASE("a journal that cannot be written is said in one line", "[journal]") {
  const Scratch scratch;
  const JournalHeader header;
  CHECK_THAT(error_of(scratch / "no/j", header, false), ContainsSubstring("there is no folder"));
  CHECK_THAT(error_of(scratch.path(), header, false), ContainsSubstring("cannot write"));
  CHECK_THAT(error_of("/dev/null", header, false), ContainsSubstring("device or a pipe"));
  CHECK_THAT(error_of("/dev/full", header, false), ContainsSubstring("device or a pipe"));
  // Permissions do not bind root: an unprivileged process tries.
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0555));
  const pid_t other = ::fork();
  if (other == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const std::string error = error_of(scratch / "j", header, false);
    ::_exit(error.find("Permission denied") == std::string::npos ? 1 : 0);
  }
  int status = 0;
  ::waitpid(other, &status, 0);
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("answers and ids that are no UTF-8 do not end a run", "[journal]") {
  const Scratch scratch;
  laws::JournalRun run(1, 5);
  run.items[0].id = "id \xFF";
  run.items[0].runs[0].answer = "\xC3";
  Journal journal = Journal::open(scratch / "j", run.header, false);
  journal.append(run.items[0]);
  CHECK(journal.has("id \xFF"));
  CHECK(journal.items()[0].runs[0].answer == "\uFFFD");
  CHECK(read_journal(scratch / "j").items[0].id == "id \uFFFD");
}
