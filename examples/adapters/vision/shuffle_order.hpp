// SPDX-License-Identifier: MIT
/// \file How pixel shuffle orders what it merges: what a configuration says, without libtorch.
#pragma once

namespace infoflow::adapters {

/// In which order the merged vectors of a grid come. Released models have "v2", row by row; "v1"
/// gives the same vectors column by column.
enum class ShuffleOrder { by_column, by_row };

}  // namespace infoflow::adapters
