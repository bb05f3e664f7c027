# SPDX-License-Identifier: MIT
"""Keep a few of the inputs that a long run found: those that reach most edges which no other reaches.

    python keep.py [--most 16] TARGET...

Chooses from build/fuzz/corpus/TARGET, beside what stands in corpus/TARGET, by libFuzzer's own list of edges per
input (its merge's control file), and copies the chosen to corpus/TARGET/found-….
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build/fuzz"


def edges_by_input(target, kept, grown):
    """Paths in the order that libFuzzer lists them, with the edges of each."""
    with tempfile.TemporaryDirectory() as folder:
        control = pathlib.Path(folder) / "control"
        merged = pathlib.Path(folder) / "merged"
        merged.mkdir()
        command = [
            BUILD / "tests/fuzz/libfuzzer",
            "-set_cover_merge=1",
            f"-merge_control_file={control}",
            merged,
            kept,
            grown,
        ]
        environment = os.environ | {"INFOFLOW_FUZZ_TARGET": target}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        rows = control.read_text().splitlines()
    count = int(rows[0])
    paths = rows[2 : 2 + count]
    edges = {path: set() for path in paths}
    for row in rows[2 + count :]:
        kind, number, *numbers = row.split()
        if kind == "COV":
            edges[paths[int(number)]] |= set(map(int, numbers))
    return edges


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=16)
    parser.add_argument("targets", nargs="+")
    arguments = parser.parse_args()
    for target in arguments.targets:
        kept = HERE / "corpus" / target
        for old in kept.glob("found-*"):
            old.unlink()
        edges = edges_by_input(target, kept, BUILD / "corpus" / target)
        seen = set().union(*(edges[path] for path in edges if pathlib.Path(path).parent == kept))
        rest = {path: found for path, found in edges.items() if pathlib.Path(path).parent != kept}
        chosen = 0
        while rest and chosen < arguments.most:
            best = max(rest, key=lambda path: len(rest[path] - seen))
            if not rest[best] - seen:
                break
            seen |= rest.pop(best)
            shutil.copyfile(best, kept / f"found-{pathlib.Path(best).name[:10]}")
            chosen += 1
        print(f"{target}: {chosen} kept, {len(seen)} edges")


if __name__ == "__main__":
    main()
