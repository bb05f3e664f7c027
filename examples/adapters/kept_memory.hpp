// SPDX-License-Identifier: MIT
/// \file Memory that a process keeps for its next tensors.
#pragma once

#include <cstdlib>
#include <limits>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace infoflow::adapters {

/// Lets the process keep memory that it frees, where the C library is glibc. Tensors of the same sizes
/// come and go with every layer; mapping and clearing their pages anew is a fifth of a small prefill.
inline void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // The most that glibc takes.
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace infoflow::adapters
