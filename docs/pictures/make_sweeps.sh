#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sweeps the small model's four question sets whole and writes docs/explanation/claims.md and its figures.
# Needs build/release/bin/infoflow; takes about ten minutes. Folders of the sweeps stay in build/sweeps.
set -euo pipefail
cd "$(dirname "$0")/../.."
infoflow=build/release/bin/infoflow
tiny=examples/tiny_llava
output=build/sweeps
rm -rf "$output"
export OMP_NUM_THREADS=1
margin=0.02 # Half of 200 pictures can hold 2 points, and not the usual 1.

sets=(choice short yesno caption) # As ScienceQA, TextVQA, POPE, CHAIR: the order of the paper's claim.
for set in "${sets[@]}"; do
  "$infoflow" sweep --model "$tiny/checkpoint" --task vqa --data "$tiny/$set.jsonl" --images "$tiny" \
    --control top-k:4 top-k:8 top-k:16 top-k:32 random:16 inverse:16 \
    --margin "$margin" --output "$output/$set"
done
"$infoflow" report "${sets[@]/#/$output/}" --output "$output/all"

cp "$output/all/tasks.png" docs/pictures/sweep_tasks.png
cp "$output/yesno/curve.png" docs/pictures/sweep_yesno.png
cp "$output/yesno/kept_tokens.png" docs/pictures/sweep_kept_tokens.png
cp "$output/yesno/instruments.png" docs/pictures/sweep_instruments.png
{
  cat <<'HEAD'
# The paper's claims, held against runs

This page is written by `docs/pictures/make_sweeps.sh` from sweeps of the small trained model on the question sets
beside it ([what it is](../../examples/tiny_llava/README.md)): lettered choices as in ScienceQA, short answers as in
TextVQA, yes/no as in POPE, captions as in CHAIR (but scored as right or wrong). A model of 2.6 million parameters cannot confirm or refute what
was said of models a thousand times its size; what the page shows is that each claim can be tested, and how. For
your own model, run `infoflow sweep` on your data and `infoflow report` on the folders.

*Held* and *did not hold* are said only where the interval says so; *not decided* means that these items cannot
tell, or that they lie on too few pictures. The last column holds all verdicts to one error rate together.
[The cliff as a statistic](the-cliff-as-a-statistic.md).

![The four tasks' curves](../pictures/sweep_tasks.png)

![Yes/no: the curve with floors, controls and the cliff](../pictures/sweep_yesno.png)

![How many image tokens are enough, at each layer](../pictures/sweep_kept_tokens.png)

![What each instrument says](../pictures/sweep_instruments.png)

HEAD
  cat "$output/all/claims.md"
  printf '\n## Table 1\n\n'
  cat "$output/all/table1.md"
  printf '\n## The decisions\n\n'
  for set in "${sets[@]}"; do
    sed -n 's/^ "text": "\(.*\)",\{0,1\}$/- \1/p' "$output/$set/decision.json"
  done
} >docs/explanation/claims.md
