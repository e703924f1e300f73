#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The NumPy half of npy_exchange: `make FOLDER` saves arrays, `check FOLDER` loads what Pane wrote of them.

Exits with 77 when there is no numpy.
"""

import io
import pathlib
import random
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

TYPES = ["|u1", "|i1", "|b1", "<f2", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"]
TYPES += [t.replace("<", ">") for t in TYPES if t[0] == "<"]


def arrays(count=400):
    """Arrays of every type and order, of 0 to 8 axes; the same ones every time."""
    rng = random.Random(1)
    for i in range(count):
        dtype = np.dtype(TYPES[i % len(TYPES)])
        shape = tuple(0 if rng.random() < 0.05 else rng.randint(1, 5) for _ in range(rng.randint(0, 8)))
        size = int(np.prod(shape, dtype=np.int64))
        raw = rng.randbytes(size * dtype.itemsize)
        if dtype.kind == "b":
            raw = bytes(b & 1 for b in raw)
        array = np.frombuffer(raw, dtype).reshape(shape, order=rng.choice("CF"))
        if rng.random() < 0.3:
            array = array.transpose(rng.sample(range(array.ndim), array.ndim))
        if rng.random() < 0.3:
            array = array[(slice(None, None, -1),) * array.ndim]
        yield f"{i:03}.npy", array


def main():
    mode, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if mode == "make":
        for name, array in arrays():
            np.save(folder / name, array)
        print(f"numpy {np.__version__}")
        return 0
    wrong = checked = 0
    for name, array in arrays():
        ours = (folder / "pane" / name).read_bytes()
        loaded = np.load(io.BytesIO(ours))
        little = array.astype(array.dtype.newbyteorder("<"), order="K")
        theirs = io.BytesIO()
        np.save(theirs, np.load(folder / name).astype(little.dtype, order="K"))
        same = loaded.dtype == little.dtype and loaded.shape == little.shape
        same = same and loaded.tobytes() == little.tobytes()
        if not same or ours != theirs.getvalue():
            print(f"{name}: {array.dtype.str} {array.shape}: ", "other bytes of the file" if same else "other array")
            wrong += 1
        checked += 1
    print(f"{checked} arrays, {wrong} differ")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
