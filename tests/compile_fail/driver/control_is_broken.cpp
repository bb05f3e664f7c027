// SPDX-License-Identifier: MIT
// build error: the same fault in both
static_assert(false, "the same fault in both");
