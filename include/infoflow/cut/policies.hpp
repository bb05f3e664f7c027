// SPDX-License-Identifier: MIT
/// \file All policies that come with the library.
#pragma once

#include <infoflow/cut/attention_policies.hpp>  // TopK, TopP, Inverse
#include <infoflow/cut/fixed_policies.hpp>      // DropAll, FixedList, FixedTokens
#include <infoflow/cut/published_policies.hpp>  // fast_v, pyramid_drop
#include <infoflow/cut/random_policy.hpp>       // Random
#include <infoflow/cut/uniform_grid.hpp>        // UniformGrid
