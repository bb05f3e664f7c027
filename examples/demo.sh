#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing, builds the command `infoflow` and shows it at work on the small trained
# model and the pictures that come with the repository. What it writes lies in build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/setup.sh

cmake --preset release -DINFOFLOW_PYTHON="$INFOFLOW_PYTHON" >build/configure.log ||
  { cat build/configure.log; exit 1; }
cmake --build --preset release

infoflow=build/release/bin/infoflow
tiny=examples/tiny_llava
output=build/demo
rm -rf "$output"
export OMP_NUM_THREADS=1 # The small model's matrices are too small to be shared among threads.

printf '\n== Which map points at the object that is asked for? Captions then say what each is worth.\n'
"$infoflow" point --model "$tiny/checkpoint" --data "$tiny/short.jsonl" --images "$tiny" \
  --cam-site post_attention_norm --limit 60 --output "$output/point"

# ask <name> <picture> <question>
ask() {
  printf '\n== %s: "%s"\n' "$2" "$3"
  "$infoflow" analyze --model "$tiny/checkpoint" --image "$tiny/pictures/$2" \
    --question "$3" --hit-rates "$output/point/point.json" --output "$output/$1"
}
ask color 000.png "What color is the triangle?"
ask shape 000.png "What shape is the black object?"
ask present 000.png "Is there a circle in the image?"

# sweep <question set>: from which layer on can the image be cut?
sweep() {
  printf '\n== sweep: %s\n' "$1"
  "$infoflow" sweep --model "$tiny/checkpoint" --task vqa --data "$tiny/$1.jsonl" \
    --images "$tiny" --limit 800 --margin 0.02 --output "$output/sweep_$1"
}
sweep short
sweep yesno

printf '\n== Table 1 and Fig. 5\n'
"$infoflow" report "$output/sweep_short" "$output/sweep_yesno" --output "$output/sweeps"

printf '\nThe pictures and reports:\n'
find "$PWD/$output" -name '*.png' -o -name '*.html' | sort
