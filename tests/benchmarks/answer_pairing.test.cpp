// SPDX-License-Identifier: MIT
// Which answer belongs to which question, for every task and every form of an answer file.
#include <algorithm>
#include <functional>
#include <random>

#include <catch_compat.hpp>
#include <nlohmann/json.hpp>

#include "benchmark_support.hpp"

using namespace benchmark_test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

std::string coco(int number) {
  const std::string digits = std::to_string(number);
  return "COCO_val2014_" + std::string(12 - digits.size(), '0') + digits + ".jpg";
}

/// A data set of three questions, two of them about one picture (CHAIR has a picture for each), and
/// how a row of right answers names each of them.
struct Task {
  std::string name;
  std::function<Benchmark(const Scratch&)> read;
  std::vector<json> ids;       ///< Fields that hold an id.
  std::vector<json> pictures;  ///< Fields that hold a picture, and the question where it needs one.
  std::vector<std::string> answers;
  std::size_t metric = 0;  ///< Which value tells whether pairs are right,
  double right = 1;        ///< and what it is then.
};

std::vector<std::string> lines(const std::vector<json>& rows) {
  std::vector<std::string> dumped;
  for (const json& row : rows) dumped.push_back(row.dump());
  return dumped;
}

Task pope() {
  Task task{"pope", {}, {}, {}, {"yes", "no", "no"}};
  task.read = [](const Scratch& folder) {
    const auto label = [](int id, const std::string& image, const char* thing, const char* answer) {
      return json{{"question_id", id},
                  {"image", image},
                  {"text", std::string("Is there a ") + thing + " in the image?"},
                  {"label", answer}};
    };
    return read_pope(
        {written(folder, "coco_pope_random.json",
                 lines({label(1, coco(42), "cup", "yes"), label(2, coco(42), "cat", "no"),
                        label(3, coco(73), "cup", "no")}))});
  };
  for (int id = 1; id <= 3; ++id) task.ids.push_back({{"question_id", id}});
  task.pictures = {{{"image", coco(42)}, {"question", "is there a cup in the image?"}},
                   {{"image", coco(42)}, {"question", "is there a cat in the imange?"}},
                   {{"image", coco(73)}, {"question", "is there a cup in the image?"}}};
  return task;
}

Task own() {
  Task task{"vqa", {}, {}, {}, {"red", "blue", "two"}};
  task.read = [](const Scratch& folder) {
    return read_vqa({written(
        folder, "own.jsonl",
        lines({{{"id", "a"}, {"image", "x/1.png"}, {"question", "Which?"}, {"answer", "red"}},
               {{"id", "b"}, {"image", "x/1.png"}, {"question", "What?"}, {"answer", "blue"}},
               {{"id", "c"}, {"image", "y/1.png"}, {"question", "Which?"}, {"answer", "two"}}}))});
  };
  for (const char* id : {"a", "b", "c"}) task.ids.push_back({{"id", id}});
  task.pictures = {{{"image", "data/x/1.png"}, {"prompt", "<image>\nWhich?\nBe brief."}},
                   {{"image", "x/1.png"}, {"prompt", "What?"}},
                   {{"image", "y/1"}, {"prompt", "Which?"}}};
  return task;
}

Task science_qa() {
  Task task{"scienceqa", {}, {}, {}, {"A", "B", "A"}};
  task.read = [](const Scratch& folder) {
    const auto problem = [](const char* question, int answer) {
      return json{{"question", question},
                  {"choices", {"x", "y"}},
                  {"answer", answer},
                  {"image", "image.png"}};
    };
    return read_science_qa({written(
        folder, "problems.json",
        {json{{"4", problem("Which?", 0)}, {"5", problem("What?", 1)}, {"16", problem("Which?", 0)}}
             .dump()})});
  };
  for (const char* id : {"4", "5", "16"}) task.ids.push_back({{"question_id", id}});
  task.pictures = {{{"image", "4/image.png"}, {"prompt", "<image>\nWhich?\nA. x\nB. y"}},
                   {{"image", "test/5/image.png"}, {"prompt", "What?"}},
                   {{"image", "16/image.png"}, {"prompt", "Which?"}}};
  return task;
}

