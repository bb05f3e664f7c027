// SPDX-License-Identifier: MIT
// The verbs sweep and decide on a toy whose reading layer is known.
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>

#include <infoflow/benchmarks/vqa/vqa.hpp>
#include <infoflow/sweep/decision_text.hpp>
#include <infoflow/sweep/sweep.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/observer.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using io_test::content;
using io_test::Scratch;

namespace {
using laws::Toy;

constexpr int reading_layer = 1;

Toy planted() {
  return Toy(toy::planted_reader(4, reading_layer));
}

/// A red picture for every even item, a blue one for every odd.
RgbImage picture(const std::string& name, const std::string&) {
  RgbImage image(6, 4);
  const bool red = std::stoi(name) % 2 == 0;
  for (std::size_t i = 0; i < image.values.size(); i += 3) image.values[i + (red ? 0 : 2)] = 255;
  return image;
}

/// "red?" of so many pictures, and one question without a picture.
SweepQuestions questions(int count, BadItems bad = {}) {
  Benchmark benchmark;
  benchmark.task = "vqa";
  benchmark.rule = "plain";
  benchmark.metric = summary_of(Vqa{});
  benchmark.metric.per_item_binary = true;
  for (int i = 0; i <= count; ++i) {
    BenchmarkItem item;
    item.id = "q" + std::to_string(i);
    item.where = "data:" + std::to_string(i + 1);
    if (i < count) item.image = std::to_string(i);
    item.question = "red?";
    const VqaReference right{{i % 2 == 0 && i < count ? "yes" : "no"}, {}};
    item.score = [right](std::string_view answer) {
      const JudgedAnswer judged = Vqa().judge(answer, right);
      return ScoredAnswer{{judged.score, 1}, judged.parsed, judged.score};
    };
    benchmark.items.push_back(std::move(item));
  }
  return SweepQuestions(std::move(benchmark), picture, "made up", std::move(bad));
}

SweepJournal journal(const Scratch& scratch, const SweepPlan& plan, const SweepQuestions& asked,
                     const std::string& name = "journal.jsonl") {
  return {.path = scratch / name, .header = sweep_header("toy planted", plan, asked)};
}

/// Without the only thing that differs from run to run.
std::vector<std::string> lines(std::vector<ItemOutcome> items) {
  std::vector<std::string> lines;
  for (ItemOutcome& item : items) {
    for (RunOutcome& run : item.runs) run.seconds = 0;
    lines.push_back(outcome_line(item));
  }
  return lines;
}
}  // namespace

TEST_CASE("a sweep of a stranger's adapter finds the layer that reads", "[sweep]") {
  const Toy adapter = planted();
  const SweepQuestions asked = questions(120);
  const SweepPlan plan = plan_sweep({.controls = {"top-k:2"}}, adapter.layer_count());
  const Scratch scratch;

  const OrderedOutcomes outcomes = sweep(adapter, asked, plan, journal(scratch, plan, asked));

  REQUIRE(outcomes.items.size() == 121);
  CHECK(outcomes.items[0].runs.size() == plan.runs.size() + 2);  // no-image and other-image
  CHECK(outcomes.items[0].image_share.size() == 4);
  CHECK(outcomes.items[0].cam_mass.size() == 4);
  CHECK(outcomes.items[120].runs.size() == 1);
  const std::string text = content(scratch / "journal.jsonl");
  CHECK(std::count(text.begin(), text.end(), '\n') == 122);  // the header, and a line per item

  const Decision decision =
      decide(outcomes.items, asked.benchmark(), {"toy", "red?", plan.policy, 0.05});
  CHECK(decision.cliff.status == CliffStatus::found);
  CHECK(decision.cliff.cliff_layer == reading_layer + 1);
  CHECK_THAT(decision_text(decision), StartsWith("drop all image tokens from layer 2: red? "));
  // Nobody told how large the decoder is.
  CHECK_THAT(decision_text(decision), ContainsSubstring("costs not known"));
}

