// SPDX-License-Identifier: MIT
// Rows that cannot be asked: known before the run, journalled with the reason, counted everywhere.
#include <catch_compat.hpp>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string asked = "Is there a circle in the image?";

/// Longer than the small model's context of 512 tokens.
std::string long_question() {
  std::string text = asked;
  for (int i = 0; i < 600; ++i) text += " circle";
  return text;
}

/// Good rows and one of every bad kind: a prompt that is too long, a marker in its middle, a picture
/// that is not there, one that is none, a row that is none.
std::string mixed_data(const Scratch& folder) {
  for (const std::string name : {"000", "001", "002", "003"}) {
    std::filesystem::copy_file(tiny + "/pictures/" + name + ".png", folder / (name + ".png"));
  }
  std::ofstream(folder / "broken.png") << "no picture";
  std::ofstream data(folder / "data.jsonl");
  data << row("a", "000.png", asked) << row("long", "000.png", long_question())
       << row("b", "001.png", asked) << row("marker", "002.png", "Is \"<image>\" written here?")
       << row("c", "003.png", asked) << row("none", "none.png", asked)
       << row("broken", "broken.png", asked) << "{\"image\": \"000.png\"\n"
       << row("d", "000.png", "Is there a star in the image?");
  return (folder / "data.jsonl").string();
}

std::vector<std::string> mixed_sweep(const Scratch& folder, const std::string& output,
                                     std::vector<std::string> more) {
  more.insert(more.end(), {"--images", folder.path().string(), "--skip-bad"});
  return words({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa", "--data",
                (folder / "data.jsonl").string(), "--layers", "4", "--control", "uniform:16",
                "--output", (folder / output).string()},
               more);
}

/// How many lines of a text hold a word.
std::size_t lines_with(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) count += line.find(word) != std::string::npos;
  return count;
}

std::map<std::string, std::string> skipped_in(const std::filesystem::path& journal) {
  std::map<std::string, std::string> reasons;
  for (const auto& item : infoflow::read_journal(journal).skipped) reasons[item.id] = item.reason;
  return reasons;
}

void check_named_once(const std::string& text) {
  for (const std::string id : {"item long", "item marker", "item none", "item broken"}) {
    CAPTURE(id);
    CHECK(lines_with(text, id) == 1);
  }
  CHECK(lines_with(text, "data.jsonl:8") == 1);  // The row that is none has no id.
}

}  // namespace

TEST_CASE(
    "bad rows are journalled with their reason, and a run, its shards, a merge, a resumed run "
    "and a report agree on them",
    "[command][sweep][skipped]") {
  const Scratch folder;
  (void)mixed_data(folder);
  const Outcome whole = run_command(mixed_sweep(folder, "whole", {}));
  CAPTURE(whole.error);
  REQUIRE(whole.exit_code == 0);
  check_named_once(whole.error);
  CHECK_THAT(whole.out, ContainsSubstring("rows of the data that were skipped: 5"));
  const auto reasons = skipped_in(folder / "whole/journal.jsonl");
  REQUIRE(reasons.size() == 4);
  CHECK_THAT(reasons.at("long"),
             ContainsSubstring("context of 512") && ContainsSubstring("data.jsonl:2"));
  CHECK_THAT(reasons.at("marker"),
             ContainsSubstring("<image>") && ContainsSubstring("data.jsonl:4"));
  CHECK_THAT(reasons.at("none"), ContainsSubstring("there is no picture \"none.png\""));
  CHECK_THAT(reasons.at("broken"), ContainsSubstring("picture broken.png"));
  const auto decision = nlohmann::json::parse(content(folder / "whole/decision.json"));
  CHECK(decision["n"] == 4);
  CHECK(decision["rows_skipped"] == 5);

  std::vector<std::string> merge{"sweep", "--output", (folder / "merged").string(), "--merge"};
  std::size_t finished = 0;
  for (const std::string number : {"1", "2", "3"}) {
    merge.push_back((folder / number).string());
    const Outcome part = run_command(mixed_sweep(folder, number, {"--shard", number + "/3"}));
    CAPTURE(part.error);
    REQUIRE(part.exit_code == 0);
    const auto journal = infoflow::read_journal(folder / number / "journal.jsonl");
    finished += journal.items.size() + journal.skipped.size();
    CHECK_THAT(part.out, ContainsSubstring(std::to_string(journal.skipped.size()) + " skipped"));
  }
  CHECK(finished == 8);
  const Outcome merged = run_command(merge);
  CAPTURE(merged.error);
  REQUIRE(merged.exit_code == 0);
  check_named_once(merged.error);
  CHECK_THAT(merged.out, ContainsSubstring("rows of the data that were skipped: 5"));
  CHECK(results(folder / "merged/journal.jsonl") == results(folder / "whole/journal.jsonl"));
  CHECK(skipped_in(folder / "merged/journal.jsonl") == reasons);

  const Outcome again = run_command(mixed_sweep(folder, "whole", {"--resume"}));
  CAPTURE(again.error);
  CHECK(again.exit_code == 0);
  check_named_once(again.error);
  CHECK(skipped_in(folder / "whole/journal.jsonl") == reasons);

  const Outcome report = run_command(
      {"report", (folder / "merged").string(), "--output", (folder / "report").string()});
  CAPTURE(report.error);
  CHECK(report.exit_code == 0);
  check_named_once(report.error);
  CHECK_THAT(content(folder / "report/report.html"), ContainsSubstring("context of 512"));
}

