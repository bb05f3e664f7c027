// SPDX-License-Identifier: MIT
/// \file Runs the built command, and reads the tensors that it writes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <scratch.hpp>
#include <sys/wait.h>

namespace command_test {

using io_test::content;
using io_test::Scratch;
using io_test::write;
using io_test::written;

inline const std::string golden = std::string(INFOFLOW_SOURCE_DIR) + "/tests/golden/llava";
inline const std::string wide = golden + "/pictures/wide.png";
inline const std::string tall = golden + "/pictures/tall.png";
/// The small trained model, its pictures and its data.
inline const std::string tiny = std::string(INFOFLOW_SOURCE_DIR) + "/examples/tiny_llava";
/// The prompt of the golden case `plain`.
inline const std::string plain_prompt = "USER: <image>\nWhat is it? ASSISTANT:";

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string error;
};

/// One thread: sums are then taken in one order, and tests side by side do not fight for cores.
inline Outcome run_command(const std::vector<std::string>& words) {
  const Scratch scratch;
  std::string line = "OMP_NUM_THREADS=1 '" INFOFLOW_COMMAND "'";
  for (const std::string& word : words) {
    line += " '";
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += "'";
  }
  line += " >'" + (scratch / "out").string() + "' 2>'" + (scratch / "error").string() + "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          content(scratch / "out"), content(scratch / "error")};
}

/// `first` and then `more`.
inline std::vector<std::string> words(std::vector<std::string> first,
                                      const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

/// What the tokens of the answer say in a flow.json, one after the other.
inline std::string answer_tokens(const nlohmann::json& flow) {
  std::string texts;
  for (const auto& token : flow.at("tokens")) {
    if (token.at("role") == "answer") texts += token.at("text").get<std::string>();
  }
  return texts;
}

/// A safetensors file, read with nothing of infoflow's own.
class Tensors {
 public:
  explicit Tensors(const std::filesystem::path& path) : bytes_(content(path)) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes_.data(), 8);
    header_ = nlohmann::json::parse(bytes_.substr(8, size));
    data_ = 8 + static_cast<std::size_t>(size);
  }

  [[nodiscard]] std::string note(const std::string& key) const {
    return header_.at("__metadata__").at(key);
  }
  [[nodiscard]] std::vector<std::int64_t> shape(const std::string& name) const {
    return header_.at(name).at("shape");
  }
  [[nodiscard]] std::string type(const std::string& name) const {
    return header_.at(name).at("dtype");
  }
  [[nodiscard]] std::string raw(const std::string& name) const {
    const auto& offsets = header_.at(name).at("data_offsets");
    const auto begin = offsets[0].get<std::size_t>();
    return bytes_.substr(data_ + begin, offsets[1].get<std::size_t>() - begin);
  }
  [[nodiscard]] std::vector<float> floats(const std::string& name) const {
    const std::string bytes = raw(name);
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

 private:
  std::string bytes_;
  nlohmann::json header_;
  std::size_t data_ = 0;
};

/// max |a − b| / max |b|; infinite if the lengths differ or a value is not finite.
inline double relative_error(const std::vector<float>& ours, const std::vector<float>& reference) {
  if (ours.size() != reference.size()) return INFINITY;
  double most = 0;
  double difference = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (!std::isfinite(ours[i])) return INFINITY;
    most = std::max(most, static_cast<double>(std::abs(reference[i])));
    difference = std::max(difference, static_cast<double>(std::abs(ours[i] - reference[i])));
  }
  return difference == 0 ? 0 : difference / most;
}

/// What differs between a trace and a golden file; empty if nothing does.
inline std::string difference(const Tensors& ours, const Tensors& reference) {
  for (const char* name : {"input_ids", "roles", "answer_ids"}) {
    if (ours.type(name) != reference.type(name)) return std::string(name) + " has another type";
    if (ours.raw(name) != reference.raw(name)) return std::string(name) + " differs";
  }
  for (const char* name : {"logits", "attention_share", "attention_rows", "cam"}) {
    if (ours.shape(name) != reference.shape(name)) return std::string(name) + " has another shape";
    const double error = relative_error(ours.floats(name), reference.floats(name));
    if (!(error < 1e-4)) return std::string(name) + " is off by " + std::to_string(error);
  }
  return "";
}

}  // namespace command_test