TEST_CASE("a sweep that was stopped goes on and ends as one that was not", "[sweep]") {
  const Toy adapter(laws::toy_weights());
  const SweepQuestions asked = questions(5);
  const SweepPlan plan = plan_sweep({}, adapter.layer_count());
  const Scratch scratch;
  SweepJournal in_parts = journal(scratch, plan, asked, "parts.jsonl");
  AdapterSweeper<Toy> sweeper(adapter, question_wording(adapter, 3));

  {
    SweepRun run(sweeper, plan, asked, in_parts);
    int told = 0;
    CHECK_FALSE(run.ask([&](int done, int, const std::string&) { told = done; },
                        [&] { return told == 2; }));
    CHECK(run.finished_items() == 2);
  }
  CHECK_THROWS_WITH(SweepRun(sweeper, plan, asked, in_parts),
                    ContainsSubstring("a journal is here already"));
  in_parts.resume = true;
  SweepRun rest(sweeper, plan, asked, in_parts);
  CHECK(rest.ask());

  const OrderedOutcomes whole =
      sweep(adapter, asked, plan, journal(scratch, plan, asked), question_wording(adapter, 3));
  CHECK(lines(rest.outcomes().items) == lines(whole.items));
  const std::vector<std::filesystem::path> journals{in_parts.path};
  const FinishedSweep read = read_finished(journals, "toy", plan.policy, asked);
  CHECK(lines(read.outcomes.items) == lines(whole.items));
  CHECK_THROWS_WITH(read_finished(journals, "another", plan.policy, asked),
                    ContainsSubstring("the journal is of another model"));
}

TEST_CASE("questions are put as the wording says", "[sweep]") {
  const Toy adapter(laws::toy_weights());
  const SweepQuestions asked = questions(2);
  const SweepPlan plan = plan_sweep({.layers = "0"}, adapter.layer_count());
  const Scratch scratch;
  std::vector<std::string> put;
  SweepWording wording = question_wording(adapter, 2);
  wording.prompt = [&](const BenchmarkItem& item, std::size_t images) {
    put.push_back((images > 0 ? "<image>" : "") + item.id);
    return put.back();
  };

  (void)sweep(adapter, asked, plan, journal(scratch, plan, asked), wording);

  CHECK(std::count(put.begin(), put.end(), "<image>q0") ==
        4);  // checked, asked; as itself, with q1's
  CHECK(std::count(put.begin(), put.end(), "q2") == 2);
}

TEST_CASE("items that cannot be asked end a sweep before it begins, or are journalled", "[sweep]") {
  const Toy adapter(laws::toy_weights());
  const SweepQuestions asked = questions(3, {{1, "a broken picture"}});
  const SweepPlan plan = plan_sweep({.layers = "0"}, adapter.layer_count());
  const Scratch scratch;
  SweepWording wording = question_wording(adapter, 2);
  wording.prompt = [](const BenchmarkItem& item, std::size_t) -> std::string {
    if (item.id == "q2") throw Error("no words", "", "use others");
    return item.question;
  };

  SweepJournal written = journal(scratch, plan, asked);
  CHECK_THROWS_WITH(sweep(adapter, asked, plan, written, wording),
                    "no words (data:3); use others, or leave such rows out by --skip-bad");
  written.skip_bad = true;
  const OrderedOutcomes outcomes = sweep(adapter, asked, plan, written, wording);
  CHECK(outcomes.items.size() == 2);
  REQUIRE(outcomes.skipped.size() == 2);
  CHECK(skipped_rows(asked, outcomes.skipped)[0] == "item q1: a broken picture");
}

TEST_CASE("a deaf adapter ends its sweep by name, with what was finished kept", "[sweep][deaf]") {
  const laws::SkipsLayer1 adapter(laws::toy_weights());
  const SweepQuestions asked = questions(2);
  const SweepPlan plan = plan_sweep({.layers = "0"}, adapter.layer_count());
  const Scratch scratch;

  const auto refused =
      laws::refusal([&] { (void)sweep(adapter, asked, plan, journal(scratch, plan, asked)); });

  CHECK_THAT(refused, StartsWith("the adapter never showed the attention of layer 1"));
  CHECK_THAT(refused, ContainsSubstring("0 finished items are kept"));
}
