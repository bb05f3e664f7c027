// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>

#include <infoflow/benchmarks/chair/chair_data.hpp>
#include <infoflow/benchmarks/items/answer_file.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using io_test::Scratch;

namespace {

std::string write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

/// The folder of CHAIR's published data, or nothing.
std::string reference_folder() {
  const char* folder = std::getenv("INFOFLOW_REFERENCE_DATA");
  const std::string chair = folder == nullptr ? "" : std::string(folder) + "/chair";
  return !chair.empty() && std::filesystem::exists(chair) ? chair : "";
}

const std::vector<std::string>& objects_in(const ScoredAnswer& scored) {
  REQUIRE(scored.found.at(0).name == "objects");
  return scored.found[0].texts;
}

const std::vector<std::string>& hallucinated_in(const ScoredAnswer& scored) {
  REQUIRE(scored.found.at(1).name == "hallucinated");
  return scored.found[1].texts;
}

/// All objects of a picture: of a caption that names every object those that are not hallucinated.
std::set<std::string> truth(const BenchmarkItem& item) {
  std::string caption;
  for (std::string_view table = chair_synonyms; !table.empty();) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(line.size() + 1);
    const std::string node(line.substr(0, line.find(',')));
    caption += (node == "bus" ? "buses" : node) + " , ";  // "Bus" itself is never found.
  }
  const ScoredAnswer scored = item.score(caption);
  const std::vector<std::string>& named = objects_in(scored);
  std::set<std::string> objects(named.begin(), named.end());
  REQUIRE(objects.size() == 80);
  for (const std::string& object : hallucinated_in(scored)) objects.erase(object);
  return objects;
}

constexpr const char* categories =
    R"("categories": [{"supercategory": "animal", "id": 17, "name": "cat"}, {"id": 6, "name": "bus"}])";

std::string instances(const std::string& annotations) {
  return R"({"info": {"id": 1}, "annotations": [)" + annotations + "], " + categories + "}";
}

std::string captions(const std::string& annotations) {
  return R"({"annotations": [)" + annotations + "]}";
}

const std::string cat_instance =
    R"({"segmentation": [[1.5, 2]], "iscrowd": 0, "image_id": 7, "category_id": 17, "id": 1})";
const std::string dog_caption = R"({"image_id": 7, "id": 1, "caption": "A dog."})";

}  // namespace

