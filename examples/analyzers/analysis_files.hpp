// SPDX-License-Identifier: MIT
/// \file An analysis as numbers: flow.json, shares.csv and cam.npy.
#pragma once

#include <filesystem>
#include <string>

#include "analysis.hpp"

namespace infoflow::analyzers {

/// Everything by name: model, settings, tokens, and per layer shares, entropy and CAM.
[[nodiscard]] std::string flow_json(const Analysis& analysis);

/// A row per layer and answer token, the mean over tokens first.
[[nodiscard]] std::string shares_csv(const Analysis& analysis);

/// [layers, image tokens]: eq. 3 of the sum, weighting mean, before normalisation.
void write_cam(const std::filesystem::path& file, const Analysis& analysis);

}  // namespace infoflow::analyzers
