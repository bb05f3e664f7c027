// SPDX-License-Identifier: MIT
// Journals that were edited: what a run cannot have found is named by file and line, by every command
// that reads a journal; the order of its lines is nothing.
#include <algorithm>

#include <catch_compat.hpp>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A finished sweep of six items, in folders that its journal can be edited in.
struct FinishedSweep {
  Scratch folder;
  std::vector<std::string> lines;

  FinishedSweep() {
    std::ofstream data(folder / "data.jsonl");
    for (const std::string id : {"a", "b", "c", "d", "e", "f"}) {
      const std::string picture = id < std::string("d") ? "000" : "001";
      data << row(id, "pictures/" + picture + ".png", "Is there a circle in the image? " + id);
    }
    data.close();
    const Outcome outcome = run_command(command({}));
    INFO(outcome.error);
    REQUIRE(outcome.exit_code == 0);
    lines = lines_of(content(folder / "out/journal.jsonl"));
    REQUIRE(lines.size() == 7);
  }

  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more) const {
    return sweep_of((folder / "data.jsonl").string(), (folder / "out").string(), more);
  }

  /// What resume, merge and report say of a journal of these lines.
  [[nodiscard]] std::vector<Outcome> read(const std::vector<std::string>& edited) const {
    std::ofstream(folder / "out/journal.jsonl") << text_of(edited);
    for (const char* made : {"merged", "report"}) std::filesystem::remove_all(folder / made);
    const Outcome report = run_command(
        {"report", (folder / "out").string(), "--output", (folder / "report").string()});
    const Outcome merged = run_command(
        {"sweep", "--output", (folder / "merged").string(), "--merge", (folder / "out").string()});
    return {report, merged, run_command(command({"--resume"}))};
  }
};

/// A line with one thing changed.
std::string changed(const std::string& line,
                    const std::function<void(nlohmann::ordered_json&)>& by) {
  auto object = nlohmann::ordered_json::parse(line);
  by(object);
  return object.dump();
}

/// A header that was edited by someone who knows how the fingerprint is made.
std::string changed_header(const std::string& line,
                           const std::function<void(infoflow::JournalHeader&)>& by) {
  infoflow::JournalHeader header = infoflow::read_header(line, "test");
  by(header);
  return infoflow::header_line(header);
}

}  // namespace

TEST_CASE("a line that the run cannot have written is named by every command that reads it",
          "[command][sweep][journal]") {
  const FinishedSweep sweep;
  using Json = nlohmann::ordered_json;
  const std::vector<std::pair<std::string, std::function<void(Json&)>>> lies{
      {"\"kl\" is no number", [](Json& o) { o["runs"][0]["kl"] = nullptr; }},
      {"\"kl\" is infinite", [](Json& o) { o["runs"][0]["kl"] = "Infinity"; }},
      {"where the plan has", [](Json& o) { o["runs"].insert(o["runs"].begin(), o["runs"][0]); }},
      {"the picture is", [](Json& o) { o["image"] = "pictures/001.png"; }},
      {"statistics", [](Json& o) { o["runs"][0]["statistics"][0] = 0.5; }},
      {"must be true or false", [](Json& o) { o["runs"][0]["agrees"] = 1; }},
      {"no item \"x\"", [](Json& o) { o["id"] = "x"; }}};
  for (const auto& [says, lie] : lies) {
    std::vector<std::string> edited = sweep.lines;
    edited[2] = changed(edited[2], lie);
    for (const Outcome& outcome : sweep.read(edited)) {
      CAPTURE(says, outcome.error);
      CHECK(outcome.exit_code == 1);
      CHECK_THAT(outcome.error, ContainsSubstring("journal.jsonl:3") && ContainsSubstring(says));
      CHECK(error_count(outcome.error) == 1);
    }
  }
  std::vector<std::string> hidden = sweep.lines;
  hidden[2] = R"({"id":"b","skipped":"it was inconvenient"})";
  const std::vector<Outcome> outcomes = sweep.read(hidden);
  CHECK_THAT(outcomes[0].error, ContainsSubstring("item b: it was inconvenient"));
  CHECK_THAT(outcomes[1].error, ContainsSubstring("item b: it was inconvenient"));
  CHECK(outcomes[2].exit_code == 1);  // Only a run has the model, and so can tell.
  CHECK_THAT(outcomes[2].error, ContainsSubstring("is said to be skipped and can be asked"));

  std::vector<std::string> doubled = sweep.lines;
  doubled.push_back(doubled[1]);
  for (const Outcome& outcome : sweep.read(doubled)) {
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.error, ContainsSubstring("journal.jsonl:8") && ContainsSubstring("line 2"));
  }
}

