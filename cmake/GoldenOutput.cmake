# SPDX-License-Identifier: MIT
# cmake -D program=… -D expected=… -P GoldenOutput.cmake: runs the program and compares what it
# prints with a file. With INFOFLOW_UPDATE_OUTPUT set in the environment the file is rewritten.
cmake_minimum_required(VERSION 3.24)
execute_process(COMMAND ${program} OUTPUT_VARIABLE actual ERROR_VARIABLE errors
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} ended with ${status}\n${errors}${actual}")
endif()
if(DEFINED ENV{INFOFLOW_UPDATE_OUTPUT})
  file(WRITE ${expected} "${actual}")
endif()
if(NOT EXISTS ${expected})
  message(FATAL_ERROR "${expected} is missing; the program printed\n${actual}")
endif()
file(READ ${expected} wanted)
if(NOT actual STREQUAL wanted)
  message(FATAL_ERROR "--- expected (${expected})\n${wanted}\n--- printed\n${actual}")
endif()
