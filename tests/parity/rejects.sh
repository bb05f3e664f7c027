#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bash rejects.sh: table.sh writes what planted programs measure, and refuses pages that do not fit.
set -euo pipefail
table=$(dirname "$0")/table.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measures <program> <family> <quantity> <dtype> <error> <own error>: one line more that it records.
measures() {
  [[ -f $1 ]] || printf '#!/bin/sh\n' >"$1"
  chmod +x "$1"
  printf 'printf "%s\\ttrace\\t%s\\tsource\\t%s\\t%s\\t%s\\n" >>"$INFOFLOW_PARITY_DIR/%s.tsv"\n' \
    "$2" "$3" "$4" "$5" "$6" "$(basename "$1")" >>"$1"
}
# wants <exit status> <words>: of the check of $work/page with both programs.
wants() {
  local status=0
  bash "$table" --check "$work/page" "$work/a" "$work/b" >"$work/said" 2>&1 || status=$?
  if [[ $status != "$1" ]] || ! grep -qF -- "$2" "$work/said"; then
    echo "wanted exit $1 and \"$2\", got $status:"
    cat "$work/said"
    exit 1
  fi
}

measures "$work/a" Alpha logits float32 2e-06 0
measures "$work/a" Alpha logits float32 3e-07 0
measures "$work/a" Alpha logits bfloat16 0.003 0.004
measures "$work/a" Alpha logits bfloat16 0.004 0.008
measures "$work/b" Beta pixels float32 0 0
echo 'true' >>"$work/b"
printf 'before\n<!-- written by tests/parity/table.sh -->\nold\n<!-- end -->\nafter\n' >"$work/page"
bash "$table" "$work/page" "$work/a" "$work/b"
cp "$work/page" "$work/right"
diff - "$work/page" <<'PAGE'
before
<!-- written by tests/parity/table.sh -->
| family | command | what was compared | reference | float32 | bfloat16: ours / its own |
|---|---|---|---|---|---|
| Alpha | trace | logits | source | 2.0e-06 | 3.0e-03 / 4.0e-03 |
| Beta | trace | pixels | source | 0 | – |
<!-- end -->
after
PAGE
wants 0 "the 2 rows"

# planted <sed's command> <words>: a page that is wrong in one place.
planted() {
  sed "$1" "$work/right" >"$work/page"
  wants 1 "$2"
}
planted '/Beta/d' '> Beta | trace | pixels'
planted 's/Beta/Gamma/' '< Gamma | trace | pixels'
planted 's/logits/words/' '< Alpha | trace | words'
planted 's/2.0e-06/1.1e-04/' 'beyond 1e-4: | Alpha'
planted 's/3.0e-03 /8.9e-03 /' 'beyond twice the reference: | Alpha'
cp "$work/right" "$work/page"
measures "$work/b" Beta logits float32 1e-06 0
wants 1 '> Beta | trace | logits'
echo 'exit 3' >>"$work/a"
wants 1 'its parity tests fail'
