// SPDX-License-Identifier: MIT
#include <fstream>
#include <map>
#include <sstream>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string data_file(const Scratch& folder, const std::vector<std::string>& rows) {
  return written(folder, "data.jsonl", rows);
}

std::vector<std::string> point(const std::string& data, const std::vector<std::string>& more = {}) {
  return words({"point", "--model", golden + "/plain", "--data", data, "--images",
                golden + "/pictures", "--cam-samples", "0", "--max-new-tokens", "2"},
               more);
}

/// The hit rate of each "family,map,weighting,layer" of a point.csv.
std::map<std::string, double> rates(const std::filesystem::path& csv) {
  std::map<std::string, double> found;
  std::istringstream lines(content(csv));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "family,map,weighting,layer,hit_rate,low,high,n,empty");
  while (std::getline(lines, line)) {
    std::size_t end = 0;
    for (int comma = 0; comma < 4; ++comma) end = line.find(',', end) + 1;
    found[line.substr(0, end - 1)] = std::stod(line.substr(end));
  }
  return found;
}

}  // namespace

TEST_CASE("point scores every map at every site and layer, beside its controls",
          "[command][point]") {
  // wide.png has 57 × 34 pixels; resized and cropped to a square, its left 11 columns are not seen.
  const Scratch folder;
  const std::string data = data_file(
      folder,
      {R"({"image": "wide.png", "question": "?", "family": "all", "boxes": [[0, 0, 57, 34]]})",
       R"({"image": "wide.png", "question": "?", "family": "none", "boxes": [[0, 0, 8, 34]]})",
       R"({"image": "wide.png", "question": "no box", "family": "none", "boxes": []})"});

  const Outcome outcome = run_command(point(data, {"--output", (folder / "out").string()}));
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);

  const auto found = rates(folder / "out/point.csv");
  // Per family: chance, centre and random; attention in 3 layers; 5 sites in 3 layers and 2 vision
  // sites, each with 4 weightings.
  CHECK(found.size() == 2 * (3 + 3 + 5 * 3 * 4 + 2 * 4));
  for (const std::string map : {"chance,,0", "centre,,0", "random,,0", "attention,,1"}) {
    CAPTURE(map);
    CHECK(found.at("all," + map) == 1);
    CHECK(found.at("none," + map) == 0);
  }
  // A map without heat points nowhere, not even at the whole picture.
  CHECK(found.at("all,post_attention_norm,hires,2") == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("all, n = 1: hit rate at the best layer"));
  CHECK_THAT(outcome.out, ContainsSubstring("n = 1"));
  // Maps that are empty by causality, and by invariance, are named and not ranked.
  CHECK_THAT(outcome.out, ContainsSubstring("not ranked, empty in every item:"));
  CHECK_THAT(content(folder / "out/point.json"), ContainsSubstring("\"empty\": \"no flow\""));
  CHECK_THAT(content(folder / "out/point.csv"), ContainsSubstring(",no flow\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("no flow"));
  const std::size_t ranked = outcome.out.find("not ranked");
  CHECK(outcome.out.find("block_input           hires           2   cancels out", ranked) !=
        std::string::npos);
  CHECK(outcome.out.find("block_output          hires           1   cancels out", ranked) !=
        std::string::npos);

  // What it wrote is what captions are made of.
  const Outcome analyzed = run_command({"analyze", "--model", golden + "/plain", "--image", wide,
                                        "--question", "?", "--answer", "No", "--cam-samples", "0",
                                        "--hit-rates", (folder / "out/point.json").string(),
                                        "--output", (folder / "analysis").string()});
  CHECK(analyzed.exit_code == 0);
  CHECK_THAT(content(folder / "analysis/report.html"), ContainsSubstring("hit rate 1.00"));
}

TEST_CASE("point scores the boxes that answers name, and the heat inside them",
          "[command][point]") {
  // The checkpoint always answers with the middle half of the square: of wide.png, 57 × 34 pixels with
  // 11 rows of padding above, this is 14.25 to 42.75 by 3.25 to 31.75.
  const Scratch folder;
  const std::string shikra = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/shikra";
  const std::string data = data_file(
      folder, {R"({"image": "wide.png", "question": "a", "boxes": [[14.25, 3.25, 42.75, 31.75]]})",
               R"({"image": "wide.png", "question": "b", "boxes": [[14.25, 3.25, 28.5, 31.75]]})"});
  const Outcome outcome = run_command({"point", "--model", shikra + "/box", "--data", data,
                                       "--images", shikra + "/pictures", "--cam-samples", "0",
                                       "--output", (folder / "out").string()});
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out,
             ContainsSubstring("boxes in 2 of 2 answers; intersection over union 0.75"));
  CHECK_THAT(outcome.out, ContainsSubstring("most heat in them: "));
  const auto found = rates(folder / "out/point.csv");
  CHECK(found.at(",answer_box,,0") == 0.5);  // A half is not above a half.

  std::istringstream lines(content(folder / "out/point_boxes.csv"));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "family,map,weighting,layer,heat_inside");
  int attention = 0;
  while (std::getline(lines, line)) {
    const double share = std::stod(line.substr(line.rfind(',') + 1));
    CHECK((share >= 0 && share <= 1));
    attention += line.starts_with(",attention,") ? 1 : 0;
  }
  CHECK(attention == 2);  // One per layer.
  // Of other models there is nothing to say.
  const Outcome plain = run_command(point(
      data_file(folder, {R"({"image": "wide.png", "question": "?", "boxes": [[0, 0, 57, 34]]})"}),
      {"--output", (folder / "plain").string()}));
  CHECK(plain.exit_code == 0);
  CHECK_THAT(plain.out, !ContainsSubstring("boxes in"));
  CHECK_FALSE(std::filesystem::exists(folder / "plain/point_boxes.csv"));
}

