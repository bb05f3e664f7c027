# SPDX-License-Identifier: MIT
# cmake -D policy=<script> -D folder=<scratch> -D file=<path> -D text=<content> -D says=<words>
#       [-D beside=<path> -D beside_text=<content>] -P rejects.cmake
# Plants a file that breaks a rule in an otherwise empty tree, beside another one if it takes two; the
# script must refuse the tree with the given words.
cmake_minimum_required(VERSION 3.24)
file(REMOVE_RECURSE ${folder})
string(REPLACE "@" "\n" text "${text}") # a line break does not survive ctest's command line
file(WRITE ${folder}/${file} "${text}\n")
if(beside)
  string(REPLACE "@" "\n" beside_text "${beside_text}")
  file(WRITE ${folder}/${beside} "${beside_text}\n")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -D root=${folder} -P ${policy} RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
string(REGEX REPLACE "[ \n]+" " " output "${output}") # cmake wraps long lines of messages
if(status EQUAL 0)
  message(FATAL_ERROR "${policy} accepts ${file}:\n${text}")
endif()
string(FIND "${output}" "${says}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${policy} does not say \"${says}\", but:\n${output}")
endif()
