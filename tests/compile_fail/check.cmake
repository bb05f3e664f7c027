# SPDX-License-Identifier: MIT
# cmake -D compiler=… -D flags=… -D source=… -P check.cmake
# The source must not compile, and the compiler must print the text of each of its lines
# `// build error: <text>`. The same file with INFOFLOW_POSITIVE_CONTROL defined must compile, which
# shows that nothing but the intended fault stops it.
cmake_minimum_required(VERSION 3.24)
file(STRINGS ${source} wanted REGEX "// build error: ")
if(NOT wanted)
  message(FATAL_ERROR "${source} has no line `// build error: <text>`")
endif()

execute_process(COMMAND ${compiler} ${flags} -DINFOFLOW_POSITIVE_CONTROL ${source}
                RESULT_VARIABLE status ERROR_VARIABLE output OUTPUT_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the positive control does not compile:\n${output}")
endif()

execute_process(COMMAND ${compiler} ${flags} ${source}
                RESULT_VARIABLE status ERROR_VARIABLE output OUTPUT_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "it compiles, but must not: ${source}")
endif()
foreach(line IN LISTS wanted)
  string(REGEX REPLACE ".*// build error: " "" text "${line}")
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "the compiler does not say \"${text}\", but:\n${output}")
  endif()
endforeach()
