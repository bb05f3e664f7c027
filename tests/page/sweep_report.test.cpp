// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <sweep_example.hpp>

#include <infoflow/page/sweep_report_html.hpp>

#include "between.hpp"

using namespace infoflow;
using namespace io_test;
using page_test::between;

namespace {

/// An item whose answers to cuts 0 … 4 are right where `right` has a 1: "00011".
ItemOutcome item(const std::string& id, const std::string& right, const std::string& answer = "") {
  ItemOutcome one;
  one.id = id;
  one.image = "picture of " + id;
  for (int cut = 0; cut < static_cast<int>(right.size()); ++cut) {
    const bool hit = right[static_cast<std::size_t>(cut)] == '1';
    one.runs.push_back({{}, "drop-all", cut, answer + (hit ? "yes" : "no"), {hit ? 1.0 : 0.0, 1}});
  }
  return one;
}

BenchmarkItem question(const std::string& id, const std::string& text) {
  BenchmarkItem q;
  q.id = id;
  q.question = text;
  q.reference = "yes";
  return q;
}

/// Law: the counts at a cut explain the change of a binary metric.
bool flips_explain(const CutFlips& at, std::span<const ItemOutcome> items) {
  double change = 0;
  for (const ItemOutcome& i : items) {
    change += i.run("drop-all", at.cut)->statistics[0] - i.run("drop-all", 4)->statistics[0];
  }
  return static_cast<double>(at.better.size()) - static_cast<double>(at.worse.size()) == change;
}

nlohmann::json data_of(const std::string& page) {
  return nlohmann::json::parse(between(page, "id=\"data\">", "</script>"));
}

}  // namespace

TEST_CASE("the items behind a point are those whose own value the cut changed",
          "[page][sweep_report]") {
  const std::vector<ItemOutcome> items{item("a", "00011"), item("b", "11010"), item("c", "11111")};
  const std::vector<CutFlips> flips = flips_of(small_sweep(), items, accuracy());
  REQUIRE(flips.size() == 4);
  CHECK(flips[0].worse == std::vector<std::size_t>{0});
  CHECK(flips[0].better == std::vector<std::size_t>{1});
  CHECK(flips[2].worse == std::vector<std::size_t>{0});
  CHECK(flips[2].better.empty());
  CHECK(flips[3].better == std::vector<std::size_t>{1});
  for (const CutFlips& at : flips) CHECK(flips_explain(at, items));
  CutFlips broken = flips[0];  // a direction forgotten
  broken.worse.push_back(1);
  broken.better.clear();
  CHECK_FALSE(flips_explain(broken, items));

  MetricSummary less = accuracy();
  less.direction = Direction::lower_is_better;
  CHECK(flips_of(small_sweep(), items, less)[0].better == std::vector<std::size_t>{0});
}

TEST_CASE("a page carries each changed item with its question, answers and picture",
          "[page][sweep_report]") {
  const std::vector<ItemOutcome> items{item("a", "00011"), item("b", "11010"), item("c", "11111")};
  const std::vector<BenchmarkItem> questions{question("b", "Is it b?"), question("a", "Is it a?")};
  SweepReport report{"tiny", {}, {}, {}, {}, {}};
  report.tasks.push_back({small_sweep(), accuracy(), two_instruments(), items, questions});
  report.picture = [](const std::string& image) {
    if (image == "picture of b") throw Error("no such file", image, "look");
    return RgbImage(300, 200, 90);
  };
  const nlohmann::json data = sweep_report_json(report);
  const nlohmann::json& task = data["tasks"][0];
  REQUIRE(task["items"].size() == 2);  // c never changed
  CHECK(task["items"][0]["question"] == "Is it a?");
  CHECK(task["items"][0]["untouched"] == nlohmann::json({"yes", 1.0}));
  CHECK(task["items"][0]["cuts"]["2"] == nlohmann::json({"no", 0.0}));
  CHECK(task["items"][0]["cuts"].size() == 3);
  CHECK(task["items"][0]["picture"] == 0);
  CHECK(task["items"][1]["picture"] == "the picture cannot be read");
  CHECK(task["cuts"][0]["worse"]["count"] == 1);
  CHECK(task["cuts"][0]["better"]["items"] == nlohmann::json({1}));
  CHECK(data["pictures"].size() == 1);
}

TEST_CASE("a sweep's page carries its figures' numbers as tables", "[page][sweep_report]") {
  SweepReport report{"tiny", {}, {}, {}, {}, {}};
  report.tasks.push_back({small_sweep(), accuracy(), two_instruments(), {}, {}});

  const nlohmann::json numbers = sweep_report_json(report)["numbers"][0];

  CHECK(numbers["curve"].size() == 1 + 5 + 2 * 4 + 2);  // A head, the policy, controls, floors.
  CHECK(numbers["curve"][0][3] == "accuracy");
  CHECK(numbers["curve"][1][0] == "drop-all");
  CHECK(numbers["curve"][1][1] == 4);
  CHECK(numbers["curve"][1][3] == 0.9);
  CHECK(numbers["instruments"].size() == 1 + 3 * 4);
  CHECK(numbers["instruments"][1] == nlohmann::json({"kl", 0, 0.4, 0.01}));
}

