// SPDX-License-Identifier: MIT
/// \file libtorch and Catch2 in the order that works; the precompiled header of tests with libtorch.
#pragma once

#include <ATen/ATen.h>
#include <catch_compat.hpp>
#include <torch/csrc/autograd/custom_function.h>  // Of the adapters: dear to parse.
