# SPDX-License-Identifier: MIT
# Address and undefined-behaviour sanitizers, for our own targets (the preset `asan`).
option(INFOFLOW_SANITIZE "Build infoflow's own targets with ASan and UBSan" OFF)
if(INFOFLOW_SANITIZE)
  # A finding must fail the test that meets it, not only print.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(infoflow_warnings INTERFACE ${sanitizers})
  target_link_options(infoflow_warnings INTERFACE ${sanitizers})
endif()
