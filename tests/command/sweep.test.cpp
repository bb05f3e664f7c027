// SPDX-License-Identifier: MIT
// infoflow sweep and report on the small trained model and the questions that ship with it.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include <catch_compat.hpp>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// A short sweep: three cuts and one control.
std::vector<std::string> sweep(const std::string& output, const std::vector<std::string>& more) {
  return sweep_of(tiny + "/yesno.jsonl", output, more);
}

/// Runs the command and sends it a signal after so long. Its status as waitpid gives it.
int status_after(const std::vector<std::string>& words, std::chrono::milliseconds delay,
                 int signal) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("OMP_NUM_THREADS", "1", 1);
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, 1);
    dup2(nothing, 2);
    std::vector<char*> arguments{const_cast<char*>(INFOFLOW_COMMAND)};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(INFOFLOW_COMMAND, arguments.data());
    _exit(127);
  }
  int status = 0;
  const auto until = std::chrono::steady_clock::now() + delay;
  while (std::chrono::steady_clock::now() < until) {
    if (waitpid(child, &status, WNOHANG) == child) return status;
    usleep(2000);
  }
  kill(child, signal);
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a sweep writes one row per cut, the cliff's decision and a page", "[command][sweep]") {
  const Scratch folder;
  const Outcome outcome = run_command(sweep(folder.path().string(), {"--limit", "24"}));
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("n = 24"));

  const auto curve = lines_of(content(folder / "curve.csv"));
  REQUIRE(curve.size() == 4);  // A head and the cuts 0, 4 and L = 8.
  CHECK_THAT(curve[0], StartsWith("cut_layer,n,metric,low,high,agreement,kl,kl_first,flops,"
                                  "kv_bytes,seconds"));
  CHECK_THAT(curve[1], StartsWith("0,24,"));
  CHECK_THAT(curve[2], StartsWith("4,24,"));
  CHECK_THAT(curve[3], StartsWith("8,24,"));
  CHECK_THAT(content(folder / "controls.csv"), ContainsSubstring("uniform:16,4,24,"));
  CHECK_THAT(content(folder / "controls.csv"), ContainsSubstring("no-image,8,24,"));
  CHECK_THAT(content(folder / "controls.csv"), ContainsSubstring("other-image,8,24,"));

  const auto decision = nlohmann::json::parse(content(folder / "decision.json"));
  CHECK(decision["n"] == 24);
  CHECK(decision["status"] == "not enough items");
  CHECK(decision["images_needed"] == 381);
  CHECK(decision["effective_images"] <= decision["images"]);
  CHECK_THAT(decision["text"].get<std::string>(), ContainsSubstring("too few pictures"));
  CHECK(decision["cliff_layer"].is_null());
  const auto floors = nlohmann::json::parse(content(folder / "floors.json"));
  CHECK(floors["untouched"]["agreement"] == 1.0);
  CHECK(floors["untouched"]["kl"] == 0.0);
  CHECK(floors["gap"]["cut_layer"] == 0);
  for (const char* file : {"curve.svg", "curve.png", "instruments.svg", "table1.md", "table1.csv",
                           "timing.json", "report.html", "run.json", "journal.jsonl"}) {
    CAPTURE(file);
    CHECK(std::filesystem::exists(folder / file));
  }
  CHECK(std::filesystem::file_size(folder / "report.html") < 5'000'000);
}

TEST_CASE("shards, merged, give what one run gives", "[command][sweep]") {
  const Scratch whole;
  const Scratch parts;
  const Scratch merged;
  REQUIRE(run_command(sweep(whole.path().string(), {"--limit", "24"})).exit_code == 0);
  std::vector<std::string> merge{"sweep", "--output", merged.path().string(), "--merge"};
  for (const std::string number : {"1", "2", "3"}) {
    const std::string shard = (parts / number).string();
    const Outcome part = run_command(sweep(shard, {"--limit", "24", "--shard", number + "/3"}));
    CAPTURE(part.error);
    REQUIRE(part.exit_code == 0);
    merge.push_back(shard);
  }
  const Outcome outcome = run_command(merge);
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);

  CHECK(results(whole / "journal.jsonl") == results(merged / "journal.jsonl"));
  CHECK(lines_of(content(whole / "curve.csv")).size() ==
        lines_of(content(merged / "curve.csv")).size());
  merge.pop_back();
  merge[2] = (merged / "incomplete").string();
  const Outcome missing = run_command(merge);
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.error, ContainsSubstring("stand in none of the journals"));
}