TEST_CASE("a picture's objects are its instances and those of all its captions",
          "[benchmarks][chair]") {
  const Scratch folder;
  const std::string one =
      write(folder / "instances_val2014.json",
            instances(cat_instance + R"(, {"segmentation": {"counts": [1, 2], "size": [3, 4]},
                                     "iscrowd": 1, "image_id": 7, "category_id": 6, "id": 2})"));
  const std::string other =
      write(folder / "captions_val2014.json",
            captions(dog_caption + R"(, {"image_id": 7, "id": 2, "caption": "Two cats, a hot dog"},
                                        {"image_id": 8, "id": 3, "caption": "nothing"})"));
  for (const auto& files :
       {std::vector<std::string>{one, other}, {other, one}, {folder.path().string()}}) {
    const Benchmark chair = read_chair(files);
    CHECK(chair.task == "chair");
    CHECK(chair.rule == "pattern");
    CHECK(chair.metric.name == "chair_s");
    REQUIRE(chair.items.size() == 2);
    CHECK(chair.items[0].id == "7");
    CHECK(chair.items[0].image == "COCO_val2014_000000000007.jpg");
    CHECK(chair.items[0].question == "Please describe this image in detail.");
    CHECK(chair.items[0].reference.empty());
    CHECK(truth(chair.items[0]) == std::set<std::string>{"bus", "cat", "dog", "hot dog"});
    CHECK(truth(chair.items[1]).empty());
  }
}

TEST_CASE("a scored caption tells its objects and which of them are hallucinated",
          "[benchmarks][chair]") {
  const Scratch folder;
  const Benchmark chair = read_chair({write(folder / "i.json", instances(cat_instance)),
                                      write(folder / "c.json", captions(dog_caption))});
  const ScoredAnswer wrong = chair.items[0].score("A cat and a cup. The cup is red.");
  CHECK(objects_in(wrong) == std::vector<std::string>{"cat", "cup", "cup"});
  CHECK(hallucinated_in(wrong) == std::vector<std::string>{"cup", "cup"});
  CHECK(wrong.parsed == "cat, cup, cup");
  CHECK(wrong.score == 1);  // As CHAIR_s counts it: the mean of scores is the metric.
  CHECK(wrong.statistics == Statistics{3, 2, 1, 1, 1, 2, 11});
  const ScoredAnswer right = chair.items[0].score("A dog.");
  CHECK(right.score == 0);
  CHECK(hallucinated_in(right).empty());
}

TEST_CASE("pictures have the names that the files give them", "[benchmarks][chair]") {
  const Scratch folder;
  const std::string images =
      R"("images": [{"id": 7, "file_name": "COCO_train2014_000000000007.jpg"}])";
  const Benchmark chair =
      read_chair({write(folder / "i.json", "{" + images + "," + instances(cat_instance).substr(1)),
                  write(folder / "c.json", "{" + images + "," + captions(dog_caption).substr(1))});
  REQUIRE(chair.items.size() == 1);
  CHECK(chair.items[0].image == "COCO_train2014_000000000007.jpg");
  CHECK_THAT(chair.items[0].where, ContainsSubstring("i.json, images entry 1"));
}

TEST_CASE("half a truth is refused", "[benchmarks][chair]") {
  const Scratch folder;
  const std::string i = write(folder / "instances_a.json", instances(cat_instance));
  const std::string c = write(folder / "captions_a.json", captions(dog_caption));
  CHECK_THROWS_WITH(read_chair({i}), ContainsSubstring("no file has captions of picture 7"));
  CHECK_THROWS_WITH(read_chair({c}), ContainsSubstring("no file has instances of picture 7"));

  // Files that list their pictures tell that they are of different ones.
  const std::string listed =
      write(folder / "i.json", R"({"images": [{"id": 7}], )" + instances(cat_instance).substr(1));
  const std::string more = write(folder / "c.json", R"({"images": [{"id": 7}, {"id": 8}], )" +
                                                        captions(dog_caption).substr(1));
  CHECK_THROWS_WITH(read_chair({listed, more}),
                    ContainsSubstring("no file has instances of picture 8"));
}

TEST_CASE("each fault in an annotation file is one line that names it", "[benchmarks][chair]") {
  const Scratch folder;
  const std::string c = write(folder / "captions_ok.json", captions(dog_caption));
  const auto refusal = [&](const std::string& text) -> std::string {
    const std::string file = write(folder / "bad.json", text);
    try {
      return read_chair({c, file}).task;
    } catch (const Error& error) {
      CHECK_THAT(error.where(), ContainsSubstring("bad.json"));
      CHECK_FALSE(error.fix().empty());
      return error.what();
    }
  };
  CHECK_THAT(refusal("{\"annotations\": [\n{\"image_id\": 7,\n"),
             ContainsSubstring("in the middle"));
  CHECK_THAT(refusal("{\"annotations\": [\n{\"image_id\" 7}]}"),
             ContainsSubstring("line 2, column 13"));
  CHECK_THAT(refusal("cat"), ContainsSubstring("no JSON: it cannot be read from byte 1 on"));
  CHECK_THAT(refusal("[1, 2]"), ContainsSubstring("no \"annotations\""));
  CHECK_THAT(refusal("{}"), ContainsSubstring("no \"annotations\""));
  CHECK_THAT(refusal(captions("")), ContainsSubstring("no \"annotations\""));
  CHECK_THAT(refusal(captions("3")),
             ContainsSubstring("an entry of \"annotations\" is not an object"));
  CHECK_THAT(refusal(captions("[]")), ContainsSubstring("is not an object"));
  CHECK_THAT(refusal(captions("null")), ContainsSubstring("is not an object"));
  CHECK_THAT(refusal(captions("\"x\"")), ContainsSubstring("is not an object"));
  CHECK_THAT(
      refusal(captions(dog_caption + ", {\"caption\": \"a cat\"}")),
      ContainsSubstring("\"image_id\" is missing") && ContainsSubstring("annotations entry 2"));
  for (const std::string id : {"\"7\"", "7.5", "-7", "99999999999999999999", "null", "[7]", "{}"}) {
    CHECK_THAT(refusal(captions("{\"caption\": \"a cat\", \"image_id\": " + id + "}")),
               ContainsSubstring("\"image_id\" is missing"));
  }
  CHECK_THAT(refusal(captions(R"({"image_id": 7, "caption": 3})")),
             ContainsSubstring("neither \"caption\" nor \"category_id\""));
  CHECK_THAT(refusal(instances(R"({"image_id": 7, "category_id": 3})")),
             ContainsSubstring("the category 3 is not listed"));
  CHECK_THAT(refusal(R"({"categories": [{"id": 1, "name": "unicorn"}]})"),
             ContainsSubstring("\"unicorn\" is not among the synonyms"));
  CHECK_THAT(refusal(R"({"categories": [{"id": 1}]})"), ContainsSubstring("\"name\" is missing"));
  CHECK_THAT(refusal(R"({"images": [{"file_name": "a.jpg"}]})"),
             ContainsSubstring("\"id\" is missing"));
  CHECK_THAT(refusal(std::string(200000, '[')), ContainsSubstring("no JSON"));
  CHECK_THAT(refusal("{\"annotations\": " + std::string(200000, '[')),
             ContainsSubstring("is not an object"));
}

TEST_CASE("fields of other objects are not taken for an entry's", "[benchmarks][chair]") {
  const Scratch folder;
  const std::string nested = R"({"image_id": 7, "extra": {"image_id": 9, "category_id": 6},
                                 "category_id": 17, "list": [[{"category_id": 6}]]})";
  const Benchmark chair = read_chair({write(folder / "i.json", instances(nested)),
                                      write(folder / "c.json", captions(dog_caption))});
  REQUIRE(chair.items.size() == 1);
  CHECK(truth(chair.items[0]) == std::set<std::string>{"cat", "dog"});
}

