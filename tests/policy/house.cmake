# SPDX-License-Identifier: MIT
# The folders of include/infoflow, from the ground up: a header may include what stands in its own
# folder and in those before it. A new folder gets its place here; one of a benchmark has it, all of
# them beside each other: none knows another.
cmake_minimum_required(VERSION 3.24)

set(infoflow_doors infoflow torch study report tool)
set(infoflow_house_infoflow core attention cut adapter cam run)
set(infoflow_house_torch torch)
set(infoflow_house_study
    text statistics pointing files cliff benchmarks/text benchmarks/items benchmarks/* benchmarks journal sweep)
set(infoflow_house_report picture figure page)
set(infoflow_house_tool claims output)
# Doors that a tier stands on, beside its own folders.
set(infoflow_below_infoflow "")
set(infoflow_below_torch infoflow)
set(infoflow_below_study infoflow)
set(infoflow_below_report infoflow study)
set(infoflow_below_tool infoflow study report)

# infoflow_folder_of(<header below include/infoflow, with or without it> <result>)
function(infoflow_folder_of header result)
  string(REGEX REPLACE "^(include/)?infoflow/" "" name ${header})
  get_filename_component(folder ${name} DIRECTORY)
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

# infoflow_place_of(<folder> <result>): what it is called in the lists above.
function(infoflow_place_of folder result)
  set(${result} "${folder}" PARENT_SCOPE)
  if(folder MATCHES "^benchmarks/[^/]+$" AND NOT folder IN_LIST infoflow_house_study)
    set(${result} "benchmarks/*" PARENT_SCOPE)
  endif()
endfunction()

# infoflow_tier_of(<folder> <result>): the name of its door; empty if the house has no such folder.
function(infoflow_tier_of folder result)
  set(${result} "" PARENT_SCOPE)
  infoflow_place_of("${folder}" place)
  foreach(door IN LISTS infoflow_doors)
    if(place IN_LIST infoflow_house_${door})
      set(${result} ${door} PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# infoflow_door_of(<header> <result>): the header that names it; empty for a door or an example's. A
# benchmark's are named by the list of benchmarks, and by each other.
function(infoflow_door_of header result)
  set(${result} "" PARENT_SCOPE)
  if(header MATCHES "^include/infoflow/.*/")
    infoflow_folder_of(${header} folder)
    infoflow_tier_of(${folder} tier)
    if(NOT tier)
      infoflow_violation("${header}: tests/policy/house.cmake has no folder ${folder}")
    else()
      infoflow_place_of(${folder} place)
      if(place STREQUAL "benchmarks/*")
        set(${result} infoflow/benchmarks/benchmark_files.hpp PARENT_SCOPE)
      else()
        set(${result} infoflow/${tier}.hpp PARENT_SCOPE)
      endif()
    endif()
  endif()
endfunction()