TEST_CASE("a prompt that cannot be made is named before the first item is asked",
          "[command][sweep][skipped]") {
  const Scratch folder;
  std::ofstream(folder / "data.jsonl")
      << row("a", "pictures/000.png", asked) << row("long", "pictures/001.png", long_question());
  const Outcome refused =
      run_command(sweep_of((folder / "data.jsonl").string(), (folder / "out").string()));
  CHECK(refused.exit_code == 1);
  CHECK(error_count(refused.error) == 1);
  CHECK_THAT(refused.error, ContainsSubstring("data.jsonl:2") && ContainsSubstring("--skip-bad"));
  CHECK_FALSE(std::filesystem::exists(folder / "out/journal.jsonl"));
}

TEST_CASE("rows as LLaVA's files have them are asked like those without a marker",
          "[command][sweep][skipped]") {
  const Scratch folder;
  std::map<std::string, std::string> plain;
  for (const std::string& question : {asked, "<image>\n" + asked, asked + "\n<image>"}) {
    std::ofstream(folder / "data.jsonl")
        << row("a", "pictures/000.png", question) << row("b", "pictures/001.png", question);
    std::filesystem::remove_all(folder / "out");
    const Outcome outcome =
        run_command(sweep_of((folder / "data.jsonl").string(), (folder / "out").string()));
    CAPTURE(question, outcome.error);
    REQUIRE(outcome.exit_code == 0);
    const auto found = results(folder / "out/journal.jsonl");
    if (question == asked) plain = found;
    CHECK(found == plain);
  }
}

TEST_CASE("skipping bad rows never skips a failing model", "[command][sweep][skipped]") {
  // The final norm's weights are the largest float16 numbers: what they scale overflows.
  const Scratch folder;
  std::filesystem::copy(tiny + "/checkpoint", folder / "model");
  const std::filesystem::path file = folder / "model/model.safetensors";
  std::string bytes = content(file);
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  const auto header = nlohmann::json::parse(bytes.substr(8, size));
  std::size_t norms = 0;
  for (const auto& [name, tensor] : header.items()) {
    if (!name.ends_with("model.norm.weight")) continue;
    ++norms;
    REQUIRE(tensor["dtype"] == "F16");
    const std::size_t begin = 8 + size + tensor["data_offsets"][0].get<std::size_t>();
    const std::size_t end = 8 + size + tensor["data_offsets"][1].get<std::size_t>();
    for (std::size_t i = begin; i < end; ++i) bytes[i] = i % 2 == begin % 2 ? '\xff' : '\x7b';
  }
  REQUIRE(norms == 1);
  std::ofstream(file, std::ios::binary) << bytes;
  std::ofstream(folder / "data.jsonl")
      << row("long", "pictures/000.png", long_question()) << row("a", "pictures/001.png", asked);
  const Outcome outcome = run_command(
      {"sweep", "--model", (folder / "model").string(), "--task", "vqa", "--data",
       (folder / "data.jsonl").string(), "--images", tiny, "--layers", "4", "--control",
       "uniform:16", "--dtype", "float16", "--skip-bad", "--output", (folder / "out").string()});
  CAPTURE(outcome.error);
  CHECK(outcome.exit_code == 1);
  CHECK(error_count(outcome.error) == 1);
  CHECK_THAT(outcome.error, ContainsSubstring("finished items are kept, --resume goes on"));
  const auto journal = infoflow::read_journal(folder / "out/journal.jsonl");
  CHECK(journal.items.empty());
  REQUIRE(journal.skipped.size() == 1);
  CHECK(journal.skipped[0].id == "long");
}
