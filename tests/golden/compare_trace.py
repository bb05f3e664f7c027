# SPDX-License-Identifier: MIT
"""Compare two safetensors traces tensor by tensor.

    python compare_trace.py OURS REFERENCE [--tolerance 1e-4] [--tolerance cam=1e-3]
                            [--only logits,cam]

Integer tensors must be equal. For the others the error is max|a-b| / max|b| over the whole tensor,
b the reference; where the reference is zero everywhere it is max|a|. Every tensor of the reference
must be in OURS with its shape. Exit code: 0 all within tolerance, 1 something is not, 2 a file
cannot be read or the call makes no sense.
"""

import argparse
import math
import sys

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file


def difference(ours, reference):
    """(error, remark): error is 0 for equal integers, inf where no number can say how far apart
    they are.
    """
    if ours.shape != reference.shape:
        return math.inf, f"shape {list(ours.shape)} instead of {list(reference.shape)}"
    if reference.is_floating_point() != ours.is_floating_point():
        return math.inf, f"dtype {ours.dtype} instead of {reference.dtype}"
    if reference.numel() == 0:
        return 0.0, "empty"
    a, b = ours.double().numpy(), reference.double().numpy()
    if not reference.is_floating_point():
        wrong = int(np.count_nonzero(a != b))
        return (math.inf, f"{wrong} of {b.size} differ") if wrong else (0.0, "equal")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf, "not finite"
    scale = np.abs(b).max()
    return float(np.abs(a - b).max() / (scale if scale > 0 else 1.0)), (
        "" if scale > 0 else "reference is zero"
    )


def tolerances(given):
    """`1e-4` sets the default, `name=1e-3` one tensor's."""
    default, named = 1e-4, {}
    for item in given:
        name, _, number = item.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            raise SystemExit(f"--tolerance {item}: not a number") from None
        if not 0 <= value < math.inf:
            raise SystemExit(f"--tolerance {item}: must be a finite number that is not negative")
        if name:
            named[name] = value
        else:
            default = value
    return default, named


def read(path):
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ours")
    parser.add_argument("reference")
    parser.add_argument("--tolerance", action="append", default=[], metavar="[NAME=]NUMBER")
    parser.add_argument("--only", help="comma-separated tensor names")
    arguments = parser.parse_args()
    try:
        default, named = tolerances(arguments.tolerance)
    except SystemExit as error:
        parser.error(str(error))

    ours, reference = read(arguments.ours), read(arguments.reference)
    names = arguments.only.split(",") if arguments.only else sorted(reference)
    unknown = [name for name in [*names, *named] if name not in reference]
    if unknown or not names:
        parser.error(f"{arguments.reference} has no tensor {', '.join(unknown) or 'at all'}")

    failed = False
    print(f"{'tensor':<32} {'shape':<18} {'error':>10} {'allowed':>10}")
    for name in names:
        allowed = named.get(name, default)
        error, remark = (
            difference(ours[name], reference[name]) if name in ours else (math.inf, "missing")
        )
        good = error <= allowed
        failed |= not good
        shape = "x".join(map(str, reference[name].shape))
        verdict = f"{'' if good else 'FAIL '}{remark}"
        print(f"{name:<32} {shape:<18} {error:>10.2e} {allowed:>10.2e}  {verdict}".rstrip())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
