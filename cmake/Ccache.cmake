# SPDX-License-Identifier: MIT
# ccache in front of the compiler, for our own builds only: a parent project chooses its launcher.
if(NOT PROJECT_IS_TOP_LEVEL OR DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  return()
endif()
find_program(INFOFLOW_CCACHE ccache)
mark_as_advanced(INFOFLOW_CCACHE)
if(NOT INFOFLOW_CCACHE)
  return()
endif()
# pch_defines and time_macros: without them ccache refuses every file behind a precompiled header.
# The base directory makes paths relative, so that build folders side by side share their results.
set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${INFOFLOW_CCACHE})
