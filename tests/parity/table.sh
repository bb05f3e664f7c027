#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Writes the table of docs/reference/parity.md from what the families' parity tests measure:
#     bash tests/parity/table.sh docs/reference/parity.md build/release/tests/{llava,…}_tests
# With --check before the page it changes nothing, and fails unless the page has exactly the rows that
# the tests measure, none of them beyond what the tests allow. Other machines round in other ways:
# the numbers themselves are not compared.
set -euo pipefail
check=
[[ $1 == --check ]] && { check=yes; shift; }
page=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/records"

for program in "$@"; do
  OMP_NUM_THREADS=1 INFOFLOW_PARITY_DIR="$work/records" "$program" "[parity],[bfloat16]" \
    >"$work/log" 2>&1 || { cat "$work/log"; echo "$program: its parity tests fail"; exit 1; }
done

# A row per family, command, quantity and reference; the worst error counts.
cat "$work"/records/*.tsv | LC_ALL=C awk -F '\t' '
  function written(x) { return x == 0 ? "0" : sprintf("%.1e", x) }
  {
    row = "| " $1 " | " $2 " | " $3 " | " $4 " |"
    seen[row] = index("trace   analyze sweep", $2) "\t" $3
    if ($5 == "float32") { if (!(row in high) || $6 > high[row]) high[row] = $6 }
    else if (!(row in low) || $6 * own[row] > low[row] * $7) { low[row] = $6; own[row] = $7 }
  }
  END {
    for (row in seen) {
      split(row, column, " \\| ")
      printf "%s\t%s\t%s %s | %s |\n", column[1], seen[row], row,
        row in high ? written(high[row]) : "–",
        row in low ? written(low[row]) " / " written(own[row]) : "–"
    }
  }' | LC_ALL=C sort -t "$(printf '\t')" -k1,1 -k2,2n -k3,3 | cut -f 4- >"$work/rows"

begin='<!-- written by tests/parity/table.sh -->'
end='<!-- end -->'
if [[ -z $check ]]; then
  {
    sed "\|^$begin\$|q" "$page"
    echo '| family | command | what was compared | reference | float32 | bfloat16: ours / its own |'
    echo '|---|---|---|---|---|---|'
    cat "$work/rows"
    sed -n "\|^$end\$|,\$p" "$page"
  } >"$work/page"
  cat "$work/page" >"$page"
  exit
fi

sed -n "\|^$begin\$|,\|^$end\$|p" "$page" | sed -n '4,$p' | grep '^|' >"$work/shown" || true
for rows in rows shown; do
  cut -c 3- "$work/$rows" | cut -d '|' -f 1-4 | LC_ALL=C sort >"$work/$rows.names"
done
if ! diff "$work/shown.names" "$work/rows.names" >"$work/difference"; then
  echo "$page has (<) not the rows that the tests measure (>); write it anew:"
  cat "$work/difference"
  exit 1
fi
# Two digits are shown, so that a ratio may be a tenth off.
LC_ALL=C awk -F ' *[|/] *' -v page="$page" '
  $6 != "–" && !($6 + 0 <= 1e-4) { print page ": beyond 1e-4: " $0; bad = 1 }
  $7 != "–" && !($7 + 0 <= 2.2 * $8) { print page ": beyond twice the reference: " $0; bad = 1 }
  END { exit bad }' "$work/shown"
echo "$page: the $(wc -l <"$work/rows") rows that the tests measure, none beyond what they allow"
