// SPDX-License-Identifier: MIT
#include <fstream>

#include <catch_compat.hpp>

#include <infoflow/picture/read_image.hpp>
#include <infoflow/text/escape.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> analyze(const std::string& output, const std::vector<std::string>& more) {
  return words({"analyze", "--model", golden + "/plain", "--output", output}, more);
}

/// The golden case `plain`.
const std::vector<std::string> plain_case{"--image",          wide, "--prompt",      plain_prompt,
                                          "--max-new-tokens", "4",  "--cam-samples", "0"};

std::vector<float> npy_values(const std::filesystem::path& file, const std::string& shape) {
  const std::string bytes = content(file);
  const std::size_t begin =
      10 + static_cast<unsigned char>(bytes.at(8)) + 256U * static_cast<unsigned char>(bytes.at(9));
  CHECK_THAT(bytes.substr(0, begin), ContainsSubstring("'shape': " + shape));
  std::vector<float> values((bytes.size() - begin) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + begin, values.size() * sizeof(float));
  return values;
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("analyze writes numbers that equal the golden tensors", "[command][analyze]") {
  const Scratch folder;
  const Outcome outcome = run_command(analyze(folder.path().string(), plain_case));
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  const Tensors reference(golden + "/plain.safetensors");

  CHECK(relative_error(npy_values(folder / "cam.npy", "(3, 4, )"), reference.floats("cam")) < 1e-4);
  const auto flow = nlohmann::json::parse(content(folder / "flow.json"));
  std::vector<float> shares;
  for (const auto& layer : flow["layers"]) {
    for (const char* role : {"system", "image", "user", "answer"})
      shares.push_back(layer["shares"][role]);
  }
  CHECK(relative_error(shares, reference.floats("attention_share")) < 1e-4);
  CHECK(flow["tokens"].size() == 20);
  CHECK(flow["tokens"][19]["role"] == "answer");
  CHECK(flow["layers"][2]["cam"][0]["status"] == "no flow");
  CHECK(flow["layers"][0]["cam"].size() == 2 * (1 + 4));  // Two weightings; the sum and 4 tokens.

  // A header, and per layer the mean and four tokens.
  CHECK(occurrences(content(folder / "shares.csv"), "\n") == 1 + 3 * (1 + 4));
}

TEST_CASE("analyze draws every picture that it names, and they can be read", "[command][analyze]") {
  const Scratch folder;
  const Outcome outcome = run_command(analyze(folder.path().string(), plain_case));
  REQUIRE(outcome.exit_code == 0);

  for (const char* name : {"cam_strip.png", "hires_strip.png", "attention_strip.png",
                           "cam/layer_00.png", "cam/layer_02.png"}) {
    CAPTURE(name);
    CHECK(infoflow::read_image(folder / name).image.width > 300);
  }
  for (const char* name :
       {"shares.svg", "flow.svg", "attention/layer_00.svg", "attention/layer_02.svg"}) {
    CAPTURE(name);
    CHECK_THAT(content(folder / name), ContainsSubstring("</svg>"));
  }
  // Layer 0 has heat, the last has none: it shows another picture.
  CHECK(content(folder / "cam/layer_00.png") != content(folder / "cam/layer_02.png"));
  const std::string page = content(folder / "report.html");
  CHECK_THAT(page, ContainsSubstring("Content-Security-Policy"));
  CHECK(page.size() < 5'000'000);
  // The last lines say where everything lies.
  const std::string lines = outcome.out.substr(outcome.out.find("\nin "));
  CHECK_THAT(lines, ContainsSubstring(folder.path().string()));
  CHECK_THAT(lines, ContainsSubstring("cam_strip.png"));
}

TEST_CASE("analyze prints the answer's tokens and a row per layer in 100 columns",
          "[command][analyze]") {
  const Scratch folder;
  const Outcome outcome = run_command(analyze((folder / "a").string(), plain_case));
  REQUIRE(outcome.exit_code == 0);

  std::size_t begin = 0;
  for (std::size_t end; (end = outcome.out.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    CAPTURE(outcome.out.substr(begin, end - begin));
    CHECK(end - begin <= 100 + folder.path().string().size());
  }
  const std::string table = outcome.out.substr(outcome.out.find("layer    system"));
  CHECK(occurrences(table.substr(0, table.find("\n\n")), "\n") == 3);
  CHECK_THAT(table, ContainsSubstring("flowing"));
  CHECK_THAT(table, ContainsSubstring("no flow"));
  CHECK_THAT(outcome.error, ContainsSubstring("note: no flow in layer 2"));
}

TEST_CASE("an answer's tokens keep the blanks between them", "[command][analyze]") {
  const Scratch folder;
  const Outcome outcome =
      run_command({"analyze", "--model", tiny + "/checkpoint", "--image",
                   tiny + "/pictures/000.png", "--question", "Describe the image.", "--cam-samples",
                   "0", "--output", (folder / "a").string()});
  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  const auto flow = nlohmann::json::parse(content(folder / "a/flow.json"));

  CHECK(answer_tokens(flow) == flow.at("answer").get<std::string>());
  CHECK_THAT(answer_tokens(flow), ContainsSubstring(" "));
}

TEST_CASE("the same analysis draws the same bytes", "[command][analyze]") {
  const Scratch folder;
  const std::vector<std::string> question{
      "--image",          tall, "--question",    "Is there a dog?",
      "--max-new-tokens", "2",  "--cam-samples", "2"};
  REQUIRE(run_command(analyze((folder / "a").string(), question)).exit_code == 0);
  REQUIRE(run_command(analyze((folder / "b").string(), question)).exit_code == 0);
  REQUIRE(run_command(analyze((folder / "jet").string(), words(question, {"--colours", "jet"})))
              .exit_code == 0);

  for (const char* name :
       {"cam.npy", "shares.csv", "cam_strip.png", "flow.svg", "cam/layer_01.png"}) {
    CAPTURE(name);
    CHECK(content(folder / "a" / name) == content(folder / "b" / name));
  }
  CHECK(content(folder / "jet" / "cam_strip.png") != content(folder / "a" / "cam_strip.png"));
  CHECK(content(folder / "jet" / "cam.npy") == content(folder / "a" / "cam.npy"));
}

TEST_CASE("several pictures get a file each, and captions say what was measured",
          "[command][analyze]") {
  const Scratch folder;
  std::ofstream(folder / "point.json")
      << R"({"model": "llava/plain", "rates": [{"family": "", "map": "post_attention_norm",
            "weighting": "mean", "layer": 1, "hit_rate": 0.625, "low": 0.5, "high": 0.75,
            "n": 8}]})";
  const std::vector<std::string> two{"--image",
                                     wide,
                                     tall,
                                     "--prompt",
                                     "USER: <image>\nor <image>\nWhich one is red? ASSISTANT:",
                                     "--answer",
                                     "No",
                                     "--cam-samples",
                                     "0"};

  const Outcome outcome = run_command(analyze(
      (folder / "out").string(), words(two, {"--hit-rates", (folder / "point.json").string()})));
  REQUIRE(outcome.exit_code == 0);
  REQUIRE(run_command(analyze((folder / "bare").string(), two)).exit_code == 0);

  CHECK(std::filesystem::exists(folder / "out" / "image_1_cam_strip.png"));
  CHECK(std::filesystem::exists(folder / "out" / "cam" / "image_2_layer_02.png"));
  CHECK_THAT(content(folder / "out" / "report.html"),
             ContainsSubstring("hit rate 0.62 [0.50, 0.75], n = 8"));
  // The caption in the picture: layer 1 has one, layer 0 was not measured.
  CHECK(content(folder / "out/cam/image_1_layer_01.png") !=
        content(folder / "bare/cam/image_1_layer_01.png"));
  CHECK(content(folder / "out/cam/image_1_layer_00.png") ==
        content(folder / "bare/cam/image_1_layer_00.png"));
}

