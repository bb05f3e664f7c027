#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Holds the two small models beside each other and writes docs/explanation/two-architectures.md.
# Needs build/release/bin/infoflow, Python, and the sweeps that make_sweeps.sh leaves in build/sweeps.
set -euo pipefail
cd "$(dirname "$0")/../.."
infoflow=build/release/bin/infoflow
questions=examples/tiny_llava
output=build/two_architectures
rm -rf "$output"
export OMP_NUM_THREADS=1
margin=0.02 # Half of 200 pictures can hold 2 points, and not the usual 1.

sets=(choice short yesno caption)
for set in "${sets[@]}"; do
  "$infoflow" sweep --model examples/tiny_internvl/checkpoint --task vqa \
    --data "$questions/$set.jsonl" --images "$questions" --margin "$margin" \
    --output "$output/internvl/$set"
  ln -s "$PWD/build/sweeps/$set" "$output/llava_$set"
  ln -s "$PWD/$output/internvl/$set" "$output/internvl_$set"
done
for model in llava internvl; do
  for set in short yesno; do
    "$infoflow" point --model "examples/tiny_$model/checkpoint" --data "$questions/$set.jsonl" \
      --images "$questions" --limit 400 --cam-site post_attention_norm projector encoder_last \
      --output "$output/point_${model}_$set"
  done
done
python3 docs/pictures/two_architectures.py "$output" docs/pictures/two_architectures.svg \
  >docs/explanation/two-architectures.md
