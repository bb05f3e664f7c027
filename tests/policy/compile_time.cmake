# SPDX-License-Identifier: MIT
# cmake -D compiler=… -D folder=<with compile_time_cases.cmake> -P compile_time.cmake
# Prints how many seconds each umbrella header costs a source file. A report, not a test: seconds
# depend on the machine.
cmake_minimum_required(VERSION 3.24)

# report(<header> <include flags>)
function(report header flags)
  file(WRITE ${folder}/compile_time.cpp "#include <${header}>\n")
  string(TIMESTAMP begin "%s%f")
  execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only -DFMT_HEADER_ONLY ${flags}
                          ${folder}/compile_time.cpp
                  RESULT_VARIABLE status ERROR_QUIET)
  string(TIMESTAMP end "%s%f")
  if(NOT status EQUAL 0)
    message(STATUS "compile time of <${header}>: it does not compile")
    return()
  endif()
  math(EXPR tenths "(${end} - ${begin} + 50000) / 100000")
  math(EXPR seconds "${tenths} / 10")
  math(EXPR tenths "${tenths} % 10")
  message(STATUS "compile time of <${header}>: ${seconds}.${tenths} s")
endfunction()

include(${folder}/compile_time_cases.cmake)
