#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The other compiler and the other standard library. With libstdc++ clang compiles the whole tool, each
# header of libtorch's tier and of the adapters alone, and the command's model families; with libc++
# each header without libtorch alone, these tiers' tests, and runs them. Warnings are errors. Exits
# with 77 where there is no clang or no libc++.
#
#   bash tests/clang.sh [ARGUMENTS OF CTEST...]
set -euo pipefail
cd "$(dirname "$0")/.."

# The first clang with which a program links to libc++; INFOFLOW_CLANG names another.
clang_with_libcxx() {
  local compiler program
  program=$(mktemp)
  for compiler in ${INFOFLOW_CLANG:-} clang++-{19,20,21,18,17} clang++; do
    command -v "$compiler" >/dev/null || continue
    echo '#include <iostream>
int main() { std::cout << 1; }' |
      "$compiler" -std=c++20 -stdlib=libc++ -x c++ - -o "$program" 2>/dev/null || continue
    rm -f "$program"
    echo "$compiler"
    return 0
  done
  rm -f "$program"
  return 1
}

compiler=$(clang_with_libcxx) || { echo "not run: no clang with libc++"; exit 77; }
. cmake/setup.sh

configure() {
  mkdir -p "build/$1"
  cmake --preset "$1" -DCMAKE_CXX_COMPILER="$compiler" -DINFOFLOW_PYTHON="$INFOFLOW_PYTHON" \
    >"build/$1/configure.log" || { cat "build/$1/configure.log"; exit 1; }
}
configure clang
cmake --build --preset clang
configure libcxx
cmake --build --preset libcxx
ctest --preset libcxx -j "$CMAKE_BUILD_PARALLEL_LEVEL" --output-junit junit.xml "$@"
