# SPDX-License-Identifier: MIT
# What the tiers stand on: an installed package first, else a release pinned by its commit.
include(FetchContent)

# infoflow_fetch(<name> <repository> <commit> <tag, for people> [<folder with CMakeLists.txt>])
# A folder that holds no CMakeLists.txt makes FetchContent download and do nothing more.
macro(infoflow_fetch name repository commit tag)
  message(STATUS "infoflow: ${name} is not installed; fetching ${tag} from ${repository}")
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${commit}
                       SOURCE_SUBDIR "${ARGV4}")
  FetchContent_MakeAvailable(${name})
  list(APPEND INFOFLOW_FETCHED ${name})
endmacro()

# infoflow_header_only(<target> <folder>): what a fetched library without a usable build is to us.
function(infoflow_header_only target folder)
  if(NOT TARGET ${target})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} SYSTEM INTERFACE ${folder})
  endif()
endfunction()

macro(infoflow_require_core)
  find_package(Eigen3 3.4 QUIET NO_MODULE)
  if(NOT TARGET Eigen3::Eigen)
    # Eigen's own CMakeLists.txt adds hundreds of targets to a parent project; its headers do.
    infoflow_fetch(eigen https://gitlab.com/libeigen/eigen.git
                   3147391d946bb4b6c68edd901f2add6ac1f31f8c 3.4.0 no-build)
    infoflow_header_only(Eigen3::Eigen ${eigen_SOURCE_DIR})
  endif()
endmacro()

macro(infoflow_require_study)
  find_package(nlohmann_json 3.10 QUIET)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    infoflow_fetch(nlohmann_json https://github.com/nlohmann/json.git
                   bc889afb4c5bf1c0d8ee29ef35eaaf4c8bef8a5d v3.11.2)
  endif()
endmacro()

macro(infoflow_require_report)
  find_package(Stb QUIET)
  if(NOT TARGET Stb::Stb)
    infoflow_fetch(stb https://github.com/nothings/stb.git
                   8b5f1f37b5b75829fc72d38e7b5d4bcbf8a26d55 "of September 2022")
    infoflow_header_only(Stb::Stb ${stb_SOURCE_DIR})
  endif()
  infoflow_require_pictures()
endmacro()

# The decoders that Pillow has. They are part of every system, and libjpeg-turbo's build cannot be
# part of another: they are found, never fetched.
macro(infoflow_require_pictures)
  find_package(JPEG QUIET)
  find_package(ZLIB QUIET)
  if(NOT TARGET JPEG::JPEG OR NOT TARGET ZLIB::ZLIB)
    set(message "infoflow: reading pictures needs libjpeg-turbo and zlib (Debian: libjpeg-dev zlib1g-dev, Fedora: libjpeg-turbo-devel zlib-devel)")
    if(PROJECT_IS_TOP_LEVEL)
      message(FATAL_ERROR "${message}")
    endif()
    message(STATUS "${message}; infoflow::report cannot be linked")
  endif()
  find_package(WebP QUIET)
  if(NOT WebP_FOUND)
    message(STATUS "infoflow: libwebp is not installed (Debian: libwebp-dev); WebP pictures are refused")
  endif()
endmacro()

# ICU is part of every system and has no build of CMake's kind: it is found, never fetched.
macro(infoflow_require_adapters)
  find_package(ICU QUIET COMPONENTS uc i18n)
  if(NOT TARGET ICU::i18n)
    set(message "infoflow: the adapters' tokenizers need ICU (Debian: libicu-dev, Fedora: libicu-devel)")
    if(PROJECT_IS_TOP_LEVEL)
      message(FATAL_ERROR "${message}")
    endif()
    message(STATUS "${message}; infoflow::adapters cannot be linked")
  endif()
endmacro()

macro(infoflow_require_command)
  find_package(fmt 9 QUIET)
  if(NOT TARGET fmt::fmt-header-only)
    infoflow_fetch(fmt https://github.com/fmtlib/fmt.git
                   a33701196adfad74917046096bf5a2aa0ab0bb50 9.1.0)
  endif()
  find_package(CLI11 2.1 QUIET)
  if(NOT TARGET CLI11::CLI11)
    infoflow_fetch(cli11 https://github.com/CLIUtils/CLI11.git
                   291c58789c031208f08f4f261a858b5b7083e8e2 v2.3.2)
  endif()
endmacro()

macro(infoflow_require_tests)
  find_package(Catch2 QUIET)
  if(NOT TARGET Catch2::Catch2)
    infoflow_fetch(Catch2 https://github.com/catchorg/Catch2.git
                   fa43b77429ba76c462b1898d6cd2f2d7a9416b14 v3.7.1)
    list(APPEND CMAKE_MODULE_PATH ${Catch2_SOURCE_DIR}/extras)
  endif()
  include(Catch)
endmacro()
