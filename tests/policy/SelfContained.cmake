# SPDX-License-Identifier: MIT
# Each header compiled alone, twice in one file, so that it includes what it needs and is guarded.
# The targets are not part of `all`: they cost a parse per header and say nothing about tests.

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
  target_link_libraries(self_contained_${name} PRIVATE infoflow_warnings infoflow::${tier})
  if(NOT MSVC)
    target_compile_options(self_contained_${name} PRIVATE -O0) # nothing runs
  endif()
  add_dependencies(self_contained self_contained_${name})

  add_test(NAME "headers are self-contained: ${name}"
           COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target self_contained_${name})
  # Two builds at a time would write one ninja log.
  set_tests_properties("headers are self-contained: ${name}"
                       PROPERTIES LABELS policy RESOURCE_LOCK build_folder TIMEOUT 900)
endfunction()

# headers_of(<target> <result>): the headers that a tier's target declares.
function(headers_of target result)
  get_target_property(headers ${target} HEADER_SET)
  set(${result} "${headers}" PARENT_SCOPE)
endfunction()

add_custom_target(self_contained)
set(include ${PROJECT_SOURCE_DIR}/include)
headers_of(infoflow_infoflow headers)
infoflow_self_contained(core ${include} infoflow ${headers})
headers_of(infoflow_io headers)
infoflow_self_contained(io ${include} io ${headers})
if(TARGET infoflow::torch)
  headers_of(infoflow_torch headers)
  infoflow_self_contained(torch ${include} torch ${headers})
  headers_of(infoflow_adapter_parts headers)
  infoflow_self_contained(adapters ${PROJECT_SOURCE_DIR}/examples adapters ${headers})
endif()
