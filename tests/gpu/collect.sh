#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gathers what tests/gpu/run.sh needs besides libtorch and a compiler into build/gpu/packages, for a machine
# without a network: the files of Debian packages that are installed here.
#
#   bash tests/gpu/collect.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. cmake/setup.sh

target=build/gpu/packages
rm -rf "$target"
mkdir -p "$target"
# The libraries themselves stand in packages that the -dev ones depend on.
mapfile -t libraries < <(dpkg-query -W -f '${Depends}\n' libjpeg-dev libjpeg62-turbo-dev zlib1g-dev libfmt-dev \
  libwebp-dev libicu-dev 2>/dev/null | tr ',|' '\n' | sed 's/ *(.*//; s/^ *//' | sort -u)
packages=(libeigen3-dev libfmt-dev nlohmann-json3-dev libstb-dev catch2 libcli11-dev "${libraries[@]}"
          libjpeg-dev libjpeg62-turbo-dev zlib1g-dev libwebp-dev libicu-dev)
for package in "${packages[@]}"; do
  dpkg-query -L "$package" 2>/dev/null || true
done | grep -E '^/(usr/)?(include|lib|share/(cmake|pkgconfig|eigen3))/' | sort -u |
  while read -r file; do
    [ -d "$file" ] && [ ! -L "$file" ] && continue
    mkdir -p "$target/$(dirname "$file")"
    cp -a "$file" "$target/$file"
  done
# Debian's /lib is /usr/lib.
[ ! -d "$target/lib" ] || { cp -a "$target/lib/." "$target/usr/lib/"; rm -rf "$target/lib"; }
echo "$(find "$target" -type f | wc -l) files, $(du -sm "$target" | cut -f1) MiB in $target"
