// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <infoflow/core/random.hpp>
#include <infoflow/picture/picture_reader.hpp>

namespace infoflow::analyzers {

CamTarget parse_cam_target(std::string_view text) {
  if (text == "sum") return {};
  Index token = 0;
  if (text.starts_with("token:")) {
    const std::string_view number = text.substr(6);
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), token);
    if (fault == std::errc{} && end == number.data() + number.size() && token >= 0) return {token};
  }
  throw Error("not a CAM target: \"" + std::string(text) + "\"", "--cam-target",
              "use sum, or token:I with answer tokens counted from 0");
}

void ModelOptions::add_to(CLI::App& command) {
  command.add_option("--model", load.directory, "Folder of a Hugging Face checkpoint")->required();
  command.add_option("--dtype", load.dtype, "Type to compute in")
      ->check(CLI::IsMember({"float32", "bfloat16", "float16"}))
      ->capture_default_str();
  command.add_option("--device", load.device, "cpu or cuda:N")->capture_default_str();
  command
      .add_option("--half-products", load.half_products,
                  "How a CPU multiplies bfloat16 and float16: natively, or widened to float32")
      ->check(CLI::IsMember({"measured", "native", "widened"}))
      ->capture_default_str();
}

void PromptOptions::add_to(CLI::App& command) {
  command.add_option("--image", images, "Picture files, in the order of the prompt's <image>s");
  pictures.add_to(command);
  auto* q = command.add_option("--question", question, "Goes through the model's prompt template");
  auto* p = command.add_option("--prompt", prompt,
                               "Used as it stands; <image> stands for a picture's whole span");
  q->excludes(p);
  auto* a = command.add_option("--answer", answer, "Force this answer instead of the model's own");
  command.add_option("--max-new-tokens", max_new_tokens, "Longest answer to generate")
      ->check(CLI::Range(0, 1 << 20))
      ->excludes(a)
      ->capture_default_str();
}

TraceRequest PromptOptions::request(const CLI::App& command,
                                    std::vector<std::string>& notes) const {
  TraceRequest request;
  request.is_question = command.count("--question") > 0;
  if (!request.is_question && command.count("--prompt") == 0) {
    throw CLI::RequiredError("--question or --prompt");
  }
  request.text = request.is_question ? question : prompt;
  if (command.count("--answer") > 0) request.answer = answer;
  request.max_new_tokens = max_new_tokens;
  PictureReader reader(pictures.applies_exif());
  for (const std::string& path : images) request.images.push_back(reader.read(path));
  for (std::string& note : reader.notes()) notes.push_back(std::move(note));
  return request;
}

void SmoothingOptions::add_to(CLI::App& command) {
  command
      .add_option("--cam-samples", settings.samples,
                  "Noisy copies to average over; 0: one pass on the clean picture")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  command.add_option("--cam-noise", noise, "Standard deviation of the noise, in [0,1] pixel units")
      ->check(CLI::Range(0.0, 10.0))
      ->check([](const std::string& text) {  // A range lets "nan" pass.
        return std::isnan(std::strtod(text.c_str(), nullptr)) ? "not a number: " + text : "";
      })
      ->capture_default_str();
  command.add_option("--seed", settings.seed, "Seed of the noise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace infoflow::analyzers