TEST_CASE("an empty answer is said, not drawn", "[command][analyze]") {
  const Scratch folder;

  const Outcome outcome =
      run_command(analyze(folder.path().string(),
                          {"--image", wide, "--prompt", plain_prompt, "--max-new-tokens", "0"}));

  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.error, ContainsSubstring("the answer has no tokens"));
  CHECK_THAT(content(folder / "report.html"), ContainsSubstring("The answer has no tokens"));
  CHECK(!std::filesystem::exists(folder / "cam_strip.png"));
}

TEST_CASE("hostile questions and file names stay text on page and terminal", "[command][analyze]") {
  const Scratch folder;
  const std::string name = "a<!-- '\"<b>\x1b[31m.png";
  std::filesystem::copy_file(wide, folder / name);
  const std::string question = "</script><script>alert(1)</script>\x1b[2J\xff\"'";

  const Outcome outcome = run_command(
      analyze((folder / "out").string(), {"--image", (folder / name).string(), "--question",
                                          question, "--answer", "No", "--cam-samples", "0"}));

  CAPTURE(outcome.error);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.out.find('\x1b') == std::string::npos);
  CHECK(infoflow::valid_utf8(outcome.out) == outcome.out);
  for (const char* file : {"report.html", "flow.svg", "shares.svg", "flow.json"}) {
    const std::string text = content(folder / "out" / file);
    CAPTURE(file);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(infoflow::valid_utf8(text) == text);
  }
  const std::string page = content(folder / "out" / "report.html");
  CHECK(occurrences(page, "<script") == 2);
  CHECK(occurrences(page, "<!--") == 0);
  CHECK(nlohmann::json::accept(content(folder / "out" / "flow.json")));
}
