# SPDX-License-Identifier: MIT
# The imported target for the libtorch that FindTorchLibraries.cmake found.
add_library(TorchLibraries::TorchLibraries INTERFACE IMPORTED)
target_include_directories(TorchLibraries::TorchLibraries SYSTEM
                           INTERFACE ${TorchLibraries_INCLUDE_DIR})
target_link_libraries(TorchLibraries::TorchLibraries INTERFACE ${TorchLibraries_torch_cpu}
                                                               ${TorchLibraries_c10})

# Nothing refers to a symbol of the CUDA library: its kernels register when it is loaded. Without
# --no-as-needed the linker would drop it, and every tensor would stay on the CPU.
if(TorchLibraries_torch_cuda AND TorchLibraries_c10_cuda)
  target_link_libraries(
    TorchLibraries::TorchLibraries
    INTERFACE -Wl,--push-state,--no-as-needed ${TorchLibraries_torch_cuda}
              ${TorchLibraries_c10_cuda} -Wl,--pop-state)
  # The wheel's libraries find libcudart and the rest by their own run paths; at link time these
  # are out of reach and not needed.
  target_link_options(TorchLibraries::TorchLibraries INTERFACE -Wl,--allow-shlib-undefined)
endif()

# libtorch before 2.6 was built with the old std::string; a mismatch fails at link time with pages
# of undefined symbols. The symbol table says which it is: cxx11 strings carry "cxx11" in names.
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT APPLE)
  file(STRINGS ${TorchLibraries_c10} cxx11_names LIMIT_COUNT 1 REGEX "__cxx1112basic_string")
  if(cxx11_names)
    set(cxx11_abi 1)
  else()
    set(cxx11_abi 0)
  endif()
  target_compile_definitions(TorchLibraries::TorchLibraries
                             INTERFACE _GLIBCXX_USE_CXX11_ABI=${cxx11_abi})
endif()