TEST_CASE("a picture's name that the system cannot take is refused with file and line",
          "[command][point]") {
  const Scratch folder;
  const std::string row =
      R"({"image": ")" + std::string(5000, 'a') + R"(", "question": "?", "boxes": [[0, 0, 5, 5]]})";
  const Outcome outcome = run_command(point(data_file(folder, {row})));
  CHECK(outcome.exit_code == 1);
  CHECK_THAT(outcome.error, ContainsSubstring("data.jsonl:1") &&
                                ContainsSubstring("no file can have this picture's name"));
}

TEST_CASE("a row that point cannot use is refused with file and line", "[command][point]") {
  const std::string good = R"({"image": "wide.png", "question": "?", "boxes": [[0, 0, 5, 5]]})";
  for (const std::string bad :
       {R"({"image": "wide.png", "question": "?", "boxes": [[0, 0, 5]]})",
        R"({"image": "wide.png", "question": "?", "boxes": [[5, 0, 0, 5]]})",
        R"({"image": "../../plain/config.json", "question": "?", "boxes": [[0, 0, 5, 5]]})",
        R"({"image": "wide.png\u0000", "question": "?", "boxes": [[0, 0, 5, 5]]})",
        R"({"image": "wide.png", "boxes": [[0, 0, 5, 5]]})", "not JSON"}) {
    CAPTURE(bad);
    const Scratch folder;
    const Outcome outcome = run_command(point(data_file(folder, {good, bad})));
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.error, ContainsSubstring("data.jsonl:2"));
    CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  }
  const Scratch folder;
  const Outcome none = run_command(
      point(data_file(folder, {R"({"image": "wide.png", "question": "?", "boxes": []})"})));
  CHECK(none.exit_code == 1);
  CHECK_THAT(none.error, ContainsSubstring("no row has boxes"));
}