TEST_CASE("a sweep that is killed at random moments and resumed loses and doubles nothing",
          "[command][sweep][kill]") {
  const Scratch whole;
  const Scratch killed;
  const std::vector<std::string> limit{"--limit", "40"};
  REQUIRE(run_command(sweep(whole.path().string(), limit)).exit_code == 0);

  std::mt19937 random(7);  // The moments differ from machine to machine anyway.
  const auto command = sweep(killed.path().string(), {"--limit", "40", "--resume"});
  int kills = 0;
  while (kills < 12 && WIFSIGNALED(status_after(
                           command, std::chrono::milliseconds(150 + random() % 1200), SIGKILL))) {
    ++kills;
  }
  CAPTURE(kills);
  REQUIRE(kills > 0);
  const Outcome outcome = run_command(command);
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  const auto a = results(whole / "journal.jsonl");
  const auto b = results(killed / "journal.jsonl");
  CHECK(a.size() == 40);
  CHECK(b.size() == 40);
  CHECK(a == b);  // To the last bit, however often it was interrupted.
  CHECK(lines_of(content(whole / "curve.csv")).size() ==
        lines_of(content(killed / "curve.csv")).size());
}

TEST_CASE("every benchmark runs through a sweep, text-only questions and captions included",
          "[command][sweep]") {
  const Scratch folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  };
  /// The decision of a sweep of two items with a picture.
  const auto decision_of = [&](const std::string& task, const std::string& images,
                               const std::vector<std::string>& files) {
    const Outcome outcome =
        run_command(words({"sweep", "--model", tiny + "/checkpoint", "--task", task, "--images",
                           images, "--layers", "4", "--control", "uniform:16", "--max-new-tokens",
                           "8", "--output", (folder / task).string(), "--data"},
                          files));
    CAPTURE(task, outcome.error);
    REQUIRE(outcome.exit_code == 0);
    CHECK(lines_of(content(folder / task / "curve.csv")).size() == 4);
    const auto decision = nlohmann::json::parse(content(folder / task / "decision.json"));
    CHECK(decision["n"] == 2);
    return decision;
  };

  const std::string labels = write(
      "coco_pope_random.json",
      R"({"question_id": 1, "image": "000.png", "text": "Is there a circle in the image?", "label": "yes"})"
      "\n"
      R"({"question_id": 2, "image": "001.png", "text": "Is there a star in the image?", "label": "no"})"
      "\n");
  CHECK(decision_of("pope", tiny + "/pictures", {labels})["metric"] == "accuracy");

  const auto problem = [](const std::string& image) {
    return R"({"question": "Which?", "choices": ["red", "blue"], "answer": 0, "hint": "", "split": "test", "image": )" +
           image + "}";
  };
  // The benchmark's pictures lie in folders named by the problem.
  std::filesystem::create_directories(folder / "sqa/1");
  std::filesystem::create_directories(folder / "sqa/2");
  for (const std::string id : {"1", "2"}) {
    std::filesystem::copy(tiny + "/pictures/00" + id + ".png", folder / "sqa" / id / "image.png");
  }
  const std::string problems =
      write("problems.json", R"({"1": )" + problem(R"("image.png")") + R"(, "2": )" +
                                 problem(R"("image.png")") + R"(, "3": )" + problem("null") + "}");
  const std::string splits = write("pid_splits.json", R"({"test": ["1", "2", "3"]})");
  CHECK(decision_of("scienceqa", (folder / "sqa").string(),
                    {problems, splits})["items_without_image"] == 1);

  const std::string ten = R"(["a","a","a","a","a","a","a","a","a","b"])";
  std::filesystem::copy(tiny + "/pictures/000.png", folder / "000.jpg");
  std::filesystem::copy(tiny + "/pictures/001.png", folder / "001.jpg");
  const std::string annotations = write(
      "textvqa.json",
      R"({"data": [{"question_id": 1, "image_id": "000", "question": "what?", "answers": )" + ten +
          R"(}, {"question_id": 2, "image_id": "001", "question": "what?", "answers": )" + ten +
          "}]}");
  (void)decision_of("textvqa", folder.path().string(), {annotations});

  std::filesystem::create_directories(folder / "coco");
  for (const std::string name :
       {"COCO_val2014_000000000001.jpg", "COCO_val2014_000000000002.jpg"}) {
    std::filesystem::copy(tiny + "/pictures/000.png", folder / "coco" / name);
  }
  const std::string objects =
      write("objects.jsonl", "{\"categories\": [\"cat\", \"dog\"]}\n[1, 0]\n[2, 1]\n");
  CHECK(decision_of("chair", (folder / "coco").string(), {objects})["metric"] == "chair_s");
  CHECK_THAT(content(folder / "chair/curve.csv"), ContainsSubstring("chair_i,recall,length"));
}

