// SPDX-License-Identifier: MIT
/// \file Everything that needs libtorch.
#pragma once

#include <infoflow/torch/attention.hpp>
#include <infoflow/torch/backward.hpp>
#include <infoflow/torch/cache.hpp>
#include <infoflow/torch/lane_attention.hpp>
#include <infoflow/torch/lane_groups.hpp>
#include <infoflow/torch/tensor_ops.hpp>
#include <infoflow/torch/untaped.hpp>
