// SPDX-License-Identifier: MIT
/// \file All policies that come with the library.
#pragma once

#include <infoflow/truncation/attention_policies.hpp>  // TopK, TopP, Inverse
#include <infoflow/truncation/fixed_policies.hpp>      // DropAll, FixedList, FixedTokens
#include <infoflow/truncation/published_policies.hpp>  // fast_v, pyramid_drop
#include <infoflow/truncation/random_policy.hpp>       // Random
#include <infoflow/truncation/uniform_grid.hpp>        // UniformGrid
