# SPDX-License-Identifier: MIT
# The tiers as targets: infoflow::infoflow <- infoflow::io, infoflow::torch; infoflow::adapters on
# top. All are headers; a target says which folders of headers and which dependencies go together.

# infoflow_tier(<name> <base folder> <header>...): a header-only target infoflow::<name>.
function(infoflow_tier name base)
  add_library(infoflow_${name} INTERFACE)
  add_library(infoflow::${name} ALIAS infoflow_${name})
  set_target_properties(infoflow_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(infoflow_${name} INTERFACE cxx_std_20)
  target_sources(infoflow_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${base} FILES ${ARGN})
endfunction()

file(GLOB_RECURSE all_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
set(io_headers ${all_headers})
set(torch_headers ${all_headers})
set(core_headers ${all_headers})
list(FILTER io_headers INCLUDE REGEX "/infoflow/io(/|\\.hpp$)")
list(FILTER torch_headers INCLUDE REGEX "/infoflow/torch(/|\\.hpp$)")
list(FILTER core_headers EXCLUDE REGEX "/infoflow/(io|torch)(/|\\.hpp$)")
file(GLOB_RECURSE adapter_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/adapters/*.hpp)

infoflow_require_core()
infoflow_tier(infoflow ${PROJECT_SOURCE_DIR}/include ${core_headers})
target_link_libraries(infoflow_infoflow INTERFACE Eigen3::Eigen)

infoflow_require_io()
infoflow_tier(io ${PROJECT_SOURCE_DIR}/include ${io_headers})
target_link_libraries(infoflow_io INTERFACE infoflow_infoflow fmt::fmt-header-only
                                            nlohmann_json::nlohmann_json Stb::Stb)

if(INFOFLOW_TORCH STREQUAL "ON")
  find_package(TorchLibraries REQUIRED)
elseif(NOT INFOFLOW_TORCH STREQUAL "OFF")
  find_package(TorchLibraries)
endif()
# The headers of the examples' adapters stand on JSON; those that compute stand on libtorch too.
# adapter_parts is the half without libtorch: checkpoints, tokenizers, preprocessing.
infoflow_tier(adapter_parts ${PROJECT_SOURCE_DIR}/examples ${adapter_headers})
infoflow_tier(adapters ${PROJECT_SOURCE_DIR}/examples)
if(TARGET TorchLibraries::TorchLibraries)
  infoflow_tier(torch ${PROJECT_SOURCE_DIR}/include ${torch_headers})
  target_link_libraries(infoflow_torch INTERFACE infoflow_infoflow TorchLibraries::TorchLibraries)
  # Before the parts: libtorch ships an fmt of its own, which its headers must find first.
  target_link_libraries(infoflow_adapters INTERFACE infoflow_torch)
endif()
target_link_libraries(infoflow_adapter_parts INTERFACE infoflow_io)
target_link_libraries(infoflow_adapters INTERFACE infoflow_adapter_parts)
