#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gets what the pages' tests need from npm, in the versions of package-lock.json, into build/browser:
#
#     bash tests/page/browser/install.sh
#
# Needs node 20.19 or newer, and npm. Chromium is the system's. Nothing of it is needed to build or use
# the library.
set -euo pipefail
cd "$(dirname "$0")"
folder=../../../build/browser
cmp -s package-lock.json $folder/installed.json && exit 0
command -v npm >/dev/null || { echo "no npm, no tests in a browser" >&2; exit 1; }
mkdir -p $folder
cp package.json package-lock.json $folder
(cd $folder && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
cp package-lock.json $folder/installed.json
