#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Measures infoflow beside transformers at two shapes and writes docs/benchmarks.md. Takes about ten
# minutes of a quiet machine.
#
#   bash tests/speed/run.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/setup.sh

rounds=${1:-4}
cmake --preset test -DINFOFLOW_PYTHON="$INFOFLOW_PYTHON" >build/configure.log
cmake --build build/release --target speed_ways
mkdir -p build/speed
measure() { # NAME ARGUMENTS...
  local name=$1
  shift
  "$INFOFLOW_PYTHON" tests/speed/benchmark.py --rounds "$rounds" "$@" \
    --json "build/speed/$name.json" --markdown "build/speed/$name.md"
}
measure wide --layers 12 --width 512
measure deep --layers 32 --width 256
{
  cat <<'HEAD'
# Benchmarks

This page is written by `tests/speed/run.sh`. A LLaVA-shaped model with random weights and 576 image tokens is read by
infoflow and by transformers; both work in turn, in one run, and every time is given as a multiple of transformers'
prefill with its fused attention in the same round. Vision towers are left out on both sides. A drop-all cut removes all
image tokens from a layer on; there is one at every layer, beside the untouched model. Ratios depend on the machine:
run the script on yours.

HEAD
  echo "Measured on $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores; \
libtorch $("$INFOFLOW_PYTHON" -c 'import torch; print(torch.__version__)'), \
transformers $("$INFOFLOW_PYTHON" -c 'import transformers; print(transformers.__version__)'), \
$(date -u +%Y-%m-%d)."
  printf '\n## Wide\n\n'
  cat build/speed/wide.md
  printf '\n## Deep\n\n'
  cat build/speed/deep.md
} >docs/benchmarks.md
