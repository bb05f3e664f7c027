# SPDX-License-Identifier: MIT
# Warnings for our own tests and examples. They hang on a target that is never exported, so nobody
# who uses the library inherits them.
option(INFOFLOW_WARNINGS_AS_ERRORS "Treat warnings in infoflow's own targets as errors" OFF)

add_library(infoflow_warnings INTERFACE)
if(MSVC)
  target_compile_options(infoflow_warnings INTERFACE /W4 /permissive-
                                                     $<$<BOOL:${INFOFLOW_WARNINGS_AS_ERRORS}>:/WX>)
else()
  # Files that are compiled together see each other's names: the targets compiled file by file hold
  # that nothing is shadowed.
  target_compile_options(
    infoflow_warnings
    INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
              $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
              $<$<BOOL:${INFOFLOW_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # One level deeper than the default: only then does g++ name the missing atom of a concept.
  # -Wno-array-bounds and its kin: g++ 12 reports inlined Eigen and std::string wrongly at -O2.
  target_compile_options(
    infoflow_warnings INTERFACE -fconcepts-diagnostics-depth=3 -Wno-array-bounds
                                -Wno-stringop-overflow -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ calls what it calls deprecated (std::get_temporary_buffer in std::stable_sort).
  target_compile_options(infoflow_warnings INTERFACE -Wno-deprecated-declarations)
endif()
