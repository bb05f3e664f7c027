# SPDX-License-Identifier: MIT
# cmake -D compiler=<g++ or clang++> -D folder=<scratch> -P planted.cmake
# A page with a block that compiles and one that does not: the compiler accepts the first as it was
# cut out, and refuses the second by the page's name and line.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/blocks.cmake)

file(REMOVE_RECURSE ${folder})
file(WRITE ${folder}/docs/x.md "# A page\n
```cpp\n#include <string>\nint twice(int i) { return 2 * i; }  // [a; b]\nconst char* n = \"\\n\";\n```\n
```cpp\n#include <string>\nint main() {\n  return missing;\n}\n```\n")
infoflow_blocks(${folder} docs/x.md ${folder}/blocks files)
infoflow_report()
list(LENGTH files count)
if(NOT count EQUAL 2)
  message(FATAL_ERROR "${count} blocks in place of two")
endif()
foreach(block IN LISTS files)
  execute_process(COMMAND ${compiler} -std=c++20 -fsyntax-only ${block} RESULT_VARIABLE status
                  ERROR_VARIABLE errors)
  if(block MATCHES "_1[.]cpp$")
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "a good block is refused:\n${errors}")
    endif()
  elseif(status EQUAL 0)
    message(FATAL_ERROR "a block that cannot be compiled is accepted")
  elseif(NOT errors MATCHES "docs/x[.]md:12:")
    message(FATAL_ERROR "not named by page and line:\n${errors}")
  endif()
endforeach()