TEST_CASE("a journal of another run is refused in one line that says what differs",
          "[command][sweep][errors]") {
  const Scratch folder;
  const std::string output = folder.path().string();
  REQUIRE(run_command(sweep(output, {"--limit", "6"})).exit_code == 0);

  const Outcome again = run_command(sweep(output, {"--limit", "6"}));
  CHECK(again.exit_code == 1);
  CHECK_THAT(again.error, ContainsSubstring("use --resume or another folder"));
  const Outcome other = run_command(sweep(output, {"--limit", "6", "--resume", "--seed", "5"}));
  CHECK(other.exit_code == 1);
  CHECK_THAT(other.error, ContainsSubstring("another run"));
  CHECK_THAT(other.error, ContainsSubstring("seed"));
  CHECK(lines_of(other.error).size() == 1);

  // How a CPU multiplies half precision changes numbers, and no journal holds two ways.
  const std::string half = (folder / "half").string();
  const auto by = [&](const std::string& way, std::vector<std::string> more) {
    more.insert(more.end(), {"--limit", "2", "--dtype", "bfloat16", "--half-products", way});
    return run_command(sweep(half, more));
  };
  REQUIRE(by("native", {}).exit_code == 0);
  const Outcome widened = by("widened", {"--resume"});
  CHECK(widened.exit_code == 1);
  CHECK_THAT(widened.error,
             ContainsSubstring("half_products (\"native\" there, \"widened\" here)"));

  // The same question, but another second answer would be right.
  for (const std::string second : {"Yeah", "No"}) {
    std::ofstream(folder / "data.jsonl")
        << R"({"image": "pictures/000.png", "question": "Is there a circle in the image?", )"
        << R"("answers": ["Yes", ")" << second << "\"]}\n";
    const Outcome outcome = run_command({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa",
                                         "--data", (folder / "data.jsonl").string(), "--images",
                                         tiny, "--layers", "4", "--control", "uniform:16",
                                         "--resume", "--output", (folder / "answers").string()});
    CAPTURE(outcome.error);
    CHECK(outcome.exit_code == (second == "No" ? 1 : 0));
    if (second == "No") CHECK_THAT(outcome.error, ContainsSubstring("another run: data"));
  }
}

TEST_CASE("bad rows are named by file and line, and left out only if that is asked for",
          "[command][sweep][errors]") {
  const Scratch folder;
  const std::string data = (folder / "data.jsonl").string();
  std::ofstream(data)
      << R"({"image": "pictures/000.png", "question": "Is there a circle in the image?", "answer": "Yes"})"
      << "\n{\"image\": \"pictures/000.png\"\n"
      << R"({"image": "../../../etc/passwd", "question": "q", "answer": "Yes"})" << "\n"
      << R"({"image": "pictures/none.png", "question": "q", "answer": "Yes"})" << "\n";
  const std::vector<std::string> run{
      "sweep",    "--model", tiny + "/checkpoint", "--task", "vqa",       "--data",    data,
      "--images", tiny,      "--layers",           "4",      "--control", "uniform:16"};
  const Outcome refused = run_command(words(run, {"--output", (folder / "refused").string()}));
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.error, ContainsSubstring("data.jsonl:2"));
  CHECK(lines_of(refused.error).size() == 1);

  const Outcome skipped =
      run_command(words(run, {"--skip-bad", "--output", (folder / "skipped").string()}));
  CAPTURE(skipped.error);
  CHECK(skipped.exit_code == 0);
  CHECK_THAT(skipped.error, ContainsSubstring("data.jsonl:2"));
  CHECK_THAT(skipped.error, ContainsSubstring("lies outside"));
  CHECK_THAT(skipped.error, ContainsSubstring("none.png"));
}

