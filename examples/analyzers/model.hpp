// SPDX-License-Identifier: MIT
/// \file A loaded model, whatever its family: what the commands ask of it. Values in, values out, so that
/// files which include libtorch and files which include fmt can share it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <infoflow/run/progress.hpp>
#include <infoflow/run/trace_result.hpp>
#include <infoflow/sweep/sweeper.hpp>

namespace infoflow::analyzers {

/// "sum" or "token:I". \throws Error otherwise
[[nodiscard]] CamTarget parse_cam_target(std::string_view text);

/// What a model is called and how it was loaded.
struct ModelInfo {
  std::string name;    ///< The last two folders of the checkpoint's path.
  std::string family;  ///< model_type of its configuration.
  std::string dtype;
  std::string device;
  std::string half_products{};  ///< "native" or "widened" where numbers depend on it, else empty.
  int layers = 0;
  std::string question_template{};    ///< Through which a question goes, by name.
  std::string evaluation_template{};  ///< Through which a benchmark's goes.
};

/// A loaded model, behind an interface that knows neither its family nor its tensors.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  [[nodiscard]] virtual Trace trace(const TraceRequest& request,
                                    const Progress& progress) const = 0;
  /// Looks at the request's texts without running anything.
  /// \throws Error if a question or a forced answer cannot be put as it stands
  virtual void check(const TraceRequest& request) const = 0;

  /// What asks the task's questions under many cuts; must not outlive the model.
  /// \param max_new_tokens  0: as many as the family's evaluation of the task allows
  [[nodiscard]] virtual std::unique_ptr<Sweeper> sweeper(const std::string& task,
                                                         Index max_new_tokens) const = 0;
  [[nodiscard]] virtual Index answer_limit(const std::string& task) const = 0;
  /// The rule that reads answers as the family's evaluation asks for them; empty: the benchmark's own.
  [[nodiscard]] virtual std::string answer_rule(const std::string& task) const = 0;
};

}  // namespace infoflow::analyzers
