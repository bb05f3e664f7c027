// SPDX-License-Identifier: MIT
/// \file The door to everything that needs only the standard library and Eigen.
#pragma once

#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>
#include <infoflow/adapter/forward.hpp>
#include <infoflow/adapter/generate.hpp>
#include <infoflow/adapter/lane.hpp>
#include <infoflow/adapter/model_adapter.hpp>
#include <infoflow/adapter/observer.hpp>
#include <infoflow/adapter/plain.hpp>
#include <infoflow/adapter/prompt.hpp>
#include <infoflow/attention/attention_aggregator.hpp>
#include <infoflow/attention/attention_block.hpp>
#include <infoflow/attention/attention_map.hpp>
#include <infoflow/attention/head_reduction.hpp>
#include <infoflow/cam/channel_weighting.hpp>
#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/cam/heat_average.hpp>
#include <infoflow/cam/noise.hpp>
#include <infoflow/cam/normalise.hpp>
#include <infoflow/cam/target.hpp>
#include <infoflow/core/eigen_tensor_ops.hpp>
#include <infoflow/core/error.hpp>
#include <infoflow/core/image.hpp>
#include <infoflow/core/image_layout.hpp>
#include <infoflow/core/preprocessing.hpp>
#include <infoflow/core/random.hpp>
#include <infoflow/core/site.hpp>
#include <infoflow/core/tensor_ops.hpp>
#include <infoflow/core/token_partition.hpp>
#include <infoflow/core/version.hpp>
#include <infoflow/metrics/interval.hpp>
#include <infoflow/metrics/pointing_game.hpp>
#include <infoflow/truncation/cut_schedule.hpp>
#include <infoflow/truncation/policies.hpp>
#include <infoflow/truncation/truncation_policy.hpp>
