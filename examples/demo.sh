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

tiny=examples/tiny_llava
output=build/demo
rm -rf "$output"

# ask <name> <picture> <question>
ask() {
  printf '\n== %s: "%s"\n' "$2" "$3"
  build/release/bin/infoflow analyze --model "$tiny/checkpoint" --image "$tiny/pictures/$2" \
    --question "$3" --output "$output/$1"
}
ask color 000.png "What color is the triangle?"
ask shape 000.png "What shape is the black object?"
ask present 000.png "Is there a circle in the image?"

printf '\nThe pictures and reports:\n'
find "$PWD/$output" -name '*.png' -o -name '*.html' | sort
