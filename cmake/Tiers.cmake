# SPDX-License-Identifier: MIT
# The tiers as targets: infoflow::infoflow <- infoflow::io, infoflow::torch <- infoflow::adapters.
# All are headers; a target says which folders of headers and which dependencies go together.

# infoflow_tier(<name> <base folder> <header>...): a header-only target, exported as infoflow::<name>.
function(infoflow_tier name base)
  add_library(infoflow_${name} INTERFACE)
  set_target_properties(infoflow_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(infoflow_${name} INTERFACE cxx_std_20)
  target_sources(infoflow_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${base} FILES ${ARGN})
endfunction()

file(GLOB_RECURSE core_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.hpp)
set(io_headers ${core_headers})
set(torch_headers ${core_headers})
list(FILTER core_headers EXCLUDE REGEX "/infoflow/(io|torch)(/|\\.hpp$)")
list(FILTER io_headers INCLUDE REGEX "/infoflow/io(/|\\.hpp$)")
list(FILTER torch_headers INCLUDE REGEX "/infoflow/torch(/|\\.hpp$)")
file(GLOB_RECURSE adapter_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/adapters/*.hpp)

infoflow_tier(infoflow ${PROJECT_SOURCE_DIR}/include ${core_headers})
infoflow_require_core()
target_link_libraries(infoflow_infoflow INTERFACE Eigen3::Eigen)

infoflow_tier(io ${PROJECT_SOURCE_DIR}/include ${io_headers})
infoflow_require_io()
target_link_libraries(infoflow_io INTERFACE infoflow_infoflow fmt::fmt-header-only
                                            nlohmann_json::nlohmann_json Stb::Stb JPEG::JPEG
                                            ZLIB::ZLIB)
# Whether there is libwebp is asked again where an installed package is used.
if(WebP_FOUND)
  target_link_libraries(infoflow_io INTERFACE $<BUILD_INTERFACE:WebP::WebP>)
else()
  target_compile_definitions(infoflow_io INTERFACE $<BUILD_INTERFACE:INFOFLOW_NO_WEBP>)
endif()

infoflow_tier(torch ${PROJECT_SOURCE_DIR}/include ${torch_headers})
target_link_libraries(infoflow_torch INTERFACE infoflow_infoflow TorchLibraries::TorchLibraries)

# The examples' adapters, offered to whoever builds another family on their parts. The parts
# without libtorch (checkpoints, tokenizers, preprocessing) are a target of their own.
infoflow_tier(adapter_parts ${PROJECT_SOURCE_DIR}/examples ${adapter_headers})
infoflow_require_adapters()
target_link_libraries(infoflow_adapter_parts INTERFACE infoflow_io ICU::i18n ICU::uc)
infoflow_tier(adapters ${PROJECT_SOURCE_DIR}/examples)
# libtorch first: it ships an fmt of its own, which its headers must find before any other.
target_link_libraries(infoflow_adapters INTERFACE infoflow_torch infoflow_adapter_parts)

add_library(infoflow::infoflow ALIAS infoflow_infoflow)
add_library(infoflow::io ALIAS infoflow_io)
add_library(infoflow::adapter_parts ALIAS infoflow_adapter_parts)
if(INFOFLOW_TORCH STREQUAL "ON")
  find_package(TorchLibraries REQUIRED)
elseif(NOT INFOFLOW_TORCH STREQUAL "OFF")
  find_package(TorchLibraries)
endif()
# Headers are installed with or without libtorch; only who has it can link these two.
if(TARGET TorchLibraries::TorchLibraries)
  add_library(infoflow::torch ALIAS infoflow_torch)
  add_library(infoflow::adapters ALIAS infoflow_adapters)
endif()
