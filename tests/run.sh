#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds everything and runs all tests; ctest's summary comes last.
# Arguments go to ctest: bash tests/run.sh -R sweep
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/setup.sh

cmake --preset test -DINFOFLOW_PYTHON="$INFOFLOW_PYTHON" >build/configure.log ||
  { cat build/configure.log; exit 1; }
cmake --build --preset test
ctest --preset test -j "$CMAKE_BUILD_PARALLEL_LEVEL" --output-junit junit.xml "$@"
