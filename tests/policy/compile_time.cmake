# SPDX-License-Identifier: MIT
# cmake -D compiler=… -D flags=… -D headers=… -D folder=… -P compile_time.cmake
# Prints how many seconds each umbrella header costs a source file. A report, not a test: seconds
# depend on the machine.
cmake_minimum_required(VERSION 3.24)
foreach(header IN LISTS headers)
  file(WRITE ${folder}/compile_time.cpp "#include <${header}>\n")
  string(TIMESTAMP begin "%s%f")
  execute_process(COMMAND ${compiler} ${flags} ${folder}/compile_time.cpp RESULT_VARIABLE status)
  string(TIMESTAMP end "%s%f")
  math(EXPR tenths "(${end} - ${begin} + 50000) / 100000")
  math(EXPR seconds "${tenths} / 10")
  math(EXPR tenths "${tenths} % 10")
  if(status EQUAL 0)
    message(STATUS "compile time of <${header}>: ${seconds}.${tenths} s")
  else()
    message(STATUS "compile time of <${header}>: it does not compile")
  endif()
endforeach()
