#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make golden/float8.json and .bin with ml_dtypes: the 8-bit floats E4M3 (e4m3fn) and E5M2.

Needs numpy and ml_dtypes. `make_float8.py` writes the files anew, `--check` compares them with what the
libraries here give. tests/core/float8_test.cpp reads them.

decode: all 256 codes as float32. encode: float32 as codes, nearest even. ml_dtypes overflows to NaN or
infinity; the rule here is to saturate, so what is beyond the largest finite value is replaced by it first,
and every NaN is the code 0x7f.
"""

import argparse

import ml_dtypes
import numpy as np

from references.writer import Manifest, hash_u32, stored

TYPES = {"f8_e4m3": ml_dtypes.float8_e4m3fn, "f8_e5m2": ml_dtypes.float8_e5m2}


def neighbours(values):
    """The values, and the next float32 on both sides of each."""
    values = np.asarray(values, np.float32)
    return np.concatenate(
        [values, np.nextafter(values, np.float32(np.inf)), np.nextafter(values, np.float32(-np.inf))]
    )


def encoded_values(decoded):
    """Every code's value, the middle between it and the next, hairs beside both, and random floats."""
    finite = np.unique(np.abs(decoded[np.isfinite(decoded)])).astype(np.float64)
    middles = (finite[1:] + finite[:-1]) / 2
    beyond = finite[-1] + (finite[-1] - finite[-2]) * np.array([0.5, 1.0, 1.5])
    edges = neighbours(np.concatenate([finite, middles, beyond]))
    exponents = (hash_u32(11, 512) % np.uint32(56)).astype(np.int32) - 34
    fractions = 1 + (hash_u32(12, 512) >> np.uint32(9)) * 2.0**-23
    random = np.ldexp(fractions, exponents).astype(np.float32)
    special = np.array([np.inf, np.nan, 0.0, 1e-45, 1e-38, 3e38], np.float32)
    values = np.concatenate([edges, random, special])
    return np.concatenate([values, -values])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    versions = {"numpy": np.__version__, "ml_dtypes": ml_dtypes.__version__}
    manifest = Manifest("float8", versions)
    codes = np.arange(256, dtype=np.uint8)
    for name, dtype in TYPES.items():
        decoded = codes.view(dtype).astype(np.float32)
        manifest.add(
            f"decode_{name}", stored("u8", codes), {"from": name}, decoded, "ml_dtypes",
            f"codes.view({dtype.__name__}).astype(float32)",
        )
        values = encoded_values(decoded)
        largest = np.float32(ml_dtypes.finfo(dtype).max)
        expected = np.clip(values, -largest, largest).astype(dtype).view(np.uint8)
        expected[np.isnan(values)] = 0x7F
        manifest.add(
            f"encode_{name}", stored("f32", values), {"to": name}, expected, "ml_dtypes",
            f"clip(x, -{largest:g}, {largest:g}).astype({dtype.__name__}), NaN to 0x7f",
        )
    manifest.write(check)


if __name__ == "__main__":
    main()