TEST_CASE("a list gives each picture's objects by their place among the categories",
          "[benchmarks][chair]") {
  const Scratch folder;
  const std::string list =
      write(folder / "objects.jsonl",
            "{\"categories\": [\"dog\", \"hot dog\", \"cup\"]}\n[9,1,2]\n\n[123456]\n");
  const Benchmark chair = read_chair({list});
  REQUIRE(chair.items.size() == 2);
  CHECK(chair.items[0].id == "9");
  CHECK(truth(chair.items[0]) == std::set<std::string>{"cup", "hot dog"});
  CHECK(chair.items[1].image == "COCO_val2014_000000123456.jpg");
  CHECK_THAT(chair.items[1].where, ContainsSubstring("objects.jsonl:4"));
  CHECK(truth(chair.items[1]).empty());
}

TEST_CASE("a list of objects is known by its content, and Python's words by their name",
          "[benchmarks][chair]") {
  const Scratch folder;
  const std::string lines = "{\"categories\": [\"dog\", \"cup\"]}\n[9,1]\n";
  const std::string list = "[\r\n {\"categories\": [\"dog\", \"cup\"]},\r\n [9, 1]\r\n]\r\n";
  for (const std::string& text : {lines, list}) {
    for (const std::string name : {"o.json", "o.jsonl", "o"}) {
      CAPTURE(text, name);
      const Benchmark chair = read_chair({write(folder / name, text)});
      REQUIRE(chair.items.size() == 1);
      CHECK(truth(chair.items[0]) == std::set<std::string>{"cup"});
    }
  }
  const std::string bad =
      write(folder / "instances_a.json", "{\"annotations\":\n[{\"image_id\": 7, \"area\": NaN}]}");
  CHECK_THROWS_WITH(read_chair({bad}), ContainsSubstring("NaN under the key \"area\" at line 2") &&
                                           ContainsSubstring("instances_a.json"));
}

TEST_CASE("bad lines of a list are named, and left out only if that is wished",
          "[benchmarks][chair]") {
  const Scratch folder;
  for (const std::string line :
       {"[9,3]", "[9,-1]", "[]", "{}", "cat", "[\"9\",1]", "[9,1.5]", "[9,[1]]", "[1,0]"}) {
    CAPTURE(line);
    const std::string file =
        write(folder / "objects.jsonl",
              "{\"categories\": [\"dog\", \"cat\"]}\n[1,0]\n" + line + "\n[2]\n");
    CHECK_THROWS_WITH(read_chair({file}), ContainsSubstring("objects.jsonl:3"));
    const Benchmark rest = read_chair({file}, "", /*skip_bad=*/true);
    CHECK(rest.items.size() == 2);
    REQUIRE(rest.skipped.size() == 1);
    CHECK_THAT(rest.skipped[0], ContainsSubstring("objects.jsonl:3"));
  }
  for (const std::string first : {"[1,0]", "{\"categories\": 3}", "{\"categories\": [3]}",
                                  "{\"categories\": [\"unicorn\"]}"}) {
    CAPTURE(first);
    CHECK_THROWS_WITH(read_chair({write(folder / "bad.jsonl", first + "\n[1]\n")}, "", true),
                      ContainsSubstring("bad.jsonl:1"));
  }
}

