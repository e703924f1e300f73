# SPDX-License-Identifier: MIT
"""Conversion of element types, arithmetic and normalisation."""

import numpy as np
import torch
from torchvision.transforms.v2 import functional as vision

from .common import MEAN, STD, seed_of
from .writer import hashed, stored

INTEGERS = ("u8", "s8", "u16", "s16", "u32", "s32")
BITS = {
    "u8": np.uint8,
    "s8": np.int8,
    "u16": np.uint16,
    "s16": np.int16,
    "u32": np.uint32,
    "s32": np.int32,
}


def bf16_value(bits):
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def round_to(values, mantissa_bits):
    """Rounding to nearest even to a mantissa of so many bits, away from overflow and underflow."""
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.rint(np.ldexp(fraction, mantissa_bits)), exponent - mantissa_bits)


def edge_values(dtype):
    """Where conversions go wrong: limits of every type, ties, their neighbours, special numbers."""
    # fmt: off
    limits = [
        0, 1, 2, 3, 126, 127, 128, 129, 254, 255, 256, 257, 258, 259, 2047, 2049, 2051, 32766,
        32767, 32768, 65504, 65519, 65520, 65534, 65535, 65536, 16777215, 16777217, 16777219,
        2147483520, 2147483646, 2147483647, 2147483648, 4294967040, 4294967295,
    ]
    # fmt: on
    limits = limits + [-value for value in limits[1:]] + [-32769, -2147483649, -129, -130]
    if dtype in INTEGERS:
        info = np.iinfo(BITS[dtype])
        chosen = sorted(
            {value for value in limits if info.min <= value <= info.max} | {info.min, info.max}
        )
        return np.concatenate(
            [np.array(chosen, np.int64).astype(BITS[dtype]), hashed(77, dtype, (16,)).array]
        )
    real = [float(value) for value in limits]
    # fmt: off
    real += [
        0.5, 1.5, 2.5, 3.5, 126.5, 127.5, 128.5, 253.5, 254.5, 255.5, 256.5, 32767.5, 65534.5,
        65535.5, 0.49999997, 0.50000006, 254.49998, 254.50002, 255.49998, 0.9999999, 1e-8, 6e-8,
        2.0**-24, 2.0**-25, 3 * 2.0**-25, 1e-40, 3e9, 5e9, 1e20, 65519.996, 1.00390625, 1.01171875,
        float("inf"),
    ]
    # fmt: on
    real += [-value for value in real] + [float("nan"), -0.0]
    real += [float(value) for value in hashed(78, "f32", (24,), scale=600.0, bias=-300.0).array]
    if dtype == "f64":
        real += [2147483647.5, 2147483646.5, 4294967295.5, 0.49999999999999994, 1e300, -1e300]
        return np.array(real, np.float64)
    single = np.array(real, np.float32)
    if dtype == "f32":
        return single
    with np.errstate(over="ignore"):
        half = single.astype(np.float16)
    return (
        half
        if dtype == "f16"
        else torch.from_numpy(single).to(torch.bfloat16).view(torch.uint16).numpy()
    )


def convert(manifest):
    everything = INTEGERS + ("f16", "bf16", "f32", "f64")
    for src in everything:
        values = edge_values(src)
        exact = (bf16_value(values) if src == "bf16" else values).astype(np.float64)
        for dst in everything:
            if src == dst:
                continue
            name = f"{src}_to_{dst}"
            if dst in INTEGERS:
                info = np.iinfo(BITS[dst])
                for rounding, function in (("nearest_even", np.rint), ("toward_zero", np.trunc)):
                    if src in INTEGERS and rounding == "toward_zero":
                        continue
                    out = np.nan_to_num(
                        np.clip(function(exact), info.min, info.max), nan=0.0
                    ).astype(BITS[dst])
                    params = {
                        "from": src,
                        "to": dst,
                        "rounding": rounding,
                        "saturate": "clamp",
                        "nan": "0",
                    }
                    manifest.add(
                        f"{name}_{rounding}" if src not in INTEGERS else name,
                        stored(src, values, "N"),
                        params,
                        out,
                        "numpy",
                        f"np.clip(np.{function.__name__}(x), min, max), NaN to 0",
                        layout="N",
                    )
                continue
            keep, params = (
                np.ones(len(values), bool),
                {"from": src, "to": dst, "rounding": "nearest_even"},
            )
            params |= {"saturate": "to infinity (IEEE 754)", "nan": "NaN"}
            with np.errstate(over="ignore", under="ignore"):
                if dst == "bf16":
                    tensor = (
                        torch.from_numpy(values.astype(np.int64))
                        if src == "u32"
                        else torch.from_numpy(values)
                    )
                    out = tensor.to(torch.bfloat16).view(torch.uint16).numpy()
                    # torch goes through float32; values that it rounds twice are left out.
                    finite = np.isfinite(exact) & (np.abs(exact) > 1e-30) & (np.abs(exact) < 3e38)
                    keep = ~finite | (bf16_value(out) == round_to(exact, 8))
                else:
                    out = (exact if src == "bf16" else values).astype(
                        {"f16": "f2", "f32": "f4", "f64": "f8"}[dst]
                    )
            library = "torch" if dst == "bf16" else "numpy"
            call = "Tensor.to(torch.bfloat16)" if dst == "bf16" else "ndarray.astype"
            manifest.add(
                name,
                stored(src, values[keep], "N"),
                params,
                out[keep],
                library,
                call,
                dtype=dst,
                layout="N",
            )
    # Ties of f16 that appear only after a first rounding to f32.
    values = np.array(
        [1 + 2.0**-11 + 2.0**-40, 1 + 3 * 2.0**-11 - 2.0**-40, 2049 + 2.0**-30, -2051 + 2.0**-30],
        np.float64,
    )
    manifest.add(
        "f64_to_f16_rounded_once",
        stored("f64", values, "N"),
        {
            "from": "f64",
            "to": "f16",
            "rounding": "nearest_even",
            "saturate": "to infinity (IEEE 754)",
            "nan": "NaN",
        },
        values.astype(np.float16),
        "numpy",
        "ndarray.astype",
        layout="N",
    )