TEST_CASE("a header that names another run is refused, also with its fingerprint made anew",
          "[command][sweep][journal]") {
  const FinishedSweep sweep;
  using Header = infoflow::JournalHeader;
  const std::vector<std::pair<std::string, std::function<void(Header&)>>> lies{
      {"another L",
       [](Header& h) {
         std::string& runs = h.settings.at("runs");
         runs.replace(runs.find("drop-all@8"), 10, "drop-all@9");
       }},
      {"other data", [](Header& h) { h.data.back() = h.data.back() == '0' ? '1' : '0'; }},
      {"another version", [](Header& h) { h.version = "9.9.9"; }},
      {"another model", [](Header& h) { h.model = "gpt 0"; }},
      {"another policy", [](Header& h) { h.policy = "top-k:64"; }},
      {"fewer items", [](Header& h) { h.items = 5; }},
      {"no runs", [](Header& h) { h.settings.erase("runs"); }},
      {"runs that are none", [](Header& h) { h.settings["runs"] = "drop-all@x"; }},
      {"another shard", [](Header& h) { h.shard = {2, 7}; }}};
  for (const auto& [name, lie] : lies) {
    std::vector<std::string> edited = sweep.lines;
    edited[0] = changed_header(edited[0], lie);
    for (const Outcome& outcome : sweep.read(edited)) {
      CAPTURE(name, outcome.error);
      CHECK(outcome.exit_code == 1);
      CHECK_THAT(outcome.error, ContainsSubstring("journal.jsonl"));
      CHECK(error_count(outcome.error) == 1);
    }
  }
}

TEST_CASE("the order of a journal's lines changes no byte of what is written from it",
          "[command][sweep][journal]") {
  const FinishedSweep sweep;
  const auto written = [&](const std::vector<std::string>& lines) {
    for (const Outcome& outcome : sweep.read(lines)) {
      INFO(outcome.error);
      REQUIRE(outcome.exit_code == 0);
    }
    std::map<std::string, std::string> files;
    for (const std::string folder : {"out", "merged", "report"}) {
      for (const auto& entry : std::filesystem::directory_iterator(sweep.folder / folder)) {
        const std::string name = folder + "/" + entry.path().filename().string();
        if (name != "out/journal.jsonl") files[name] = content(entry.path());
      }
    }
    return files;
  };
  (void)sweep.read(sweep.lines);  // From here on run.json holds the command with --resume.
  const auto ordered = written(sweep.lines);
  CHECK(ordered.size() > 30);
  std::vector<std::string> reversed = sweep.lines;
  std::reverse(reversed.begin() + 1, reversed.end());
  CHECK(written(reversed) == ordered);
}

TEST_CASE("a journal that lacks an item is not reported as if it were whole",
          "[command][sweep][journal]") {
  const FinishedSweep sweep;
  std::vector<std::string> torn = sweep.lines;
  torn.back() = R"({"id": "f", "kl": NaN})";  // Python's NaN: the line is none, like a torn one.
  const std::vector<Outcome> outcomes = sweep.read(torn);
  for (const std::size_t i : {0U, 1U}) {
    CAPTURE(outcomes[i].error);
    CHECK(outcomes[i].exit_code == 1);
    CHECK_THAT(outcomes[i].error, ContainsSubstring("1 of 6 items stand in none of the journals"));
  }
  CHECK(outcomes[2].exit_code == 0);  // Resumed, the item is asked again.
  CHECK_THAT(outcomes[2].error, ContainsSubstring("torn"));
}
