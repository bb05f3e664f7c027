// SPDX-License-Identifier: MIT
/// \file The model families that this build of the command knows.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <adapters/checkpoint/json_file.hpp>

#include "run_study.hpp"
#include "run_sweep.hpp"

namespace infoflow::analyzers {

struct LoadSettings {
  std::string directory;
  std::string dtype = "float32";  ///< float32, bfloat16 or float16.
  std::string device = "cpu";     ///< cpu or cuda:N.
  Progress progress = [](int, int) {};
  /// Told, in a sentence, what in the checkpoint's files is left out.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

using OpenModel = std::unique_ptr<Model> (*)(const LoadSettings&);

/// Whether a config.json, whose "model_type" is a text or missing, is of the family.
using Recognises = bool (*)(const adapters::Json& config);

/// Makes a family known. Each file in families/ does so once, so that adding a family touches no other
/// file. \param name  as reports and messages call it
struct RegisterFamily {
  RegisterFamily(std::string name, Recognises recognises, OpenModel open);
};

/// Loads the checkpoint with the family that its config.json names.
/// \throws Error if the folder, the configuration or the family is missing
[[nodiscard]] std::unique_ptr<Model> open_model(const LoadSettings& settings);

/// A Model around an adapter.
template <SweepAdapter A>
class AdaptedModel : public Model {
 public:
  AdaptedModel(A adapter, ModelInfo info) : adapter_(std::move(adapter)), info_(std::move(info)) {
    info_.layers = adapter_.layer_count();
    info_.shape = adapter_.decoder_shape();
    info_.question_template = adapter_.question_template();
    info_.evaluation_template = adapter_.evaluation_template();
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }
  [[nodiscard]] Study study(const StudyRequest& request, const Progress& progress) const override {
    return run_study(adapter_, request, progress);
  }
  void check(const StudyRequest& request) const override {
    (void)prompt_text(adapter_, request);
    if (request.answer) (void)adapter_.encode_answer(*request.answer);
  }
  [[nodiscard]] std::unique_ptr<Sweeper> sweeper(const std::string& task,
                                                 Index max_new_tokens) const override {
    return std::make_unique<AdaptedSweeper<A>>(
        adapter_, task, max_new_tokens > 0 ? max_new_tokens : answer_limit(task));
  }
  [[nodiscard]] Index answer_limit(const std::string& task) const override {
    return adapter_.answer_limit(task);
  }

 private:
  A adapter_;
  ModelInfo info_;
};

/// Opens a checkpoint of `Adapter`, which has `from_directory(path, TorchSettings)`.
template <SweepAdapter Adapter>
[[nodiscard]] std::unique_ptr<Model> adapted_model(const LoadSettings& settings,
                                                   const std::string& family) {
  auto adapter = Adapter::from_directory(
      settings.directory,
      {.dtype = settings.dtype,
       .device = settings.device,
       .progress = settings.progress,
       .note = settings.note});
  // Two folders of the path: checkpoints often lie in one that is called "model" or "checkpoint".
  const auto path = std::filesystem::canonical(settings.directory);
  const auto name = path.parent_path().filename() / path.filename();
  return std::make_unique<AdaptedModel<Adapter>>(std::move(adapter),
                                                 ModelInfo{.name = name.string(),
                                                           .family = family,
                                                           .dtype = settings.dtype,
                                                           .device = settings.device});
}

}  // namespace infoflow::analyzers
