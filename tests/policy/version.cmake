# SPDX-License-Identifier: MIT
# cmake -D root=<repository> -P version.cmake
# The files that repeat the version of version.hpp say the same.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/includes.cmake)

file(READ ${root}/include/infoflow/core/version.hpp header)
if(NOT header MATCHES "version = \"(([0-9]+\\.[0-9]+)\\.[0-9]+)\"")
  message(FATAL_ERROR "no version = \"x.y.z\" in version.hpp")
endif()
set(full ${CMAKE_MATCH_1})
set(minor ${CMAKE_MATCH_2})

# says(<file> <text>)
function(says file text)
  set(content "")
  if(EXISTS ${root}/${file})
    file(READ ${root}/${file} content)
  endif()
  string(FIND "${content}" "${text}" at)
  if(at EQUAL -1)
    infoflow_violation("${file} does not say \"${text}\"")
  endif()
endfunction()
says(CITATION.cff "\nversion: ${full}\n")
says(README.md "find_package(infoflow ${minor} REQUIRED")
says(README.md "\nVersion ${minor}; ")
infoflow_report()
