#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The report pages' own tests; what they need comes from install.sh.
#
#     bash tests/page/browser/run.sh files               the formatter and the linter on the pages' files
#     bash tests/page/browser/run.sh format              formats them
#     bash tests/page/browser/run.sh pages MAKE_PAGES    pages in a headless Chromium, by node's test runner
#
# Prints INFOFLOW_NOT_RUN where something is absent.
set -euo pipefail
make_pages=$(realpath "${2:-/none}")
cd "$(dirname "$0")"
export INFOFLOW_NODE_MODULES=$PWD/../../../build/browser
not_run() {
  echo "INFOFLOW_NOT_RUN: $*"
  exit 0
}

command -v node >/dev/null || not_run "no node"
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
  not_run "node is older than 20.19"
cmp -s package-lock.json "$INFOFLOW_NODE_MODULES/installed.json" ||
  not_run "run tests/page/browser/install.sh first"

case ${1:-} in
  files) exec node check_files.mjs ;;
  format) exec node check_files.mjs --write ;;
  pages)
    for name in "${INFOFLOW_CHROMIUM:-chromium}" chromium-browser google-chrome; do
      INFOFLOW_CHROMIUM=$(command -v "$name") && break
    done
    [ -n "$INFOFLOW_CHROMIUM" ] || not_run "no Chromium"
    export INFOFLOW_CHROMIUM
    INFOFLOW_PAGES=$(mktemp -d)
    export INFOFLOW_PAGES
    trap 'rm -rf "$INFOFLOW_PAGES"' EXIT
    "$make_pages" "$INFOFLOW_PAGES"
    node --test --test-reporter=spec ./*.test.mjs
    ;;
  *)
    echo "usage: bash $0 files|format|pages MAKE_PAGES" >&2
    exit 2
    ;;
esac