TEST_CASE("boxes that cannot be meant are refused with the line and the word that fits",
          "[command][point]") {
  // wide.png has 57 × 34 pixels.
  struct Case {
    std::string boxes;
    std::vector<std::string> words;
    std::string says;
  };
  const std::vector<Case> refused{
      {"[[0.1, 0.2, 0.5, 0.9]]", {}, "--boxes unit"},
      {"[[0, 0, 1, 1]]", {}, "wanted are pixels"},
      {"[[1, 1, 5000, 5000]]", {}, "outside its picture of 57 × 34 pixels"},
      {"[[100, 200, 500, 900]]", {}, "--boxes thousandths"},
      {"[[-3, 0, 20, 20]]", {}, "outside its picture"},
      {"[[0, 0, 57.5, 34]]", {}, "outside its picture"},
      {"[[30, 20, 20, 10]]", {}, "--boxes xywh"},
      {"[[30, 10, 20, 30]]", {"xywh"}, "outside its picture"},
      {"[[30, 10, 0, 5]]", {"xywh"}, "above 0"},
      {"[[5, 5, 20, 20]]", {"unit"}, "--boxes pixels"},
      {"[[0.5, 0.5, 0.6, 0.6]]", {"unit,xywh"}, "outside its picture"},
      {"[[0.1, 0.2, 0.5, 0.9]]", {"thousandths"}, "--boxes unit"},
      {"[[100, 200, 500, 1900]]", {"thousandths"}, "outside its picture"},
      {"[[0, 0, 1e999, 5]]", {}, "too large"},
      {"[[0, 0, NaN, 5]]", {}, "NaN under the key \"boxes\""}};
  for (const Case& bad : refused) {
    CAPTURE(bad.boxes, bad.words);
    const Scratch folder;
    const std::string data = data_file(
        folder, {R"({"image": "wide.png", "question": "?", "boxes": []})",
                 R"({"image": "wide.png", "question": "?", "boxes": )" + bad.boxes + "}"});
    std::vector<std::string> arguments = point(data);
    for (const std::string& word : bad.words) {
      arguments.insert(arguments.end(), {"--boxes", word});
    }
    const Outcome outcome = run_command(arguments);
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.error, ContainsSubstring("data.jsonl:2"));
    CHECK_THAT(outcome.error, ContainsSubstring(bad.says));
    CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  }
  const Scratch folder;
  const std::string good =
      data_file(folder, {R"({"image": "wide.png", "question": "?", "boxes": [[0, 0, 5, 5]]})"});
  for (const auto& words : {"unit,pixels", "xyxy,xywh"}) {
    const Outcome outcome = run_command(point(good, {"--boxes", words}));
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.error, ContainsSubstring("--boxes"));
  }
  CHECK(run_command(point(good, {"--boxes", "percent"})).exit_code == 2);
}

TEST_CASE("one box in every form and unit gives one hit rate, from lines as from a list",
          "[command][point]") {
  // The right half of wide.png, and its left half, in each form; sizes are 57 × 34 pixels.
  const std::string row = R"({"id": "a", "image": "wide.png", "question": "?", "boxes": )";
  const auto measured = [&](const std::string& boxes, const std::vector<std::string>& words,
                            bool list) {
    const Scratch folder;
    const std::string line = row + boxes + "}";
    const std::string data = data_file(folder, {list ? "[" + line + "]" : line});
    std::vector<std::string> arguments{"--output", (folder / "out").string()};
    if (!words.empty()) arguments.emplace_back("--boxes");
    arguments.insert(arguments.end(), words.begin(), words.end());
    const Outcome outcome = run_command(point(data, arguments));
    CAPTURE(outcome.error);
    REQUIRE(outcome.exit_code == 0);
    return content(folder / "out/point.csv");
  };
  const std::string pixels = measured("[[28.5, 17, 57, 34]]", {}, false);
  CHECK(measured("[[28.5, 17, 57, 34]]", {"pixels", "xyxy"}, true) == pixels);
  CHECK(measured("[[28.5, 17, 28.5, 17]]", {"xywh"}, false) == pixels);
  CHECK(measured("[[0.5, 0.5, 1, 1]]", {"unit"}, false) == pixels);
  CHECK(measured("[[0.5, 0.5, 0.5, 0.5]]", {"unit,xywh"}, true) == pixels);
  CHECK(measured("[[500, 500, 1000, 1000]]", {"thousandths"}, false) == pixels);
  CHECK(measured("[[500, 500, 500, 500]]", {"xywh", "thousandths"}, false) == pixels);
  CHECK(measured("[[0, 0, 28, 17]]", {}, false) != pixels);
}
