# SPDX-License-Identifier: MIT
# Sourced by examples/demo.sh and tests/run.sh: installs what is missing and configures nothing.
# Afterwards INFOFLOW_PYTHON names a Python with torch, and cmake is at least 3.25.
#
# Set INFOFLOW_PYTHON beforehand to use a Python that has torch already; nothing is then installed
# by pip. pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, ...) choose another build of torch.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=(g++ cmake ninja-build ccache libeigen3-dev libfmt-dev nlohmann-json3-dev libstb-dev
          libjpeg-dev zlib1g-dev libwebp-dev libcli11-dev libicu-dev catch2 python3 python3-venv)
mkdir -p "$repository/build"
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

fail() {
  echo "$*" >&2
  exit 1
}

# Prints those of the packages that are not installed; asking dpkg once is quick.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' 2>/dev/null |
    awk '$1 == "ii" {sub(/:.*/, "", $2); print $2}')
  for package in "${packages[@]}"; do
    grep -qxF "$package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null || return 0 # not Debian-like: cmake will name what is missing
  local missing=() as_root=()
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing packages; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]}"
}

# The stamp is a copy of the requirements that were installed: they match, nothing to do.
install_python_packages() {
  [ -n "${INFOFLOW_PYTHON:-}" ] && return 0
  local venv=$repository/build/venv requirements=$repository/cmake/requirements.txt
  export INFOFLOW_PYTHON=$venv/bin/python
  cmp -s "$requirements" "$venv/requirements.installed" && return 0
  echo "installing $(grep -v '^#' "$requirements" | tr '\n' ' ')into build/venv"
  # The distribution's own Python first: it is the one that python3-venv belongs to.
  /usr/bin/python3 -m venv "$venv" 2>/dev/null || python3 -m venv --clear "$venv" ||
    fail "python3 cannot make a virtual environment in build/venv; install python3-venv"
  # torch by itself first: the others must not choose a build of it.
  "$INFOFLOW_PYTHON" -m pip install -qq "$(grep '^torch==' "$requirements")" ||
    fail "pip could not install torch; set INFOFLOW_PYTHON to a Python that has it"
  if "$INFOFLOW_PYTHON" -m pip install -qq -r "$requirements"; then
    cp "$requirements" "$venv/requirements.installed"
  else
    echo "pip could not install all of cmake/requirements.txt: live parity will not run" >&2
  fi
}

# Distributions of before 2023 have a cmake without workflow presets; pip has a newer one.
require_cmake() {
  local version
  version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*//p') || true
  [ "$(printf '%s\n' 3.25 "$version" | sort -V | head -1)" = 3.25 ] && return 0
  local newer=$repository/build/cmake-venv
  [ -x "$newer/bin/cmake" ] || { python3 -m venv "$newer" &&
    "$newer/bin/pip" install -qq 'cmake>=3.25,<4'; } || fail "cmake 3.25 or newer is needed"
  export PATH=$newer/bin:$PATH
}

install_packages
install_python_packages
require_cmake
