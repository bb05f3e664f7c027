#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the pictures that README.md and the pages show, from the built command and the small model.
# Needs build/release/bin/infoflow and Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
infoflow=build/release/bin/infoflow
tiny=examples/tiny_llava
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

"$infoflow" point --model "$tiny/checkpoint" --data "$tiny/short.jsonl" --images "$tiny" \
  --cam-site post_attention_norm --output "$work/point"
"$infoflow" analyze --model "$tiny/checkpoint" --image "$tiny/pictures/000.png" \
  --question "What color is the triangle?" --hit-rates "$work/point/point.json" \
  --output "$work/color"

cp "$work/color/hires_strip.png" docs/pictures/strip.png
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,1400 \
  --screenshot=docs/pictures/report.png "file://$work/color/report.html" 2>"$work/log" ||
  { cat "$work/log"; exit 1; }