Task text_vqa() {
  Task task{"textvqa", {}, {}, {}, {"red", "blue", "two"}};
  task.read = [](const Scratch& folder) {
    const auto entry = [](int id, const char* image, const char* question, const char* answer) {
      return json{{"question_id", id},
                  {"image_id", image},
                  {"question", question},
                  {"answers", std::vector<std::string>(10, answer)}};
    };
    return read_text_vqa({written(
        folder, "val.json",
        {json{{"data",
               {entry(34602, "0f3a", "which?", "red"), entry(34603, "0f3a", "what?", "blue"),
                entry(34604, "0017", "which?", "two")}}}
             .dump()})});
  };
  for (const int id : {34602, 34603, 34604}) task.ids.push_back({{"question_id", id}});
  const std::string tail = "\nReference OCR token: WHAT?, x\nAnswer the question.";
  task.pictures = {{{"question_id", "0f3a"}, {"prompt", "Which?" + tail}},
                   {{"image_id", "0f3a"}, {"prompt", "What?\nAnswer the question."}},
                   {{"image", "train_images/0017.jpg"}, {"prompt", "Which?"}}};
  return task;
}

Task chair() {
  Task task{"chair", {}, {}, {}, {"A dog.", "A cup.", "A cat."}, 0, 0};
  task.read = [](const Scratch& folder) {
    return read_chair(
        {written(folder, "objects.jsonl",
                 {R"({"categories": ["dog", "cup", "cat"]})", "[42,0]", "[73,1]", "[100042,2]"})});
  };
  task.ids = {{{"image_id", 42}}, {{"image_id", coco(73)}}, {{"image_id", "000000100042"}}};
  task.pictures = {{{"image", coco(42)}, {"question_id", 73}},
                   {{"file_name", "val2014/COCO_val2014_000000000073.jpg"}, {"id", 42}},
                   {{"image_id", "COCO_val2014_000000100042"}, {"question_id", 42}}};
  return task;
}

std::vector<Task> tasks() {
  return {pope(), own(), science_qa(), text_vqa(), chair()};
}

/// Rows that name their questions by `names`, in another order than the data, with right answers.
std::vector<json> rows_of(const Task& task, const std::vector<json>& names) {
  std::vector<json> rows;
  for (const std::size_t i : {2U, 0U, 1U}) {
    json row = names[i];
    row[task.name == "chair" ? "caption" : "text"] = task.answers[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

/// The same rows in each form of a file that can hold them.
std::vector<std::string> files_of(const Scratch& folder, const std::vector<json>& rows) {
  return {written(folder, "lines.jsonl", lines(rows)),
          written(folder, "list.json", {json(rows).dump(2)})};
}

void check_right(const Task& task, const std::string& file) {
  const Scratch folder;
  const AnswerScores scores = scored(task.read(folder), file);
  CAPTURE(task.name, file, io_test::content(file));
  CHECK(scores.all.values[task.metric].value == task.right);
  CHECK(scores.all.n == 3);
}

/// Both lines are named: that of the answer, and that of the question.
void check_contradiction(const Task& task, const std::vector<json>& rows,
                         const std::string& field) {
  const Scratch folder;
  const Benchmark data = task.read(folder);
  for (const std::string& file : files_of(folder, rows)) {
    const std::string said = refusal([&] { return scored(data, file); });
    CAPTURE(task.name, said, io_test::content(file));
    CHECK_THAT(said, ContainsSubstring("the answer's " + field));
    CHECK_THAT(said, ContainsSubstring(std::filesystem::path(file).filename().string()));
    const bool question_named = std::any_of(
        data.items.begin(), data.items.end(),
        [&](const BenchmarkItem& item) { return said.find(item.where) != std::string::npos; });
    CHECK(question_named);
  }
}

}  // namespace

TEST_CASE("ids, pictures, or both pair answers in any order, for every task",
          "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    const Scratch folder;
    for (const std::string& file : files_of(folder, rows_of(task, task.ids))) {
      check_right(task, file);
    }
    for (const std::string& file : files_of(folder, rows_of(task, task.pictures))) {
      check_right(task, file);
    }
    std::vector<json> both = task.pictures;
    for (std::size_t i = 0; i < 3; ++i) both[i].update(task.ids[i]);
    for (const std::string& file : files_of(folder, rows_of(task, both))) check_right(task, file);
  }
}

TEST_CASE("an object of ids and answers is a form of its own, for every task",
          "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    const Scratch folder;
    json map;
    json objects;
    for (std::size_t i = 0; i < 3; ++i) {
      const json& id = task.ids[i].front();
      const std::string key = id.is_string() ? id.get<std::string>() : id.dump();
      map[key] = task.answers[i];
      objects[key] = {{"answer", task.answers[i]}};
    }
    check_right(task, written(folder, "map.json", {map.dump(2)}));
    check_right(task, written(folder, "line.json", {map.dump()}));
    check_right(task, written(folder, "objects.json", {objects.dump(2)}));
    check_right(task, written(folder, "outputs.json", {json{{"outputs", map}}.dump()}));
  }
}

