# SPDX-License-Identifier: MIT
# cmake -D root=<repository> -P torch_beside_fmt.cmake
# No source file reaches both libtorch's headers and fmt's, however indirectly: libtorch ships an
# fmt of its own, and which one a file would get depends on the order of include folders.
cmake_minimum_required(VERSION 3.24)
include(${CMAKE_CURRENT_LIST_DIR}/includes.cmake)

# reach(<file>): the property reach_<file> becomes the list of {torch, fmt} that the file reaches.
function(reach file)
  get_property(known GLOBAL PROPERTY reach_${file} SET)
  if(known)
    return()
  endif()
  set_property(GLOBAL PROPERTY reach_${file} "") # ends cycles
  infoflow_includes(${file} names)
  get_filename_component(folder ${file} DIRECTORY)
  set(reached "")
  foreach(name IN LISTS names)
    if(name MATCHES "^(torch|ATen|c10)/")
      list(APPEND reached torch)
    elseif(name MATCHES "^fmt/")
      list(APPEND reached fmt)
    endif()
    foreach(base IN ITEMS ${folder} ${root}/include ${root}/examples ${root}/tests
                          ${root}/tests/support)
      if(EXISTS ${base}/${name} AND NOT IS_DIRECTORY ${base}/${name})
        reach(${base}/${name})
        get_property(more GLOBAL PROPERTY reach_${base}/${name})
        list(APPEND reached ${more})
        break()
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES reached)
  set_property(GLOBAL PROPERTY reach_${file} "${reached}")
endfunction()

file(GLOB_RECURSE sources ${root}/include/*.hpp ${root}/examples/*.[ch]pp ${root}/tests/*.[ch]pp)
if(NOT sources)
  message(FATAL_ERROR "no sources under ${root}")
endif()
foreach(source IN LISTS sources)
  reach(${source})
  get_property(reached GLOBAL PROPERTY reach_${source})
  if("torch" IN_LIST reached AND "fmt" IN_LIST reached)
    infoflow_violation("${source} reaches both libtorch and fmt")
  endif()
endforeach()
infoflow_report()
