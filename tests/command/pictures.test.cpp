// SPDX-License-Identifier: MIT
// How every command reads pictures, and what it says of them.
#include <fstream>

#include <catch_compat.hpp>

#include <infoflow/picture/read_image.hpp>
#include <infoflow/picture/upright.hpp>
#include <infoflow/picture/write_png.hpp>

#include "command.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string pictures = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/io";
const std::string turned = pictures + "/turned6.jpg";

std::vector<std::string> trace(const std::string& image, const std::string& output,
                               const std::vector<std::string>& more = {}) {
  return words({"trace", "--model", golden + "/plain", "--image", image, "--prompt", plain_prompt,
                "--answer", "Yes", "--output", output},
               more);
}

/// The picture's values as a PNG, which has no orientation.
std::string as_png(const Scratch& folder, const std::string& name,
                   const infoflow::RgbImage& image) {
  infoflow::write_png(folder / name, image);
  return (folder / name).string();
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t times = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++times;
  }
  return times;
}

}  // namespace

TEST_CASE("an orientation is said, and applied when that is asked for", "[command][pictures]") {
  const Scratch folder;
  const infoflow::RgbImage stored = infoflow::read_image(turned).image;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  const Outcome ignored = run_command(trace(turned, file("ignored")));
  const Outcome applied = run_command(trace(turned, file("applied"), {"--exif", "apply"}));
  CAPTURE(ignored.error, applied.error);
  REQUIRE(ignored.exit_code == 0);
  REQUIRE(applied.exit_code == 0);
  CHECK_THAT(ignored.error, ContainsSubstring("EXIF orientation 6, which is not applied"));
  CHECK_THAT(applied.error, ContainsSubstring("EXIF orientation 6, which is applied"));

  REQUIRE(run_command(trace(as_png(folder, "stored.png", stored), file("stored"))).exit_code == 0);
  const std::string upright = as_png(folder, "upright.png", infoflow::upright(stored, 6));
  REQUIRE(run_command(trace(upright, file("upright"))).exit_code == 0);
  CHECK(difference(Tensors(file("ignored")), Tensors(file("stored"))).empty());
  CHECK(difference(Tensors(file("applied")), Tensors(file("upright"))).empty());
  CHECK_FALSE(difference(Tensors(file("applied")), Tensors(file("stored"))).empty());
}

TEST_CASE("a faulty picture that Pillow reads is read with a note", "[command][pictures]") {
  const Scratch folder;
  for (const char* name : {"junk_before_frame.jpg", "no_end.png"}) {
    const Outcome outcome = run_command(trace(pictures + "/" + name, (folder / "out").string()));
    CAPTURE(outcome.error);
    CHECK(outcome.exit_code == 0);
    CHECK(count(outcome.error, "is read as Pillow reads it: ") == 1);
  }
}

TEST_CASE("point says each picture's orientation once, and applies it when asked",
          "[command][point][pictures]") {
  const Scratch folder;
  std::ofstream(folder / "data.jsonl")
      << R"({"id": "a", "image": "turned6.jpg", "question": "?", "boxes": [[0, 0, 5, 5]]})" << '\n'
      << R"({"id": "b", "image": "turned6.jpg", "question": "!", "boxes": [[0, 0, 5, 5]]})" << '\n';
  for (const bool apply : {false, true}) {
    const Outcome outcome = run_command(
        words({"point", "--model", golden + "/plain", "--data", (folder / "data.jsonl").string(),
               "--images", pictures, "--cam-samples", "0", "--max-new-tokens", "2"},
              apply ? std::vector<std::string>{"--exif", "apply"} : std::vector<std::string>{}));
    CAPTURE(outcome.error);
    CHECK(outcome.exit_code == 0);
    CHECK(count(outcome.error, apply ? "which is applied" : "which is not applied") == 1);
  }
}

TEST_CASE("a sweep names a few of many pictures and counts the others",
          "[command][sweep][pictures]") {
  const Scratch folder;
  std::filesystem::create_directory(folder / "images");
  std::ofstream data(folder / "data.jsonl");
  for (int i = 0; i < 7; ++i) {
    const std::string name = std::to_string(i) + ".jpg";
    std::filesystem::copy(turned, folder / ("images/" + name));
    data << R"({"id": ")" << i << R"(", "image": ")" << name
         << R"(", "question": "Is there a red square?", "answer": "yes"})" << '\n';
  }
  data.close();
  const auto sweep = [&](const std::vector<std::string>& more) {
    return run_command(
        words({"sweep", "--model", tiny + "/checkpoint", "--task", "vqa", "--data",
               (folder / "data.jsonl").string(), "--images", (folder / "images").string(),
               "--layers", "4", "--control", "uniform:16", "--output", (folder / "out").string()},
              more));
  };
  const Outcome first = sweep({});
  CAPTURE(first.error);
  CHECK(first.exit_code == 0);
  CHECK(count(first.error, "EXIF orientation 6, which is not applied") == 5);
  CHECK_THAT(first.error, ContainsSubstring("2 more pictures have an EXIF orientation"));

  // What was measured on stored pictures does not go on with turned ones.
  const Outcome mixed = sweep({"--resume", "--exif", "apply"});
  CHECK(mixed.exit_code == 1);
  CHECK_THAT(mixed.error, ContainsSubstring("exif"));
}
