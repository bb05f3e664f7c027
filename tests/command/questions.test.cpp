// SPDX-License-Identifier: MIT
// How commands ask: through which template, and that a user's text is text in all of them.
#include <fstream>

#include <catch_compat.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

nlohmann::json template_golden(const std::string& name) {
  return nlohmann::json::parse(
      content(std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/chat_templates/" + name));
}

/// The checkpoint `plain` with a chat template of its own.
std::string with_template(const Scratch& folder, const std::string& text) {
  std::filesystem::copy(golden + "/plain", folder / "model");
  std::ofstream(folder / "model/chat_template.jinja", std::ios::binary) << text;
  return (folder / "model").string();
}

/// A sweep of one question over the checkpoint at `model`.
std::vector<std::string> sweep(const Scratch& folder, const std::string& model,
                               const std::string& row) {
  return {"sweep",
          "--model",
          model,
          "--task",
          "vqa",
          "--data",
          written(folder, "data.jsonl", {row}),
          "--images",
          golden + "/pictures",
          "--output",
          (folder / "sweep").string(),
          "--layers",
          "1",
          "--max-new-tokens",
          "2"};
}

void check_named(const std::vector<std::string>& arguments, const std::string& mark,
                 const std::string& where) {
  const Outcome outcome = run_command(arguments);
  CAPTURE(arguments, outcome.out, outcome.error);
  CHECK(outcome.exit_code == 1);
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  CHECK_THAT(outcome.error, ContainsSubstring("\"" + mark + "\" in the ") &&
                                ContainsSubstring("not text") && ContainsSubstring(where));
}

}  // namespace

TEST_CASE("a question is asked through the checkpoint's chat template, and page and trace say so",
          "[command][chat]") {
  const Scratch folder;
  const auto wanted = template_golden("ids.json");
  const std::string model = with_template(folder, wanted.at("template"));
  const std::string file = (folder / "out.safetensors").string();
  const std::vector<std::string> question{"--image",  tall, "--question", wanted.at("question"),
                                          "--answer", "Yes"};
  REQUIRE(run_command(words({"trace", "--model", model, "--output", file}, question)).exit_code ==
          0);
  const Tensors trace(file);
  std::vector<std::int64_t> ids(trace.raw("input_ids").size() / sizeof(std::int64_t));
  std::memcpy(ids.data(), trace.raw("input_ids").data(), trace.raw("input_ids").size());
  const auto prompt = wanted.at("ids").get<std::vector<std::int64_t>>();
  REQUIRE(ids.size() > prompt.size());
  ids.resize(prompt.size());
  CHECK(ids == prompt);
  CHECK(trace.note("template") == "LLaVA-1.5's, from chat_template.jinja");

  REQUIRE(run_command(words({"analyze", "--model", model, "--cam-samples", "0", "--output",
                             (folder / "page").string()},
                            question))
              .exit_code == 0);
  const auto flow = nlohmann::json::parse(content(folder / "page/flow.json"));
  CHECK(flow.at("run").at("template") == "LLaVA-1.5's, from chat_template.jinja");
  CHECK_THAT(content(folder / "page/report.html"), ContainsSubstring("from chat_template.jinja"));
}

TEST_CASE("a chat template that is not known is refused for questions alone, with a way out",
          "[command][chat]") {
  const Scratch folder;
  const std::string model = with_template(folder, "{{ messages[0].content }}");
  const std::string file = (folder / "out.safetensors").string();
  const Outcome refused = run_command(
      {"trace", "--model", model, "--image", wide, "--question", "Is it?", "--output", file});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.error, ContainsSubstring("none of those that are known") &&
                                ContainsSubstring("chat_template.jinja") &&
                                ContainsSubstring("--prompt"));
  CHECK(run_command({"trace", "--model", model, "--image", wide, "--prompt", plain_prompt,
                     "--answer", "Yes", "--output", file})
            .exit_code == 0);
  // Benchmarks have their evaluation's template, and the page says which.
  const Outcome swept = run_command(
      sweep(folder, model, R"({"image": "wide.png", "question": "Is it?", "answer": "yes"})"));
  CAPTURE(swept.error);
  CHECK(swept.exit_code == 0);
  CHECK_THAT(content(folder / "sweep/report.html"), ContainsSubstring("vicuna_v1"));
}

TEST_CASE("tokens written out in a question, an answer or a row are named by every command",
          "[command][prompt]") {
  const Scratch folder;
  const std::string model = golden + "/plain";
  for (const std::string mark : {"<image>", "</s>"}) {
    const std::vector<std::string> prompted{"--image", wide, "--question", "Is it " + mark + "?"};
    const std::vector<std::string> answered{"--image",    wide,       "--question",
                                            "Is it red?", "--answer", "a " + mark};
    for (const std::string command : {"trace", "analyze"}) {
      const std::string output = (folder / command).string();
      const std::vector<std::string> first{command, "--model", model, "--output", output};
      check_named(words(first, prompted), mark, "(question)");
      check_named(words(first, answered), mark, "(answer)");
    }
    const std::string data =
        written(folder, "point.jsonl",
                {R"({"id": "seven", "image": "wide.png", "question": "Where )" + mark +
                 R"(?", "boxes": [[0, 0, 57, 34]]})"});
    check_named({"point", "--model", model, "--data", data, "--images", golden + "/pictures"}, mark,
                "seven");
    const auto row = [&](const std::string& question, const std::string& answer) {
      return nlohmann::json{{"image", "wide.png"}, {"question", question}, {"answer", answer}}
          .dump();
    };
    check_named(sweep(folder, model, row("Is it " + mark + "?", "yes")), mark, "data.jsonl:1");
    std::filesystem::remove_all(folder / "sweep");
    check_named(sweep(folder, model, row("Is it?", "a " + mark)), mark, "data.jsonl:1");
    std::filesystem::remove_all(folder / "sweep");
  }
}