TEST_CASE("a sweep's page shows hostile texts as text and loads nothing", "[page][sweep_report]") {
  std::vector<ItemOutcome> items{item(hostile, "00011", hostile)};
  const std::vector<BenchmarkItem> questions{question(hostile, hostile)};
  SweepReport report;
  report.model = hostile;
  report.tasks.push_back({small_sweep(), accuracy(), two_instruments(), items, questions});
  SweepView& sweep = report.tasks[0].sweep;
  sweep.model = sweep.task = sweep.cliff.sentence = hostile;
  for (CurvePoint& p : sweep.points) p.values[0].name = hostile;
  sweep.points.push_back(sweep.points[0]);
  sweep.points.back().policy = hostile;
  report.table1 = {Table1Row{hostile, hostile, hostile, 4, 1, 1, 0.01, {}, 2, {}, {}}};
  report.run = {{hostile, hostile}};
  report.notes.assign(500, hostile);

  const std::string page = sweep_report_html(report);

  CHECK(count_of(page, "<script") == 2);
  CHECK(count_of(page, "</script") == 2);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(count_of(page, "<img") == 0);
  CHECK(count_of(page, "http") ==
        count_of(page, "xmlns=\"http://www.w3.org/2000/svg\"") + count_of(page, "http-equiv"));
  CHECK(valid_utf8(page) == page);
  CHECK(page.find('\x01') == std::string::npos);
  CHECK(data_of(page)["tasks"][0]["items"][0]["question"].get<std::string>().find("<script>") !=
        std::string::npos);
  CHECK(page.find("and 400 more") != std::string::npos);
  // The policy names the script that stands there.
  const std::string script = between(page, "</script>\n<script>", "</script>");
  CHECK(page.find("script-src 'sha256-" + base64(sha256(script)) + "'") != std::string::npos);
}

TEST_CASE("a sweep's page has its figures, decision and tables without a script",
          "[page][sweep_report]") {
  const std::vector<ItemOutcome> items{item("a", "00011")};
  SweepReport report;
  report.model = "tiny";
  report.tasks.assign(2, {small_sweep(), accuracy(), two_instruments(), items, {}});
  const std::string page = sweep_report_html(report);
  CHECK(count_of(page, "<svg") == 5);  // the tasks over one axis; a curve and instruments for each
  CHECK(count_of(page, "<b>Decision</b> drop all image tokens from layer 3") == 2);
  CHECK(page.find("<td>random:8</td><td>0</td><td>1,200</td><td>60.0 % [55.0, 65.0]</td>") !=
        std::string::npos);
  CHECK(page.find("<title>drop-all, cut 2: accuracy 70.0 % [65.0, 75.0]") != std::string::npos);
  report.tasks[1].sweep.points.clear();
  CHECK_THROWS_AS(sweep_report_html(report), Error);
}

TEST_CASE("a sweep's page stays below 5 MB and says what it leaves out", "[page][sweep_report]") {
  std::vector<ItemOutcome> items;
  std::vector<BenchmarkItem> questions;
  for (int i = 0; i < 3000; ++i) {
    items.push_back(item("item " + std::to_string(i), i % 2 == 0 ? "00001" : "11110",
                         std::string(static_cast<std::size_t>(i % 500), 'x') + "\xE2\x82\xAC"));
    questions.push_back(question(items.back().id, std::string(300, '<')));
  }
  SweepReport report;
  report.tasks.assign(4, {small_sweep(), accuracy(), {}, items, questions});
  report.picture = [](const std::string& name) {
    RgbImage noise(400, 300);  // What packs worst.
    std::uint32_t state = static_cast<std::uint32_t>(std::hash<std::string>{}(name)) | 1U;
    for (std::uint8_t& v : noise.values) {
      state = state * 1664525U + 1013904223U;
      v = static_cast<std::uint8_t>(state >> 24);
    }
    return noise;
  };
  const std::string page = sweep_report_html(report);
  CHECK(page.size() < 5'000'000);
  CHECK(page.size() > 2'000'000);
  const nlohmann::json data = data_of(page);
  for (const nlohmann::json& task : data["tasks"]) {
    CHECK(task["items"].size() > 100);
    CHECK(task["items"].size() < 3000);
    for (const nlohmann::json& cut : task["cuts"]) {
      CHECK(cut["worse"]["count"] == 1500);
      CHECK(cut["better"]["count"] == 1500);
      CHECK(cut["worse"]["items"].size() > 50);  // each kind has some
      CHECK(cut["better"]["items"].size() > 50);
    }
  }
  CHECK(data["tasks"][3]["items"].back()["picture"] == "picture left out: the page is full");
}