TEST_CASE("a broken picture costs its own items, not those whose control it would be",
          "[command][sweep][errors]") {
  const Scratch folder;
  std::filesystem::create_directory(folder / "pictures");
  for (const std::string name : {"000.png", "001.png"}) {
    std::filesystem::copy_file(tiny + "/pictures/" + name, folder / "pictures" / name);
  }
  std::ofstream(folder / "pictures/broken.png") << "no picture";
  std::ofstream data(folder / "data.jsonl");
  for (const std::string name : {"000", "broken", "001"}) {
    data << R"({"id": ")" << name << R"(", "image": "pictures/)" << name
         << R"(.png", "question": "Is there a circle in the image?", "answer": "Yes"})" << "\n";
  }
  data.close();
  const std::vector<std::string> run{"sweep",
                                     "--model",
                                     tiny + "/checkpoint",
                                     "--task",
                                     "vqa",
                                     "--data",
                                     (folder / "data.jsonl").string(),
                                     "--images",
                                     folder.path().string(),
                                     "--layers",
                                     "4",
                                     "--control",
                                     "uniform:16",
                                     "--skip-bad"};

  const Outcome outcome = run_command(words(run, {"--output", (folder / "one").string()}));
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.error, ContainsSubstring("data.jsonl:2") && ContainsSubstring("broken.png"));
  const auto items = results(folder / "one/journal.jsonl");
  CHECK(items.size() == 2);
  for (const std::string name : {"000", "001"}) {
    REQUIRE(items.contains(name));
    CHECK_THAT(items.at(name), ContainsSubstring("other-image"));
  }

  std::vector<std::string> merge{"sweep", "--output", (folder / "merged").string(), "--merge"};
  for (const std::string number : {"1", "2", "3"}) {  // More shards than pictures: one is empty.
    merge.push_back((folder / number).string());
    const Outcome part =
        run_command(words(run, {"--shard", number + "/3", "--output", merge.back()}));
    CAPTURE(part.error);
    CHECK(part.exit_code == 0);
  }
  const Outcome merged = run_command(merge);
  CAPTURE(merged.error);
  CHECK(merged.exit_code == 0);
}

TEST_CASE("data without any picture are refused, since nothing can be cut",
          "[command][sweep][errors]") {
  const Scratch folder;
  std::ofstream(folder / "data.jsonl") << R"({"question": "Is there a circle?", "answer": "Yes"})";
  const Outcome outcome = run_command({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa",
                                       "--data", (folder / "data.jsonl").string(), "--images", tiny,
                                       "--output", (folder / "out").string()});
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.error, ContainsSubstring("has a picture that could be cut"));
  CHECK(lines_of(outcome.error).size() == 1);
}

TEST_CASE("a broken picture is named before the first item is asked, and mending it is enough",
          "[command][sweep][errors]") {
  const Scratch folder;
  const std::string good = content(tiny + "/pictures/001.png");
  std::ofstream(folder / "a.png", std::ios::binary) << content(tiny + "/pictures/000.png");
  std::ofstream(folder / "b.png", std::ios::binary) << good.substr(0, good.size() / 2);
  const std::string data = (folder / "data.jsonl").string();
  std::ofstream(data)
      << R"({"image": "a.png", "question": "Is there a circle in the image?", "answer": "Yes"})"
      << "\n"
      << R"({"image": "b.png", "question": "Is there a circle in the image?", "answer": "No"})"
      << "\n";
  const std::vector<std::string> run{
      "sweep",      "--model",  tiny + "/checkpoint",     "--task",   "vqa", "--data",
      data,         "--images", folder.path().string(),   "--layers", "4",   "--control",
      "uniform:16", "--output", (folder / "out").string()};
  const Outcome refused = run_command(run);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.error, ContainsSubstring("data.jsonl:2, picture b.png"));
  CHECK(lines_of(refused.error).size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "out/journal.jsonl"));

  std::ofstream(folder / "b.png", std::ios::binary) << good;
  const Outcome mended = run_command(run);
  CAPTURE(mended.error);
  CHECK(mended.exit_code == 0);
}

TEST_CASE("options that make no sense are refused before a model is loaded or an item asked",
          "[command][sweep][errors]") {
  const Scratch folder;
  const auto fails = [&](const std::vector<std::string>& more, const std::string& says) {
    const Outcome outcome = run_command(
        words({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa", "--data",
               tiny + "/yesno.jsonl", "--images", tiny, "--output", (folder / "out").string()},
              more));
    CAPTURE(outcome.error);
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.error, ContainsSubstring(says));
    CHECK(lines_of(outcome.error).size() == 1);
  };
  fails({"--policy", "drop-some"}, "known are drop-all");
  fails({"--layers", "3,12"}, "layer 12 of 8");
  fails({"--shard", "3/2"}, "no such part");
  fails({"--policy", "pyramid:2=0.5"}, "give it as --control");
  fails({"--control", "pyramid:4=0.5,40=0.25"}, "layer 40 of 8");
  fails({"--rule", "nothing"}, "rule");
}

