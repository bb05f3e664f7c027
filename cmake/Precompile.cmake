# SPDX-License-Identifier: MIT
# Precompiled headers for our own targets: parsing Catch2 or ATen once per group of equal flags
# instead of once per file halves the build on two cores.
option(INFOFLOW_PRECOMPILE "Precompile Catch2 and ATen for infoflow's own targets" ON)

# infoflow_precompile(<target> <header> [<owner>]): precompile <header>, or reuse <owner>'s result.
function(infoflow_precompile target header)
  if(NOT INFOFLOW_PRECOMPILE)
    return()
  endif()
  if(ARGC GREATER 2)
    target_precompile_headers(${target} REUSE_FROM ${ARGV2})
  else()
    target_precompile_headers(${target} PRIVATE ${header})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess) # ccache needs it to see the header
  endif()
endfunction()
