# SPDX-License-Identifier: MIT
# infoflow_includes(<file> <result>): the names between <> or "" in a file's include lines, with
# the names in quotes as they stand.
cmake_minimum_required(VERSION 3.24)
function(infoflow_includes file result)
  file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*)[>\"].*" "\\1" name "${line}")
    list(APPEND names ${name})
  endforeach()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# infoflow_violation(<text>): notes a broken rule; infoflow_report() fails if there was any.
function(infoflow_violation)
  set_property(GLOBAL APPEND PROPERTY violations "${ARGN}")
endfunction()
function(infoflow_report)
  get_property(violations GLOBAL PROPERTY violations)
  if(violations)
    list(JOIN violations "\n  " text)
    message(FATAL_ERROR "broken rules:\n  ${text}")
  endif()
endfunction()