TEST_CASE("analyze and sweep accept a decision's policy file", "[command][sweep][analyze]") {
  const Scratch folder;
  const auto policy = [&](int layer) {
    const std::string path = (folder / ("policy" + std::to_string(layer) + ".json")).string();
    std::ofstream(path) << R"({"policy": "drop-all", "cut_layer": )" << layer << "}";
    return path;
  };
  const auto analyzed = [&](int layer) {
    const std::string output = (folder / ("analyzed" + std::to_string(layer))).string();
    const Outcome outcome =
        run_command({"analyze", "--model", tiny + "/checkpoint", "--image",
                     tiny + "/pictures/000.png", "--question", "What color is the triangle?",
                     "--cam-samples", "0", "--policy-file", policy(layer), "--output", output});
    CAPTURE(outcome.error);
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(content(output + "/flow.json"), ContainsSubstring("\"cut\""));
    return outcome.out;
  };
  // The last layer's cut moves nothing that the small model says; without the image it is blind.
  CHECK_THAT(analyzed(8),
             ContainsSubstring("from layer 8: purple, the same tokens, KL 0.0000 nats, "
                               "64 image tokens left"));
  CHECK_THAT(analyzed(0), ContainsSubstring("another answer"));

  const Outcome swept = run_command({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa",
                                     "--data", tiny + "/yesno.jsonl", "--images", tiny, "--limit",
                                     "8", "--control", "uniform:16", "--policy-file", policy(3),
                                     "--output", (folder / "swept").string()});
  CAPTURE(swept.error);
  REQUIRE(swept.exit_code == 0);
  const auto curve = lines_of(content(folder / "swept/curve.csv"));
  REQUIRE(curve.size() == 4);
  CHECK_THAT(curve[2], StartsWith("3,8,"));

  std::ofstream(folder / "bad.json") << R"({"policy": "drop-all", "cut_layer": "deep"})";
  const Outcome bad =
      run_command({"analyze", "--model", tiny + "/checkpoint", "--image",
                   tiny + "/pictures/000.png", "--question", "q", "--policy-file",
                   (folder / "bad.json").string(), "--output", (folder / "out").string()});
  CHECK(bad.exit_code == 1);
  CHECK_THAT(bad.error, ContainsSubstring("\"cut_layer\" is \"deep\""));
}

TEST_CASE("a report joins sweeps on one page with Table 1 and the claims", "[command][report]") {
  const Scratch folder;
  const auto part = [&](const std::string& name) { return (folder / name).string(); };
  for (const std::string set : {"short", "yesno"}) {
    const Outcome outcome =
        run_command({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa", "--data",
                     tiny + "/" + set + ".jsonl", "--images", tiny, "--layers", "4", "--control",
                     "uniform:16", "--limit", "16", "--output", part(set)});
    CAPTURE(outcome.error);
    REQUIRE(outcome.exit_code == 0);
  }
  const Outcome outcome =
      run_command({"report", part("short"), part("yesno"), "--output", part("all")});
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("| model | data set |"));
  const std::string claims = content(folder / "all/claims.md");
  CHECK_THAT(claims, ContainsSubstring("not testable here"));
  // Sixteen items on a few pictures decide nothing, and a mean over them has no interval.
  CHECK_THAT(claims, ContainsSubstring("| verdict | with all others |"));
  CHECK_THAT(claims, ContainsSubstring("is to be at most 5 % (Holm)"));
  CHECK_THAT(claims, ContainsSubstring("too few pictures for an interval: they weigh as much as"));
  CHECK_THAT(claims, ContainsSubstring("only 2 cuts run"));
  CHECK_THAT(claims, !ContainsSubstring("**held"));
  CHECK(std::filesystem::exists(folder / "all/tasks.svg"));
  CHECK_THAT(content(folder / "all/report.html"), ContainsSubstring("<svg"));

  // Two models that were asked the same questions are held against each other, whatever their tasks
  // are called on a page of several models.
  const Outcome other =
      run_command({"sweep", "--model", tiny + "/../tiny_internvl/checkpoint", "--task", "vqa",
                   "--data", tiny + "/yesno.jsonl", "--images", tiny, "--layers", "4", "--control",
                   "uniform:16", "--limit", "16", "--output", part("other")});
  CAPTURE(other.error);
  REQUIRE(other.exit_code == 0);
  REQUIRE(
      run_command({"report", part("yesno"), part("other"), "--output", part("both")}).exit_code ==
      0);
  CHECK_THAT(content(folder / "both/claims.md"),
             ContainsSubstring("on the same questions, yesno (n = 16)"));

  const Outcome nothing = run_command({"report", part("none"), "--output", part("all")});
  CHECK(nothing.exit_code == 1);
  CHECK_THAT(nothing.error, ContainsSubstring("no folder of a sweep"));
}
