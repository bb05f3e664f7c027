// SPDX-License-Identifier: MIT
// From a checkpoint and a picture to the heat of the answer on the picture.
#include <filesystem>
#include <iostream>

#include <adapters/llava.hpp>
#include <infoflow/infoflow.hpp>
#include <infoflow/report.hpp>

int main() {
  using namespace infoflow;
  const auto model = adapters::Llava::from_directory("examples/tiny_llava/checkpoint");
  const RgbImage picture = read_image("examples/tiny_llava/pictures/001.png").image;
  const std::string question = model.question_prompt("What color is the circle?", 1);
  const Prompt prompt = model.prepare(std::span(&picture, 1), question);
  const auto answer = generate(model, prompt, model.encode(prompt.pixels), /*max_new_tokens=*/8);
  std::cout << model.decode(answer.ids) << '\n';

  const std::vector<Site> sites{{/*layer=*/2, SiteKind::post_attention_norm}};
  const GradCamSmoother smoother({.samples = 8}, HiResCam{});
  const auto heat = smoother(model, prompt, answer.ids, AnswerSum{}, sites);
  const HostVector map = heat.front()["hires"].mean();
  write_png(std::filesystem::temp_directory_path() / "heat.png",
            overlay(picture, prompt.layouts.front(), map, HeatKind::intensity));
}