TEST_CASE("texts alone, as a list or as the lines of a .txt, go by place, for every task",
          "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    const Scratch folder;
    check_right(task, written(folder, "a.txt", task.answers));
    check_right(task, written(folder, "a.json", {json(task.answers).dump()}));
    std::vector<std::string> windows = task.answers;
    for (std::string& line : windows) line += "\r";
    check_right(task, written(folder, "windows.txt", windows));
  }
  const Scratch folder;
  const std::vector<AnswerRow> rows = read_answers(written(folder, "b.txt", {"yes", "", "no"}));
  REQUIRE(rows.size() == 3);  // An empty line is an empty answer.
  CHECK(rows[1].text.empty());
  CHECK(rows[2].where == (folder / "b.txt").string() + ":3");
}

TEST_CASE("an id with another picture or question is refused, for every task",
          "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    if (task.name == "chair") continue;
    std::vector<json> swapped = task.pictures;
    for (json& row : swapped) row.erase("question_id");
    std::swap(swapped[1], swapped[2]);
    std::vector<json> pictures;
    std::vector<json> questions;
    for (std::size_t i = 0; i < 3; ++i) {
      json picture = task.ids[i];
      json question = task.ids[i];
      for (const auto& [key, value] : swapped[i].items()) {
        (key == "question" || key == "prompt" ? question : picture)[key] = value;
      }
      pictures.push_back(picture);
      questions.push_back(question);
    }
    if (task.name != "textvqa") check_contradiction(task, rows_of(task, pictures), "picture");
    check_contradiction(task, rows_of(task, questions), "question");
  }
}

TEST_CASE("a caption with two pictures is refused, and question_id is only a number",
          "[benchmarks][pairing][chair]") {
  const Task task = chair();
  std::vector<json> two = task.ids;
  two[0]["image"] = coco(73);
  check_contradiction(task, rows_of(task, two), "picture");
  const Scratch folder;
  const std::string map = written(
      folder, "map.json", {R"({"imgToEval": {"42": {"image_id": 73, "caption": "A dog."}}})"});
  CHECK_THAT(refusal([&] { return read_answers(map); }), ContainsSubstring("names itself \"73\""));
  // A picture that is not among the data is not looked for under another number.
  const std::string other = written(folder, "other.jsonl",
                                    {R"({"image_id": 9, "question_id": 42, "caption": "A dog."})",
                                     R"({"image_id": 73, "caption": "A cup."})"});
  const AnswerScores scores = scored(task.read(folder), other);
  CHECK(scores.items[0].missing);
  REQUIRE(scores.notes.size() >= 1);
  CHECK_THAT(scores.notes[0], ContainsSubstring("1 answers belong to no question"));
}

TEST_CASE("answers by place may not contradict it, for every task", "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    if (task.name == "chair") continue;
    std::vector<json> questions(3);
    for (std::size_t i = 0; i < 3; ++i) {
      for (const char* key : {"question", "prompt"}) {
        if (task.pictures[i].contains(key)) questions[i][key] = task.pictures[i][key];
      }
    }
    // rows_of() gives another order than the data's: places are wrong.
    check_contradiction(task, rows_of(task, questions), "question");
  }
}

TEST_CASE("another category than the labels' is refused", "[benchmarks][pairing][pope]") {
  const Task task = pope();
  std::vector<json> rows = task.ids;
  for (json& row : rows) row["category"] = "popular";
  check_contradiction(task, rows_of(task, rows), "category");
  for (json& row : rows) row["category"] = "adversarial,random";  // As VLMEvalKit joins them.
  const Scratch folder;
  check_right(task, written(folder, "a.jsonl", lines(rows_of(task, rows))));
  for (json& row : rows) row["category"] = "default";  // As LLaVA's other files have it.
  check_right(task, written(folder, "b.jsonl", lines(rows_of(task, rows))));
}

TEST_CASE("two ids that name different questions are refused", "[benchmarks][pairing]") {
  const Task task = own();
  std::vector<json> rows = task.ids;
  for (json& row : rows) row["question_id"] = "a";
  rows[0]["question_id"] = "a";
  check_contradiction(task, rows_of(task, {rows[0], {{"id", "b"}, {"question_id", "c"}}, rows[2]}),
                      "id");
}