TEST_CASE("files that do not belong together are refused", "[benchmarks][chair]") {
  const Scratch folder;
  const std::string list = write(folder / "objects.jsonl", "{\"categories\": [\"dog\"]}\n[1]\n");
  const std::string coco = write(folder / "a.json", captions(dog_caption));
  const std::string synonyms = write(folder / "synonyms.txt", "dog, cat\n");
  CHECK_THROWS_WITH(read_chair({}), ContainsSubstring("there are no annotations"));
  CHECK_THROWS_WITH(read_chair({synonyms}), ContainsSubstring("there are no annotations"));
  CHECK_THROWS_WITH(read_chair({list, coco}), ContainsSubstring("annotations in two forms"));
  CHECK_THROWS_WITH(read_chair({list, synonyms, synonyms}),
                    ContainsSubstring("second file of synonyms"));
  CHECK_THROWS_WITH(read_chair({list}, "wordnet"), ContainsSubstring("use pattern"));
  CHECK_THROWS_WITH(read_chair({(folder / "none.jsonl").string()}),
                    ContainsSubstring("no such file"));
  CHECK_THROWS_WITH(read_chair({folder.path().string()}), ContainsSubstring("no annotations"));
  CHECK(objects_in(read_chair({list, synonyms}).items[0].score("a cat")) ==
        std::vector<std::string>{"dog"});
}

TEST_CASE("captions are read in the forms of CHAIR's evaluators and of LLaVA",
          "[benchmarks][chair]") {
  const Scratch folder;
  const auto read = [&](const std::string& text) {
    std::string all;
    for (const auto& answer : read_answers(write(folder / "captions.json", text))) {
      all += answer.id + "=" + answer.text + ";";
    }
    return all;
  };
  const std::string expected = "42=a cat;7=a dog;";
  CHECK(read("{\"image_id\": 42, \"caption\": \"a cat\"}\n"
             "{\"image_id\": 7, \"caption\": \"a dog\"}\n") == expected);
  CHECK(read(R"([{"image_id": 42, "caption": "a cat"}, {"image_id": 7, "caption": "a dog"}])") ==
        expected);
  CHECK(read("{\"question_id\": 42, \"prompt\": \"?\", \"text\": \"a cat\"}\n"
             "{\"question_id\": 7, \"text\": \"a dog\"}") == expected);
  CHECK(read(R"({"overall": {"Bleu_1": 0.5}, "imgToEval": {
                "42": {"image_id": 42, "caption": "a cat", "SPICE": {"All": {"f": 1}}},
                "7": {"image_id": 7, "caption": "a dog"}}})") == expected);
}

TEST_CASE("LLaVA-1.5's published captions score as published", "[benchmarks][chair]") {
  const std::string folder = reference_folder();
  if (folder.empty()) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA does not name the data sets");
  for (const auto& files : {std::vector<std::string>{folder + "/coco2014_gt_objects.jsonl"},
                            std::vector<std::string>{folder + "/coco2014_gt_objects.jsonl",
                                                     folder + "/synonyms.txt"}}) {
    const Benchmark chair = read_chair(files);
    CHECK(chair.items.size() == 123287);
    std::map<std::string, const BenchmarkItem*> items;
    for (const BenchmarkItem& item : chair.items) items[item.id] = &item;
    Statistics sums;
    for (const AnswerRow& answer : read_answers(folder + "/llava-1.5_greedy.jsonl")) {
      add_to(sums, items.at(answer.id)->score(answer.text).statistics);
    }
    const std::vector<NamedValue> values = chair.metric.values(sums);
    CHECK(sums[2] == 500);
    CHECK(values[0].value == 0.45);
    CHECK(values[1].value == Approx(0.12784).margin(5e-6));  // Five digits are published.
    CHECK(values[2].value == Approx(0.79790).margin(5e-6));
    CHECK(values[3].value == Approx(96.892).margin(5e-4));
  }
}

TEST_CASE("COCO's annotations give the objects of the list made from them", "[benchmarks][chair]") {
  const std::string folder = reference_folder();
  if (folder.empty()) INFOFLOW_NOT_RUN("INFOFLOW_REFERENCE_DATA does not name the data sets");
  const Benchmark coco = read_chair({folder + "/mini_coco_annotations"});
  const Benchmark list = read_chair({folder + "/coco2014_gt_objects.jsonl"});
  std::map<std::string, const BenchmarkItem*> listed;
  for (const BenchmarkItem& item : list.items) listed[item.id] = &item;
  REQUIRE(coco.items.size() == 80);
  std::size_t objects = 0;
  for (const BenchmarkItem& item : coco.items) {
    CAPTURE(item.id);
    REQUIRE(listed.contains(item.id));
    CHECK(truth(item) == truth(*listed[item.id]));
    objects += truth(item).size();
  }
  CHECK(objects > 200);
}
