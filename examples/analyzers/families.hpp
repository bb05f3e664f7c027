// SPDX-License-Identifier: MIT
/// \file The model families that this build of the command knows.
#pragma once

#include <concepts>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <adapters/checkpoint/json_file.hpp>
#include <infoflow/infoflow.hpp>
#include <infoflow/sweep/adapter_sweeper.hpp>

#include "model.hpp"

namespace infoflow::analyzers {

struct LoadSettings {
  std::string directory;
  std::string dtype = "float32";           ///< float32, bfloat16 or float16.
  std::string device = "cpu";              ///< cpu or cuda:N.
  std::string half_products = "measured";  ///< As adapters::parse_half_products reads it.
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

/// What the command asks of an adapter: everything that the library's verbs can use of one, and names
/// for the templates of questions.
template <class A>
concept CommandAdapter = SweepAdapter<A> && HasQuestionPrompt<A> && HasEncodeAnswer<A> &&
                         HasEvaluation<A> && HasDecoderShape<A> && requires(const A& a) {
                           { a.question_template() } -> std::same_as<std::string>;
                           { a.evaluation_template() } -> std::same_as<std::string>;
                         };

/// A Model around an adapter, which asks benchmarks as its family's evaluation words them.
template <CommandAdapter A>
class AdaptedModel : public Model {
 public:
  AdaptedModel(A adapter, ModelInfo info, EvaluationWording evaluation)
      : adapter_(std::move(adapter)), info_(std::move(info)), evaluation_(evaluation) {
    info_.layers = adapter_.layer_count();
    info_.question_template = adapter_.question_template();
    info_.evaluation_template = adapter_.evaluation_template();
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }
  [[nodiscard]] Trace trace(const TraceRequest& request, const Progress& progress) const override {
    return infoflow::trace(adapter_, request, progress);
  }
  void check(const TraceRequest& request) const override {
    (void)prompt_text(adapter_, request);
    if (request.answer) (void)adapter_.encode_answer(*request.answer);
  }
  [[nodiscard]] std::unique_ptr<Sweeper> sweeper(const std::string& task,
                                                 Index max_new_tokens) const override {
    const TaskWording wording = wording_of(evaluation_, task);
    return std::make_unique<AdapterSweeper<A>>(
        adapter_, evaluation_wording(adapter_, wording, max_new_tokens));
  }
  [[nodiscard]] Index answer_limit(const std::string& task) const override {
    return wording_of(evaluation_, task).answer_limit;
  }
  [[nodiscard]] std::string answer_rule(const std::string& task) const override {
    return std::string(wording_of(evaluation_, task).rule);
  }

 private:
  A adapter_;
  ModelInfo info_;
  EvaluationWording evaluation_;
};

/// The checkpoint in an adapter that has `from_directory(path, TorchSettings)`.
template <CommandAdapter Adapter>
[[nodiscard]] Adapter load(const LoadSettings& settings) {
  return Adapter::from_directory(settings.directory, {.dtype = settings.dtype,
                                                      .device = settings.device,
                                                      .progress = settings.progress,
                                                      .note = settings.note});
}

/// A loaded checkpoint as the command knows it.
/// \param evaluation  a table that outlives the model, as those in adapters/evaluation do
template <CommandAdapter Adapter>
[[nodiscard]] std::unique_ptr<Model> adapted_model(Adapter adapter, const LoadSettings& settings,
                                                   const std::string& family,
                                                   EvaluationWording evaluation) {
  // Two folders of the path: checkpoints often lie in one that is called "model" or "checkpoint".
  const auto path = std::filesystem::canonical(settings.directory);
  const auto name = path.parent_path().filename() / path.filename();
  std::string products;
  if constexpr (requires { adapter.half_products(); }) products = adapter.half_products();
  return std::make_unique<AdaptedModel<Adapter>>(std::move(adapter),
                                                 ModelInfo{.name = name.string(),
                                                           .family = family,
                                                           .dtype = settings.dtype,
                                                           .device = settings.device,
                                                           .half_products = products},
                                                 evaluation);
}

}  // namespace infoflow::analyzers