TEST_CASE("answers to more questions than the data have are left out with a note, for every task",
          "[benchmarks][pairing]") {
  for (const Task& task : tasks()) {
    const Scratch folder;
    std::vector<json> rows = rows_of(task, task.ids);
    for (const int id : {990001, 990002}) {
      json row = rows[0];
      row[task.ids[0].begin().key()] = id;
      rows.push_back(row);
    }
    const AnswerScores scores = scored(task.read(folder), written(folder, "a.jsonl", lines(rows)));
    CAPTURE(task.name);
    CHECK(scores.all.values[task.metric].value == task.right);
    REQUIRE(scores.notes.size() == 1);
    CHECK(scores.notes[0] == "2 answers belong to no question of the data and are left out");
  }
}

TEST_CASE("padded ids are ids, but never where both spellings are in the data",
          "[benchmarks][pairing]") {
  const Scratch folder;
  const auto own_data = [&](const std::vector<std::string>& ids) {
    std::vector<json> rows;
    for (const std::string& id : ids) {
      rows.push_back({{"id", id}, {"question", "?"}, {"answer", "x"}});
    }
    return read_vqa({written(folder, "own.jsonl", lines(rows))});
  };
  const std::string padded = written(folder, "a.jsonl", {R"({"id": "007", "answer": "x"})"});
  CHECK_FALSE(scored(own_data({"6", "7"}), padded).items[1].missing);
  CHECK_FALSE(scored(own_data({"7", "007"}), padded).items[1].missing);
  CHECK_THAT(refusal([&] { return scored(own_data({"7", "0007"}), padded); }),
             ContainsSubstring("no answer belongs"));
}

TEST_CASE("names of one picture are the same, of two pictures are not", "[benchmarks][pairing]") {
  for (const std::string name : {"COCO_val2014_000000000042.jpg", "COCO_val2014_000000000042", "42",
                                 "000000000042", "000000000042.jpg", "val2014/000000000042.JPG",
                                 "C:\\coco\\COCO_train2014_000000000042.jpg"}) {
    CAPTURE(name);
    CHECK(picture_key(name) == "42");
  }
  CHECK(picture_key("0") == "0");
  CHECK(picture_key("000") == "0");
  CHECK(picture_key("a/b.c/v1.5.png") == "v1.5");
  CHECK(picture_key("COCO_val2014_x.jpg") == "COCO_val2014_x");
  CHECK(picture_key("").empty());
  CHECK(picture_key(".jpg") == ".jpg");
  CHECK(same_path("a/1.png", "x/a/1.jpg"));
  CHECK_FALSE(same_path("a/1.png", "b/1.png"));
}

TEST_CASE("labels for a part of POPE take their answers out of those to all of it",
          "[benchmarks][pairing][pope]") {
  // RePOPE keeps POPE's ids and drops questions.
  const Scratch folder;
  std::mt19937 draw(7);
  std::vector<json> labels;
  std::vector<json> answers;
  std::vector<json> llava;
  std::vector<json> questions;
  for (int id = 1; id <= 60; ++id) {
    const std::string image = coco(1 + id / 6);
    const std::string text = "Is there a thing " + std::to_string(id) + " in the image?";
    const char* truth = draw() % 2 == 0 ? "yes" : "no";
    if (draw() % 4 != 0) {
      labels.push_back({{"question_id", id}, {"image", image}, {"text", text}, {"label", truth}});
    }
    answers.push_back({{"question_id", id}, {"text", truth}});
    llava.push_back({{"question_id", 10000000 + id}, {"prompt", text + "\nA"}, {"text", truth}});
    questions.push_back({{"question_id", 10000000 + id},
                         {"image", image},
                         {"text", text + "\nA"},
                         {"category", "random"}});
  }
  const std::string truth = written(folder, "coco_repope_random.json", lines(labels));
  const std::string foreign = std::to_string(60 - labels.size()) +
                              " answers belong to no question of the data and are left out";
  std::shuffle(answers.begin(), answers.end(), draw);
  for (const auto& rows : {answers, llava}) {
    const AnswerScores scores = scored(read_pope({truth}), written(folder, "a", lines(rows)));
    CHECK(scores.all.values[0].value == 1);
    CHECK(scores.all.n == labels.size());
    CHECK(scores.notes == std::vector<std::string>{foreign});
  }
  const Benchmark joined = read_pope({written(folder, "llava.jsonl", lines(questions)), truth});
  CHECK(joined.items.size() == labels.size());
  const AnswerScores scores = scored(joined, written(folder, "b", lines(llava)));
  CHECK(scores.all.values[0].value == 1);
  REQUIRE(scores.notes.size() == 2);
  CHECK_THAT(scores.notes[0], ContainsSubstring("questions have no label and are left out"));
  CHECK(scores.notes[1] == foreign);
}
