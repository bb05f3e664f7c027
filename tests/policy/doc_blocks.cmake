# SPDX-License-Identifier: MIT
# cmake -D root=<repository> -P doc_blocks.cmake
# Every block of C++ in a page is one that tests/docs compiles.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/../docs/blocks.cmake)

infoflow_pages(${root} pages)
if(NOT pages)
  message(FATAL_ERROR "no pages under ${root}")
endif()
foreach(page IN LISTS pages)
  infoflow_blocks(${root} ${page} "" files)
endforeach()
infoflow_report()
