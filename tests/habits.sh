#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Looks whether the tree is written as agreed: blanks, clang-format, codespell, and clang-tidy on
# the instruments; one line for each.
# Usage: tests/habits.sh [FOLDER]: the tools are installed into that virtual environment by pip, in
# the versions that .pre-commit-config.yaml names (build/habits-venv unless given).
# Exit status: 0 nothing found, 1 something found, 77 a tool could not be installed and nothing else
# was found.
set -uo pipefail
cd "$(dirname "$0")/.."
venv=${1:-build/habits-venv}
status=0

# report NAME COUNT: the line that .ci/run counts.
report() {
  echo "habits: $1, $2 findings"
  [ "$2" -eq 0 ] || status=1
}
skip() {
  echo "habits: $1, skipped"
  [ "$status" -ne 0 ] || status=77
}

git rev-parse --is-inside-work-tree >/dev/null 2>&1 || {
  echo "habits: all without git's list of files, skipped"
  exit 77
}

# What git itself calls wrong: trailing blanks, conflict marks. Inputs and outputs are as they are.
found=$(git diff --check "$(git hash-object -t tree /dev/null)" -- . \
  :!tests/fuzz/corpus ':!*LICENSE-*' :!tests/golden ':!*.output' ':!*.log' | grep -a '^[^+-]')
[ -z "$found" ] || echo "$found"
report blanks "$(grep -c . <<<"$found")"

# install PACKAGE: its pinned version, unless the environment has it already.
install() {
  local pin
  pin=$(grep -oE "$1==[0-9.]+" .pre-commit-config.yaml) || return 1
  [ -x "$venv/bin/$1" ] && "$venv/bin/pip" freeze 2>/dev/null | grep -qxF "$pin" && return 0
  [ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv" 2>/dev/null ||
    python3 -m venv --clear "$venv" || return 1
  timeout 300 "$venv/bin/pip" install -qq "$pin" 2>/dev/null
}

if install clang-format; then
  mapfile -t files < <(git ls-files '*.hpp' '*.cpp')
  # A tool that fails without a finding has not looked: what it says is the finding.
  said=$("$venv/bin/clang-format" --dry-run --Werror "${files[@]}" 2>&1) && said=
  found=$(grep 'error:' <<<"$said")
  found=${found:-$said}
  [ -z "$found" ] || echo "$found"
  report clang-format "$(grep -c . <<<"$found")"
else
  skip clang-format
fi

if install codespell; then
  found=$(git ls-files -z | xargs -0 "$venv/bin/codespell" 2>&1)
  [ -z "$found" ] || echo "$found"
  report codespell "$(grep -c . <<<"$found")"
else
  skip codespell
fi

# An own adapter takes every instrument, so that their templates are looked at with types in them.
if install clang-tidy && eigen=$(echo '#include <eigen3/Eigen/Core>' | c++ -E -x c++ - 2>/dev/null |
  sed -n 's|^# 1 "\(.*\)/Eigen/Core".*|\1|p' | head -1) && [ -n "$eigen" ]; then
  said=$("$venv/bin/clang-tidy" --quiet "$PWD/examples/05_own_adapter.cpp" -- -std=c++20 \
    -I "$PWD/include" -I "$PWD/examples" -isystem "$eigen" 2>/dev/null)
  found=$(grep -E '(warning|error):' <<<"$said" | sort -u)
  [ -z "$found" ] || echo "$said"
  report clang-tidy "$(grep -c . <<<"$found")"
else
  skip clang-tidy
fi
exit "$status"
