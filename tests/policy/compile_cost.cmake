# SPDX-License-Identifier: MIT
# cmake -D compiler=<g++> -D folder=<with compile_cost_cases.cmake> -P compile_cost.cmake
# What a door costs whoever includes it, held against Eigen/Core alone. The measure is what g++ says
# that it allocates for the file: it grows with compile time, and is the same however busy the
# machine is.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/includes.cmake)

# megabytes(<result> <flags> <header>...)
function(megabytes result flags)
  set(text "")
  foreach(header IN LISTS ARGN)
    string(APPEND text "#include <${header}>\n")
  endforeach()
  file(WRITE ${folder}/compile_cost.cpp "${text}")
  execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only -ftime-report ${flags}
                          ${folder}/compile_cost.cpp
                  RESULT_VARIABLE status ERROR_VARIABLE report OUTPUT_QUIET)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN} does not compile:\n${report}")
  endif()
  if(NOT report MATCHES "TOTAL[^\n]* ([0-9]+)M")
    message(FATAL_ERROR "${compiler} -ftime-report says nothing of memory:\n${report}")
  endif()
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

# hold(<hundredths of Eigen/Core> <flags> <header>...)
function(hold limit flags)
  megabytes(cost "${flags}" ${ARGN})
  math(EXPR hundredths "100 * ${cost} / ${eigen}")
  list(JOIN ARGN " + " what)
  message(STATUS "${what}: ${cost} MB, ${hundredths} % of Eigen/Core's ${eigen} MB; limit ${limit} %")
  if(hundredths GREATER limit)
    infoflow_violation("${what} costs ${hundredths} % of Eigen/Core, more than ${limit} %: "
                       "tests/policy/compile_cost.cmake says how that is measured")
  endif()
endfunction()

include(${folder}/compile_cost_cases.cmake)
infoflow_report()
