#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every family's parity and sweeps, and the benchmark, on a GPU, and writes build/gpu/table.md. Builds what
# it needs from this tree; takes packages from build/gpu/packages if tests/gpu/collect.sh has filled it, and
# nothing from a network. Exits with 77 where there is no GPU, after building.
#
#   INFOFLOW_PYTHON=PYTHON_WITH_CUDA_TORCH bash tests/gpu/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${INFOFLOW_PYTHON:-build/venv/bin/python}
build=build/gpu/build
families=(llava llava_next qwen_vl internvl internvl_chat_v1 shikra instructblip qwen2_5_vl)
say() { echo "gpu: $*"; }

options=(-DINFOFLOW_PYTHON="$(command -v "$python")" -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON
         -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG")
if [ -d build/gpu/packages ]; then # These, and none of the machine's.
  options+=("-DCMAKE_PREFIX_PATH=$PWD/build/gpu/packages/usr" -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF)
fi
mkdir -p build/gpu
cmake -B "$build" -G Ninja "${options[@]}" >build/gpu/configure.log || { cat build/gpu/configure.log; exit 1; }
cmake --build "$build" --target speed_ways device_tests "${families[@]/%/_tests}" >build/gpu/build.log ||
  { tail -40 build/gpu/build.log; exit 1; }

"$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' || {
  say "built; not run: torch of $python sees no CUDA device"
  exit 77
}

status=0
{
  echo "$("$python" -c 'import torch; print(torch.cuda.get_device_name(), "libtorch", torch.__version__)')"
  printf '\n| family | parity and sweeps |\n|---|---|\n'
} >build/gpu/table.md
for family in "${families[@]}"; do
  log=build/gpu/$family.log
  if INFOFLOW_TEST_DEVICE=cuda "$build/tests/${family}_tests" "[parity],[sweep]" >"$log" 2>&1; then
    result=$(tail -2 "$log" | head -1)
  else
    result="failed: see $log" status=1
  fi
  say "$family: $result"
  echo "| $family | $result |" >>build/gpu/table.md
done
for dtype in float32 bfloat16; do
  "$python" tests/speed/benchmark.py --program "$build/tests/speed_ways" --device cuda:0 --dtype "$dtype" \
    --layers 32 --width 4096 --rounds 3 --ways prefill shares cam answer cuts cam_once \
    --markdown "build/gpu/$dtype.md" >/dev/null
  { echo; cat "build/gpu/$dtype.md"; } >>build/gpu/table.md
done
say "build/gpu/table.md"
exit $status
