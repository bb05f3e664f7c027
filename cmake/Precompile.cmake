# SPDX-License-Identifier: MIT
# Precompiled headers for our own targets: parsing a door, Catch2 or ATen once per group of equal
# flags instead of once per file halves the build on two cores. Whoever edits headers much may
# prefer OFF, which rebuilds only the files that include the edited one.
option(INFOFLOW_PRECOMPILE "Precompile doors, Catch2 and ATen for infoflow's own targets" ON)

# infoflow_precompile(<target> <group> <header>...): the group's first target precompiles the
# headers, the others take its result.
function(infoflow_precompile target group)
  if(NOT INFOFLOW_PRECOMPILE)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY infoflow_${group}_precompiled_by)
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
    set_property(GLOBAL PROPERTY infoflow_${group}_precompiled_by ${target})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess) # ccache needs it to see the header
  endif()
endfunction()
