# SPDX-License-Identifier: MIT
# The C++ in the pages. A block between ```cpp and ``` is a whole source file, from its includes on;
# what is only a part of one (a signature, a message) is ```text.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/../policy/includes.cmake)

# infoflow_pages(<root> <result> [CONFIGURE_DEPENDS]): every page, relative to the root.
function(infoflow_pages root result)
  file(GLOB pages RELATIVE ${root} ${ARGN} ${root}/*.md)
  file(GLOB_RECURSE deeper RELATIVE ${root} ${ARGN} ${root}/docs/*.md ${root}/examples/*.md
       ${root}/tests/*.md)
  set(${result} ${pages} ${deeper} PARENT_SCOPE)
endfunction()

# infoflow_write(<file> <text>): leaves a file alone that holds the text already.
function(infoflow_write file text)
  set(there "")
  if(EXISTS ${file})
    file(READ ${file} there)
  endif()
  if(NOT there STREQUAL text)
    file(WRITE ${file} "${text}")
  endif()
endfunction()

# infoflow_blocks(<root> <page> <folder> <result>): writes the page's blocks as <folder>/….cpp, which
# the compiler's messages call by page and line, and lists these files. Without a folder it only
# looks.
function(infoflow_blocks root page folder result)
  file(READ ${root}/${page} text)
  string(PREPEND text "\n")
  string(REGEX MATCHALL "\n[ \t>]*[`~][`~][`~]+[ \t]*[A-Za-z][^\n]*" openings "${text}")
  foreach(opening IN LISTS openings)
    string(STRIP "${opening}" shown)
    string(TOLOWER "${shown}" language)
    if(language MATCHES "^[ \t>]*[`~]+[ \t]*(c|h|cc|cxx|hpp|hxx|[ch][+][+]|cpp)([^a-z+]|$)"
       AND NOT opening STREQUAL "\n```cpp")
      string(CONCAT fault "${page} has a block ${shown}: C++ is ```cpp at the beginning of a line "
             "if it is a whole file, ```text if not")
      infoflow_violation("${fault}")
    endif()
  endforeach()

  string(REGEX REPLACE "[/.]" "_" stem ${page})
  set(files "")
  set(line 0) # of what stands before `text`
  set(count 0)
  while(TRUE)
    string(FIND "${text}" "\n```cpp\n" begin)
    if(begin EQUAL -1)
      break()
    endif()
    math(EXPR begin "${begin} + 8")
    string(SUBSTRING "${text}" 0 ${begin} before)
    string(SUBSTRING "${text}" ${begin} -1 text)
    string(REGEX REPLACE "[^\n]" "" newlines "${before}")
    string(LENGTH "${newlines}" newlines)
    math(EXPR line "${line} + ${newlines}")
    string(FIND "${text}" "\n```" end)
    if(end EQUAL -1)
      infoflow_violation("${page}:${line}: the block does not end")
      break()
    endif()
    string(SUBSTRING "${text}" 0 ${end} code)
    string(SUBSTRING "${text}" ${end} -1 text)
    if(NOT "\n${code}" MATCHES "\n#include [<\"]")
      infoflow_violation("${page}:${line}: the block includes nothing, so it is no whole file")
    endif()
    math(EXPR count "${count} + 1")
    set(file ${folder}/${stem}_${count}.cpp)
    if(folder)
      infoflow_write(${file} "#line ${line} \"${page}\"\n${code}\n")
      list(APPEND files ${file})
    endif()
    string(REGEX REPLACE "[^\n]" "" newlines "${code}")
    string(LENGTH "${newlines}" newlines)
    math(EXPR line "${line} + ${newlines}")
  endwhile()
  set(${result} "${files}" PARENT_SCOPE)
endfunction()
