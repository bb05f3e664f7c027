#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Holds the small models beside each other and writes docs/explanation/architectures.md.
# Needs build/release/bin/infoflow and Python; takes about half an hour. Folders stay in build/architectures.
set -euo pipefail
cd "$(dirname "$0")/../.."
infoflow=build/release/bin/infoflow
questions=examples/tiny_llava
output=build/architectures
rm -rf "$output"
export OMP_NUM_THREADS=1
margin=0.02 # 200 pictures can hold 2 points, and not the usual 1.

models=(llava internvl qwen_vl)
sets=(choice short yesno caption)
declare -A items=([choice]=400 [short]=400 [yesno]=800 [caption]=400) # captions: all pictures
for model in "${models[@]}"; do
  for set in "${sets[@]}"; do
    "$infoflow" sweep --model "examples/tiny_$model/checkpoint" --task vqa \
      --data "$questions/$set.jsonl" --images "$questions" --limit "${items[$set]}" --margin "$margin" \
      --output "$output/$model/$set"
  done
done
for model in "${models[@]}"; do
  for set in short yesno; do
    "$infoflow" point --model "examples/tiny_$model/checkpoint" --data "$questions/$set.jsonl" \
      --images "$questions" --limit 400 --cam-site post_attention_norm projector encoder_last \
      --output "$output/point/$model/$set"
  done
done
# The verdicts that hold models against each other: on these sweeps and no others.
folders=()
for model in "${models[@]}"; do folders+=("${sets[@]/#/$output/$model/}"); done
"$infoflow" report "${folders[@]}" --output "$output/all"
python3 docs/pictures/architectures.py "$output" docs/pictures/architectures.svg \
  >docs/explanation/architectures.md