def scale_offset(manifest):
    cases = [
        ("u8_to_f32_dyadic", "u8", "f32", 0.25, -3.5),
        ("u8_to_f32_unit", "u8", "f32", 1 / 255, 0.0),
        ("f32_to_u8_255", "f32", "u8", 255.0, 0.0),
        ("f32_to_s8_quantise", "f32", "s8", 1 / 0.0078125, -5.0),
        ("f32_to_s8_odd", "f32", "s8", 391.7, -130.25),
        ("u8_to_u8_contrast", "u8", "u8", 1.7, -60.0),
        ("u8_to_u8_half", "u8", "u8", 0.5, 0.0),
        ("s16_to_f32", "s16", "f32", 2.0**-15, 0.0),
        ("u16_to_u8", "u16", "u8", 1 / 256, 0.0),
        ("f32_to_f32", "f32", "f32", 2.5, -1.25),
    ]
    for name, src, dst, scale, offset in cases:
        source = hashed(seed_of("scale" + name), src, (13, 17, 3))
        exact = source.array.astype(np.float64) * scale + offset
        if dst == "f32":
            out, bound = exact, 2e-6 * np.abs(exact).max()
        else:
            info = np.iinfo(BITS[dst])
            out = np.clip(np.rint(exact), info.min, info.max).astype(BITS[dst])
            # A power of two and a small offset leave nothing to round before the end.
            bound = 0 if name in ("u8_to_u8_half", "u16_to_u8", "f32_to_s8_quantise") else 1
        params = {
            "from": src,
            "to": dst,
            "scale": scale,
            "offset": offset,
            "rounding": "nearest_even",
        }
        manifest.add(name, source, params, out, "float64", "x * scale + offset", absolute=bound)


def normalize(manifest):
    sets = {
        3: (MEAN, STD),
        1: ([0.4375], [0.21]),
        4: ([0.485, 0.456, 0.406, 0.5], [0.229, 0.224, 0.225, 0.25]),
    }
    for count, (mean, std) in sets.items():
        shape = (19, 23) if count == 1 else (13, 17, count)
        source = hashed(seed_of(f"normalize{count}"), "f32", shape)
        planes = torch.from_numpy(source.hwc.copy()).permute(2, 0, 1)
        out = vision.normalize(planes, mean, std).permute(1, 2, 0).numpy().reshape(shape)
        exact = (source.hwc.astype(np.float64) - mean) / std
        manifest.add(
            f"torchvision_f32_c{count}",
            source,
            {"mean": mean, "std": std},
            out,
            "torchvision",
            "v2.functional.normalize",
            formula=exact,
            absolute=1e-6 * np.abs(exact).max(),
        )
        manifest.add(
            f"float64_f32_c{count}",
            source,
            {"mean": mean, "std": std},
            exact.reshape(shape),
            "float64",
            "(x - mean) / std",
            absolute=1e-6 * np.abs(exact).max(),
        )


def normalize_planar(manifest):
    """u8 interleaved -> x / 255, normalised, planar f32 or f16."""
    for name, dtype, shape in (
        ("hwc", "u8", (19, 31, 3)),
        ("nhwc", "u8", (3, 7, 13, 3)),
        ("row", "u8", (1, 67, 3)),
        ("column", "u8", (23, 1, 3)),
        ("half", "u8", (17, 21, 3)),
    ):
        source = hashed(seed_of("planar" + name), dtype, shape)
        planes = torch.from_numpy(source.array.copy()).movedim(-1, -3).contiguous()
        out = vision.normalize(vision.to_dtype(planes, torch.float32, scale=True), MEAN, STD)
        exact = np.moveaxis((source.array / 255.0 - MEAN) / STD, -1, -3)
        params = {"scale": 1 / 255, "mean": MEAN, "std": STD}
        layout = "NCHW" if len(shape) == 4 else "CHW"
        if name == "half":
            # Half a unit in the last place of f16 in [2, 4), once for each of the two roundings.
            manifest.add(
                "torchvision_f16_half",
                source,
                params,
                out.half().numpy(),
                "torchvision",
                "v2.functional.to_dtype(scale=True), normalize, half",
                layout=layout,
                formula=exact,
                absolute=2.0**-9,
            )
            continue
        manifest.add(
            f"torchvision_f32_{name}",
            source,
            params,
            out.numpy(),
            "torchvision",
            "v2.functional.to_dtype(scale=True), normalize",
            layout=layout,
            formula=exact,
            absolute=1e-6 * 2.64,
        )
