// SPDX-License-Identifier: MIT
// The files of a sweep: written from a decision, and read back from the data's and the run's files.
#include <fstream>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>

#include <infoflow/output/loaded_sweep.hpp>
#include <infoflow/output/sweep_folder.hpp>
#include <infoflow/picture/write_png.hpp>
#include <infoflow/sweep/sweep.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::content;
using io_test::Scratch;

namespace {
using Toy = toy::Decoder<double>;

constexpr int reading_layer = 1;
constexpr int count = 120;

/// Red and blue pictures, and a file that asks which is red.
SweepData data_in(const Scratch& scratch) {
  std::filesystem::create_directories(scratch / "pictures");
  std::ofstream rows(scratch / "red.jsonl");
  for (int i = 0; i < count; ++i) {
    RgbImage picture(6, 4);
    for (std::size_t k = 0; k < picture.values.size(); k += 3) {
      picture.values[k + (i % 2 == 0 ? 0 : 2)] = 255;
    }
    const std::string name = std::to_string(i) + ".png";
    write_png(scratch / ("pictures/" + name), picture);
    rows << R"({"image": ")" << name << R"(", "question": "red?", "answer": ")"
         << (i % 2 == 0 ? "yes" : "no") << "\"}\n";
  }
  return {.task = "vqa",
          .files = {(scratch / "red.jsonl").string()},
          .images = (scratch / "pictures").string()};
}

/// A finished sweep of a toy in `scratch`/run, all files but run.json.
Decision sweep_into(const Scratch& scratch, const SweepQuestions& questions) {
  const Toy adapter(toy::planted_reader(4, reading_layer));
  const SweepPlan plan = plan_sweep({}, adapter.layer_count());
  ensure_directory(scratch / "run");
  const OrderedOutcomes outcomes = sweep(
      adapter, questions, plan,
      {.path = scratch / "run/journal.jsonl", .header = sweep_header("toy v1", plan, questions)});
  Decision decision =
      decide(outcomes.items, questions.benchmark(), {"toy", "red", plan.policy, 0.05});
  write_sweep_folder(scratch / "run", decision, questions, outcomes.items);
  return decision;
}
}  // namespace

TEST_CASE("a sweep's folder is read back as it was decided", "[output]") {
  const Scratch scratch;
  const SweepData data = data_in(scratch);
  const SweepInput input = read_sweep_data(data);
  CHECK(input.picture_notes.empty());
  const Decision decision = sweep_into(scratch, input.questions);

  CHECK(decision.cliff.cliff_layer == reading_layer + 1);
  CHECK_FALSE(std::filesystem::exists(scratch / "run/run.json"));
  CHECK_THROWS_WITH(load_sweep(scratch / "run"), ContainsSubstring("this sweep is not finished"));
  write_run_file(scratch / "run", {.data = data, .model = "toy", .margin = 0.05});
  const auto loaded = load_sweep(scratch / "run");
  CHECK(loaded->items.size() == count);
  CHECK(decision_text(loaded->decision) == decision_text(decision));
  CHECK(decision_json(loaded->decision) == decision_json(decision));
}

TEST_CASE("one call writes tables, figures, page and policy of a sweep", "[output]") {
  const Scratch scratch;
  const SweepInput input = read_sweep_data(data_in(scratch));
  const Decision decision = sweep_into(scratch, input.questions);

  for (const char* file :
       {"curve.csv", "controls.csv", "floors.json", "timing.json", "table1.md", "table1.csv",
        "curve.svg", "curve.png", "instruments.svg", "table1.svg", "report.html"}) {
    CHECK(std::filesystem::exists(scratch / ("run/" + std::string(file))));
  }
  const auto said = nlohmann::json::parse(content(scratch / "run/decision.json"));
  CHECK(said["cliff_layer"].get<int>() == reading_layer + 1);
  CHECK(said["text"].get<std::string>() == decision_text(decision));
  const PolicyFile policy = read_policy_file(scratch / "run/policy.json");
  CHECK(policy.policy == "drop-all");
  CHECK(policy.cut_layer == reading_layer + 1);
  CHECK(policy.note == decision_text(decision));
}

TEST_CASE("a folder without a cliff loses the policy of an earlier run", "[output]") {
  const Scratch scratch;
  const SweepInput input = read_sweep_data(data_in(scratch));
  Decision decision = sweep_into(scratch, input.questions);
  REQUIRE(std::filesystem::exists(scratch / "run/policy.json"));
  decision.cliff.status = CliffStatus::no_cliff;
  decision.cliff.cliff_layer.reset();
  write_sweep_folder(scratch / "run", decision, input.questions, {});
  CHECK_FALSE(std::filesystem::exists(scratch / "run/policy.json"));
}

TEST_CASE("run.json reads back the same", "[output]") {
  const Scratch scratch;
  const SweepRunFile file{.data = {.task = "pope",
                                   .files = {"a.json", "b.json"},
                                   .images = "pictures",
                                   .rule = "llava",
                                   .skip_bad = true,
                                   .limit = 7,
                                   .apply_exif = true},
                          .model = "m",
                          .policy = "top-k:8",
                          .margin = 0.02,
                          .manner = {"template", "at", "renumber", "infoflow sweep"},
                          .latency = Latency{3, 0.5, 0.25}};
  write_run_file(scratch.path(), file);
  CHECK(run_json(read_run_file(scratch.path())) == run_json(file));
  CHECK_THROWS_WITH(read_run_file(scratch / "nothing"),
                    ContainsSubstring("this is no folder of a sweep"));
}

TEST_CASE("a run.json whose fields are of other types is refused by file and field", "[output]") {
  const Scratch scratch;
  const nlohmann::json right =
      run_json({.data = {.task = "pope", .files = {"a.json"}, .images = "pictures"}, .model = "m"});
  const auto refused = [&](const std::string& key, const nlohmann::json& value) {
    nlohmann::json lying = right;
    lying[key] = value;
    std::ofstream(scratch / "run.json") << lying;
    CAPTURE(key);
    CHECK_THROWS_WITH(read_run_file(scratch.path()),
                      ContainsSubstring("\"" + key + "\"") && ContainsSubstring("run.json"));
  };
  refused("data", {5});
  refused("data", "a.json");
  refused("limit", -1);
  refused("limit", 2.5);
  refused("skip_bad", "yes");
  refused("margin", nullptr);
  refused("latency", 3);
  refused("model", nlohmann::json::object());
}

TEST_CASE("data whose pictures are gone or outside are refused by row", "[output]") {
  const Scratch scratch;
  SweepData data = data_in(scratch);
  std::filesystem::remove(scratch / "pictures/3.png");
  CHECK_THROWS_WITH(read_sweep_data(data), ContainsSubstring("there is no picture \"3.png\"") &&
                                               ContainsSubstring("red.jsonl:4"));
  data.skip_bad = true;
  const SweepInput input = read_sweep_data(data);
  CHECK(input.questions.bad_pictures().size() == 1);
  CHECK(input.questions.order().size() == count - 1);
  CHECK_THROWS_WITH(path_inside((scratch / "pictures").string(), "../red.jsonl", "row"),
                    ContainsSubstring("lies outside"));
}
