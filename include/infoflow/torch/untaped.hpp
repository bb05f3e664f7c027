// SPDX-License-Identifier: MIT
/// \file A pass that no tape records, without autograd's bookkeeping.
#pragma once

#include <optional>

#include <ATen/core/LegacyTypeDispatch.h>

namespace infoflow {

/// While this lives, operators go past autograd: of a model of a few megabytes that is a quarter of a
/// decoding step. What they give cannot be differentiated, whatever GradMode says; code of others is
/// called with `aside`, where autograd is as it was.
class Untaped {
 public:
  /// \param untaped  false: everything stays as it is
  explicit Untaped(bool untaped) : untaped_(untaped) { begin(); }

  template <class F>
  void aside(F f) {
    guard_.reset();
    f();
    begin();
  }

 private:
  void begin() {
    if (untaped_) guard_.emplace();
  }

  bool untaped_;
  std::optional<at::AutoDispatchBelowADInplaceOrView> guard_{};
};

}  // namespace infoflow
