# SPDX-License-Identifier: MIT
# Finds libtorch's headers and libraries as the target TorchLibraries::TorchLibraries.
#
# Not find_package(Torch): the CUDA wheels' TorchConfig.cmake looks for a whole CUDA toolkit and
# fails without nvcc, although linking against the wheel needs none of it.
# Looked for, in this order: Torch_DIR or TORCH_ROOT; CMAKE_PREFIX_PATH; the torch package of the
# Python that is found (INFOFLOW_PYTHON, then build/venv, then the one on PATH).

set(torch_roots ${TORCH_ROOT})
foreach(config_dir IN LISTS Torch_DIR CMAKE_PREFIX_PATH)
  # .../torch/share/cmake/Torch, .../torch/share/cmake or .../torch: any of them names the package
  string(REGEX REPLACE "/share/cmake(/Torch)?/?$" "" root "${config_dir}")
  list(APPEND torch_roots ${root})
endforeach()

find_path(TorchLibraries_INCLUDE_DIR ATen/core/Tensor.h HINTS ${torch_roots}
          PATH_SUFFIXES include)
# Only the folder is asked for: find_spec does not import torch, which would take seconds.
set(torch_question
    "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])")
find_program(torch_python NAMES python3 python NO_CACHE)
foreach(python IN ITEMS ${INFOFLOW_PYTHON} ${infoflow_SOURCE_DIR}/build/venv/bin/python
                        ${torch_python})
  if(TorchLibraries_INCLUDE_DIR OR NOT EXISTS ${python})
    continue()
  endif()
  execute_process(COMMAND ${python} -c "${torch_question}" OUTPUT_VARIABLE torch_package
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(torch_package)
    find_path(TorchLibraries_INCLUDE_DIR ATen/core/Tensor.h PATHS ${torch_package}/include
              NO_DEFAULT_PATH)
  endif()
endforeach()
mark_as_advanced(TorchLibraries_INCLUDE_DIR)

get_filename_component(torch_lib "${TorchLibraries_INCLUDE_DIR}/../lib" ABSOLUTE)
foreach(name IN ITEMS c10 torch_cpu c10_cuda torch_cuda)
  find_library(TorchLibraries_${name} ${name} PATHS ${torch_lib} NO_DEFAULT_PATH)
  mark_as_advanced(TorchLibraries_${name})
endforeach()
set(torch_version_header ${TorchLibraries_INCLUDE_DIR}/torch/headeronly/version.h)
if(EXISTS ${torch_version_header})
  file(STRINGS ${torch_version_header} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" lines "${lines}")
  string(REPLACE ";" "." TorchLibraries_VERSION "${lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  TorchLibraries REQUIRED_VARS TorchLibraries_torch_cpu TorchLibraries_c10
                               TorchLibraries_INCLUDE_DIR
  VERSION_VAR TorchLibraries_VERSION)

if(TorchLibraries_FOUND AND NOT TARGET TorchLibraries::TorchLibraries)
  include(${CMAKE_CURRENT_LIST_DIR}/TorchTarget.cmake)
endif()
