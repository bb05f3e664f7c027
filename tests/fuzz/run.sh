#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzz targets with clang and runs each for SECONDS, as many at once as there are cores.
# Prints a line a target; exits with 1 after a fault, with 77 where no clang has libFuzzer.
#
#   bash tests/fuzz/run.sh SECONDS [TARGET...]
#
# What was found stays in build/fuzz: corpus/ (a later run goes on from it), faults/ (inputs to
# repeat a fault with: INFOFLOW_FUZZ_TARGET=TARGET build/fuzz/tests/fuzz/libfuzzer FILE) and logs/.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/fuzz
build=build/fuzz

# The first clang whose libFuzzer links; INFOFLOW_CLANG names another.
clang_with_fuzzer() {
  local compiler program
  program=$(mktemp)
  for compiler in ${INFOFLOW_CLANG:-} clang++-{19,20,21,18,17} clang++; do
    command -v "$compiler" >/dev/null || continue
    if echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
      "$compiler" -x c++ - -fsanitize=fuzzer,address -o "$program" 2>/dev/null; then
      rm -f "$program"
      echo "$compiler"
      return 0
    fi
  done
  rm -f "$program"
  return 1
}

# Words of the target's format: its own file, or that of its kind (llava_config: config.dict).
dictionary_of() {
  local file
  for file in "$here/dictionaries/$1.dict" "$here/dictionaries/${1##*_}.dict"; do
    [ -f "$file" ] && echo "-dict=$file" && return 0
  done
  return 0
}

# Large inputs teach nothing, and a picture may honestly hold a thousand times its bytes.
longest_of() {
  if [ "$1" = picture ]; then echo 4096; else echo 32768; fi
}

# Where a run begins: what is kept, and for pictures all fixtures.
seeds_of() {
  echo "$here/corpus/$1"
  [ "$1" != picture ] || echo tests/golden/io
}

run_target() {
  local target=$1 seconds=$2 log=$build/logs/$1.log status=0 faults=0
  mkdir -p "$build/corpus/$target"
  INFOFLOW_FUZZ_TARGET=$target "$build/tests/fuzz/libfuzzer" "$build/corpus/$target" $(seeds_of "$target") \
    -max_total_time="$seconds" -max_len="$(longest_of "$target")" -timeout=20 -rss_limit_mb=2048 \
    -malloc_limit_mb=1024 -artifact_prefix="$build/faults/$target-" -print_final_stats=1 \
    $(dictionary_of "$target") >"$log" 2>&1 || status=$? faults=1
  local executions features
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  features=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/p' "$log" | tail -1)
  echo "$target: ${executions:-0} executions, ${features:-0 edges, 0 features}, $faults faults"
  [ "$status" -eq 0 ] || echo "  $(grep -m1 -E '^(==[0-9]+==.*ERROR|SUMMARY)|runtime error|terminate' "$log" ||
    echo "it ended with $status") (see $log)"
  return "$status"
}

[ $# -ge 1 ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
seconds=$1
shift
compiler=$(clang_with_fuzzer) || { echo "not run: no clang with libFuzzer"; exit 77; }
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in "$here"/*.fuzz.cpp; do targets+=("$(basename "$source" .fuzz.cpp)"); done
fi

mkdir -p "$build/logs" "$build/faults"
cmake --preset fuzz -DCMAKE_CXX_COMPILER="$compiler" >"$build/logs/configure.log" ||
  { cat "$build/logs/configure.log"; exit 1; }
cmake --build --preset fuzz >"$build/logs/build.log" ||
  { cat "$build/logs/build.log"; exit 1; }

# Files of the targets live in memory, and go with this run.
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$TMPDIR"' EXIT
export TMPDIR build here
export -f run_target dictionary_of seeds_of longest_of
printf '%s\n' "${targets[@]}" |
  xargs -P "${INFOFLOW_FUZZ_JOBS:-$(nproc)}" -I{} bash -c "run_target {} $seconds" || exit 1
