// SPDX-License-Identifier: MIT
// build error: a sentence that no compiler prints
#ifndef INFOFLOW_POSITIVE_CONTROL
static_assert(false, "another sentence");
#endif
