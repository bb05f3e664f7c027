# SPDX-License-Identifier: MIT
# Each header compiled alone, twice in one file, so that it includes what it needs and is guarded.
# The targets are not part of `all`: they cost a parse per header. tests/clang.sh builds them: those
# without libtorch with libc++, whose headers include each other least, the others with libstdc++.

# infoflow_self_contained(<name> <base folder> <tier> <header>...)
function(infoflow_self_contained name base tier)
  set(sources "")
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH relative ${base} ${header})
    string(REGEX REPLACE "[/.]" "_" unit ${relative})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/self_contained/${unit}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${relative}>\n#include <${relative}>\n")
    list(APPEND sources ${source})
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_library(self_contained_${name} OBJECT EXCLUDE_FROM_ALL ${sources})
  set_target_properties(self_contained_${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(self_contained_${name} PRIVATE infoflow_warnings infoflow::${tier})
  if(NOT MSVC)
    # Nothing runs. Users may warn of more than we do: conversions are theirs to see, not ours to hide.
    target_compile_options(self_contained_${name} PRIVATE -O0 -Wconversion)
  endif()
  add_dependencies(self_contained self_contained_${name})
endfunction()


# headers_of(<target> <result>): the headers that a tier's target declares.
function(headers_of target result)
  get_target_property(headers ${target} HEADER_SET)
  list(FILTER headers INCLUDE REGEX "[.]hpp$") # not data that a header includes
  set(${result} "${headers}" PARENT_SCOPE)
endfunction()

add_custom_target(self_contained)
set(include ${PROJECT_SOURCE_DIR}/include)
headers_of(infoflow_infoflow headers)
infoflow_self_contained(core ${include} infoflow ${headers})
foreach(tier IN ITEMS study report tool)
  headers_of(infoflow_${tier} headers)
  infoflow_self_contained(${tier} ${include} ${tier} ${headers})
endforeach()
# Parsing what is not ours is most of such a header: once is enough.
foreach(tier IN ITEMS report tool)
  infoflow_precompile(self_contained_${tier} self_contained_${tier} <Eigen/Core> <nlohmann/json.hpp>)
endforeach()
# A door includes all headers of its tier, and this one those of the three below it: the standard library
# that reads none alone meets them here.
infoflow_self_contained(door_tool ${include} tool ${include}/infoflow/tool.hpp)
if(TARGET infoflow::torch)
  headers_of(infoflow_torch headers)
  infoflow_self_contained(torch ${include} torch ${headers})
  headers_of(infoflow_checkpoints headers)
  infoflow_self_contained(adapters ${PROJECT_SOURCE_DIR}/examples adapters ${headers})
  infoflow_precompile(self_contained_adapters self_contained <ATen/ATen.h>
                      <torch/csrc/autograd/custom_function.h> <Eigen/Core> <nlohmann/json.hpp>)
endif()
