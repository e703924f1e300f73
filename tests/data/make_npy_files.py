#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the files under npy/ with numpy.save, never with Pane; files.json says what each one holds.

Needs numpy and ml_dtypes; their versions go into files.json. Element i, counted in C order, has the
value i (i % 2 for bool, i + 1j * (i + 0.5) for complex).
"""

import json
import pathlib

import ml_dtypes
import numpy as np

FOLDER = pathlib.Path(__file__).parent / "npy"


def counted(dtype, shape):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    values = np.arange(count)
    if dtype.kind == "b":
        values = values % 2
    if dtype.kind == "c":
        values = values + 1j * (values + 0.5)
    return values.astype(dtype).reshape(shape)


def header_end(shape, fortran):
    """Bytes before the padding of a float32 header, by the rule of numpy.lib.format: 127 is padded to 128, 128 to 192."""
    text = f"{{'descr': '<f4', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    return 10 + len(text) + 21 - len(str(shape[-1 if fortran else 0])) + 1


def at_the_edge(fortran, end):
    """A shape whose header ends there: blanks for growth and padding show, which otherwise hide each other."""
    for axes in range(30):
        for more in (1, 10, 100):
            shape = (2 if fortran else 0, more) + (1,) * axes + (12,)
            if header_end(shape, fortran) == end:
                return shape
    raise AssertionError("no such shape")


def cases():
    for name in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"):
        yield f"{name}_3x4", counted("<" + name, (3, 4))
    yield "bool_3x4", counted("?", (3, 4))
    yield "bf16_3x4", counted(ml_dtypes.bfloat16, (3, 4))
    yield "datetime_5", counted("<i8", (5,)).view("<M8[ns]")
    for name in ("u2", "i4", "f8", "c8"):
        yield f"{name}_3x4_big", counted(">" + name, (3, 4))
    yield "f4_2x3x4_fortran", np.asfortranarray(counted("<f4", (2, 3, 4)))
    yield "u2_4x5_fortran_big", np.asfortranarray(counted(">u2", (4, 5)))
    yield "f4_scalar", counted("<f4", ())
    yield "f4_6", counted("<f4", (6,))
    yield "f4_1x6", counted("<f4", (1, 6))
    yield "f4_0x3", counted("<f4", (0, 3))
    yield "f4_3x0_fortran", np.asfortranarray(counted("<f4", (3, 0)))
    yield "u1_8_axes", counted("|u1", (2, 1, 2, 1, 2, 1, 2, 3))
    yield "u1_9_axes", counted("|u1", (2, 1, 2, 1, 2, 1, 2, 1, 3))
    yield "f4_4x3_strided", counted("<f4", (8, 3))[::2]
    yield "f4_4x3_flipped", counted("<f4", (4, 3))[::-1, ::-1]
    yield "u1_4x5x3_transposed", counted("|u1", (3, 4, 5)).transpose(1, 2, 0)
    yield "u1_3x5_broadcast", np.broadcast_to(counted("|u1", (5,)), (3, 5))
    for end in (126, 127, 128):
        yield f"f4_header_{end}", counted("<f4", at_the_edge(False, end))
        yield f"f4_header_{end}_fortran", np.asfortranarray(counted("<f4", at_the_edge(True, end)))
    yield "record_4", np.array([(i, i + 0.5) for i in range(4)], [("a", "<i4"), ("b", ">f8")])
    yield "record_latin1", np.array([(i,) for i in range(4)], [("\u00e9", "<i4")])
    yield "record_utf8", np.array([(i,) for i in range(4)], [("\u03b1\u4e2d", "<i4")])
    yield "record_nested", np.zeros(2, [("a", [("x", "|u1"), ("", "|V3"), ("y", "<f4")]), ("b", "<f2", (2, 3))])
    yield "record_long_v2", np.zeros(1, [(f"field_{i:060}", "|u1") for i in range(900)])


def main():
    FOLDER.mkdir(exist_ok=True)
    files = []
    for name, array in cases():
        path = FOLDER / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, array)
        files.append(
            {
                "file": path.name,
                "shape": list(array.shape),
                "itemsize": array.dtype.itemsize,
                "kind": array.dtype.kind,
                "big_endian": array.dtype.str[0] == ">",
                "fortran": not array.flags.c_contiguous and array.flags.f_contiguous,
                "bytes": path.stat().st_size,
            }
        )
    about = {
        "made_by": "make_npy_files.py",
        "versions": {"numpy": np.__version__, "ml_dtypes": ml_dtypes.__version__},
        "files": files,
    }
    lines = json.dumps(about).replace(', {"file"', ',\n{"file"').replace('[{"file"', '[\n{"file"')
    (FOLDER / "files.json").write_text(lines + "\n")


if __name__ == "__main__":
    main()
