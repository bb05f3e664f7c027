# SPDX-License-Identifier: MIT
# The tiers as targets, each with a door (infoflow.hpp, study.hpp, report.hpp, tool.hpp, torch.hpp):
#   infoflow::infoflow <- infoflow::study <- infoflow::report <- infoflow::tool
#   infoflow::infoflow <- infoflow::torch;  infoflow::torch, infoflow::study <- infoflow::adapters
# All are headers; a target says which folders of headers and which dependencies go together. Which
# folder may include which is tests/policy/layering.cmake's.

# infoflow_tier(<name> <base folder> <header>...): a header-only target, exported as infoflow::<name>.
function(infoflow_tier name base)
  add_library(infoflow_${name} INTERFACE)
  set_target_properties(infoflow_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(infoflow_${name} INTERFACE cxx_std_20)
  target_sources(infoflow_${name} INTERFACE FILE_SET HEADERS BASE_DIRS ${base} FILES ${ARGN})
endfunction()

# infoflow_headers(<result> <door> <folder>...): a tier's headers.
function(infoflow_headers result door)
  set(headers ${PROJECT_SOURCE_DIR}/include/infoflow/${door}.hpp)
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/infoflow/${folder}/*.hpp)
    list(APPEND headers ${files})
  endforeach()
  set(${result} ${headers} PARENT_SCOPE)
endfunction()
set(infoflow_folders core attention cut adapter cam run)
set(study_folders text statistics pointing files cliff benchmarks journal sweep)
set(report_folders picture figure page)
set(tool_folders claims output)
set(torch_folders torch)
infoflow_headers(instrument_headers infoflow ${infoflow_folders})
infoflow_headers(study_headers study ${study_folders})
infoflow_headers(report_headers report ${report_folders})
infoflow_headers(tool_headers tool ${tool_folders})
# The built-in font's data and its licence go where the headers go.
file(GLOB typeface_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/infoflow/figure/typeface/*)
infoflow_headers(torch_headers torch ${torch_folders})
file(GLOB_RECURSE adapter_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/adapters/*.hpp)

infoflow_tier(infoflow ${PROJECT_SOURCE_DIR}/include ${instrument_headers})
infoflow_require_core()
target_link_libraries(infoflow_infoflow INTERFACE Eigen3::Eigen)

infoflow_tier(study ${PROJECT_SOURCE_DIR}/include ${study_headers})
infoflow_require_study()
target_link_libraries(infoflow_study INTERFACE infoflow_infoflow nlohmann_json::nlohmann_json)

infoflow_tier(report ${PROJECT_SOURCE_DIR}/include ${report_headers} ${typeface_files})
infoflow_require_report()
target_link_libraries(infoflow_report INTERFACE infoflow_study Stb::Stb JPEG::JPEG ZLIB::ZLIB)
# Whether there is libwebp is asked again where an installed package is used.
if(WebP_FOUND)
  target_link_libraries(infoflow_report INTERFACE $<BUILD_INTERFACE:WebP::WebP>)
else()
  target_compile_definitions(infoflow_report INTERFACE $<BUILD_INTERFACE:INFOFLOW_NO_WEBP>)
endif()

infoflow_tier(tool ${PROJECT_SOURCE_DIR}/include ${tool_headers})
target_link_libraries(infoflow_tool INTERFACE infoflow_report)

infoflow_tier(torch ${PROJECT_SOURCE_DIR}/include ${torch_headers})
target_link_libraries(infoflow_torch INTERFACE infoflow_infoflow TorchLibraries::TorchLibraries)

# The examples' adapters, offered to whoever builds another family on their parts. What reads
# checkpoints (configurations, weights, tokenizers, preprocessing) is a target without libtorch.
infoflow_tier(checkpoints ${PROJECT_SOURCE_DIR}/examples ${adapter_headers})
infoflow_require_adapters()
target_link_libraries(infoflow_checkpoints INTERFACE infoflow_study ICU::i18n ICU::uc)
infoflow_tier(adapters ${PROJECT_SOURCE_DIR}/examples)
target_link_libraries(infoflow_adapters INTERFACE infoflow_torch infoflow_checkpoints)

add_library(infoflow::infoflow ALIAS infoflow_infoflow)
add_library(infoflow::study ALIAS infoflow_study)
add_library(infoflow::report ALIAS infoflow_report)
add_library(infoflow::tool ALIAS infoflow_tool)
add_library(infoflow::checkpoints ALIAS infoflow_checkpoints)
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
