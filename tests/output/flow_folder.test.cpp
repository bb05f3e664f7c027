// SPDX-License-Identifier: MIT
// The files of a trace, on a toy.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch_compat.hpp>
#include <scratch.hpp>

#include <infoflow/output/flow_folder.hpp>
#include <infoflow/page/traced_report.hpp>
#include <infoflow/picture/read_image.hpp>
#include <infoflow/run/trace.hpp>

#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using io_test::content;
using io_test::Scratch;

namespace {
using Toy = toy::Decoder<double>;

TraceRequest request(int pictures = 1) {
  TraceRequest request;
  for (int i = 0; i < pictures; ++i) {
    request.images.emplace_back(RgbImage(9, 7, 120));
    request.text += "<image>";
  }
  request.text += " ok";
  request.max_new_tokens = 3;
  request.weightings = {"mean", "hires"};
  request.most_map_bins = 4;
  return request;
}

FlowReport traced(const TraceRequest& request, const TraceNames& names = {.model = "toy"}) {
  return report_of(request, trace(Toy(laws::toy_weights()), request), names);
}

std::vector<std::string> files_under(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files.push_back(std::filesystem::relative(entry.path(), folder).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string fact(const FlowReport& report, const std::string& name) {
  for (const auto& [known, value] : report.run) {
    if (known == name) return value;
  }
  return "";
}
}  // namespace

TEST_CASE("one call writes the numbers, figures, pictures and page of a trace", "[output]") {
  const Scratch scratch;
  const FlowReport report = traced(request());
  int told = 0;
  write_flow_folder(scratch / "new/folder", report, [&](int done, int) { told = done; });

  const std::vector<std::string> files = files_under(scratch / "new/folder");
  CHECK(files == std::vector<std::string>{"attention/layer_00.png",
                                          "attention/layer_00.svg",
                                          "attention/layer_01.png",
                                          "attention/layer_01.svg",
                                          "attention/layer_02.png",
                                          "attention/layer_02.svg",
                                          "attention_strip.png",
                                          "cam.npy",
                                          "cam/layer_00.png",
                                          "cam/layer_01.png",
                                          "cam/layer_02.png",
                                          "cam_strip.png",
                                          "flow.json",
                                          "flow.png",
                                          "flow.svg",
                                          "hires_strip.png",
                                          "report.html",
                                          "shares.csv",
                                          "shares.png",
                                          "shares.svg"});
  CHECK(told == static_cast<int>(files.size()) - 1);  // cam.npy is written at once.
  CHECK(read_image((scratch / "new/folder/cam/layer_00.png").string()).image.width == 660);
}

TEST_CASE("flow.json and shares.csv hold the trace's numbers", "[output]") {
  const FlowReport report = traced(request(), {.model = "toy", .pictures = {"in/a.png"}});
  const auto flow = nlohmann::json::parse(flow_json(report));
  CHECK(flow["run"]["model"].get<std::string>() == "toy");
  CHECK(flow["run"]["pictures"][0].get<std::string>() == "in/a.png");
  CHECK_FALSE(flow["run"].contains("picture"));
  CHECK(flow["answer"].get<std::string>() == report.trace.answer);
  REQUIRE(flow["layers"].size() == 3);
  CHECK(flow["layers"][2]["cam"][0]["status"].get<std::string>() == "no flow");
  CHECK(flow["layers"][1]["shares"]["image"].get<float>() ==
        report.trace.attention[1].mean_shares()[Role::image]);

  const std::string csv = shares_csv(report);
  CHECK_THAT(csv, StartsWith("layer,answer_token,text,system,image,user,answer,first_token,"));
  const RoleShares mean = report.trace.attention[0].mean_shares();
  CHECK_THAT(csv, ContainsSubstring("\n0,mean,," + fixed(mean[Role::system], 6) + "," +
                                    fixed(mean[Role::image], 6)));
}

TEST_CASE("of several pictures each has its strips", "[output]") {
  const Scratch scratch;
  write_flow_folder(scratch.path(), traced(request(2)));
  for (const char* file :
       {"image_1_cam_strip.png", "image_2_attention_strip.png", "cam/image_2_layer_02.png"}) {
    CHECK(std::filesystem::exists(scratch / file));
  }
}

TEST_CASE("a model without gradients has attention and no heat", "[output]") {
  const Scratch scratch;
  TraceRequest asked = request();
  asked.targets.clear();
  const FlowReport report = traced(asked);
  write_flow_folder(scratch.path(), report);
  CHECK(std::filesystem::exists(scratch / "attention_strip.png"));
  CHECK_FALSE(std::filesystem::exists(scratch / "cam_strip.png"));
  CHECK(std::filesystem::exists(scratch / "report.html"));
  CHECK(fact(report, "CAM").empty());
}

TEST_CASE("a folder whose writing fails has no page", "[output]") {
  const Scratch scratch;
  FlowReport report = traced(request());
  write_flow_folder(scratch.path(), report);
  report.trace.heat[0].sites.pop_back();
  CHECK_THROWS_WITH(write_flow_folder(scratch.path(), report),
                    ContainsSubstring("heat of 2 layers beside attention of 3"));
  report = traced(request());
  std::filesystem::remove_all(scratch / "attention");
  {
    std::ofstream file(scratch / "attention");
  }  // A folder cannot have this name now.
  CHECK_THROWS_AS(write_flow_folder(scratch.path(), report), Error);
  CHECK_FALSE(std::filesystem::exists(scratch / "report.html"));
}

TEST_CASE("a report says what was run, and what must be known of it", "[output]") {
  TraceRequest asked = request();
  asked.smoothing.samples = 1;
  const FlowReport report = traced(asked, {.model = "toy",
                                           .loaded = "3 layers",
                                           .pictures = {"in/a.png"},
                                           .command = "infoflow analyze"});
  CHECK(fact(report, "model") == "toy (3 layers)");
  CHECK(fact(report, "CAM") ==
        "1 noisy copy, standard deviation 0.1 in [0,1] pixels before mean and std, seed 0");
  CHECK(fact(report, "CAM target") == "sum of the answer's logits (eq. 1)");
  CHECK(fact(report, "picture") == "in/a.png");
  CHECK(fact(report, "command") == "infoflow analyze");
  CHECK(report.pictures.front().name == "a.png");
  CHECK(report.smoothing == "1 noisy copies, sigma 0.1 in [0,1] pixels, seed 0");
  REQUIRE_FALSE(report.notes.empty());
  CHECK_THAT(report.notes.back(), StartsWith("no flow in layer 2: the gradient is exactly 0"));

  CHECK_THROWS_WITH(traced(asked, {.model = "toy", .pictures = {"a.png", "b.png"}}),
                    StartsWith("a trace of 1 pictures beside 1 in its request and 2 names"));
}
