# SPDX-License-Identifier: MIT
"""Resize with antialiasing: every source pixel counts, weighted by a curve."""

import cv2
import numpy as np
import torch
from PIL import Image

from . import formulas
from .common import cv_shape, seed_of
from .writer import hashed, natural

# name: (height, width) of the source and of the result, channels
SIZES = {
    "shrink": ((61, 59), (7, 11), 1),
    "fraction": ((37, 53), (47, 31), 3),
    "half": ((30, 48), (15, 24), 3),
    "third": ((30, 48), (10, 16), 1),
    "wide": ((5, 300), (3, 41), 3),
    "tall": ((310, 3), (23, 2), 1),
    "up": ((11, 13), (27, 35), 1),
    "to_one": ((13, 17), (1, 1), 1),
    "column": ((29, 1), (13, 1), 1),
}
PILLOW = {
    "box": "BOX",
    "triangle": "BILINEAR",
    "hamming": "HAMMING",
    "cubic": "BICUBIC",
    "lanczos": "LANCZOS",
}


def inputs(name, dtype, scale=1.0, bias=0.0):
    if name == "natural":
        return natural(dtype, 3, x=5, y=3, width=91, height=57), (19, 28)
    (height, width), size, channels = SIZES[name]
    shape = (height, width) if channels == 1 else (height, width, channels)
    return hashed(seed_of("antialias" + name + dtype), dtype, shape, scale=scale, bias=bias), size


def params_of(size, curve, **more):
    return {"height": size[0], "width": size[1], "filter": curve, "border": "renormalised"} | more


def antialias_pillow(manifest):
    """Pillow rounds u8 between its passes and clamps there: noise over half of the range keeps clear of it."""
    for curve, flag in PILLOW.items():
        overshoots = curve in ("cubic", "lanczos")
        scale, bias = (0.5, 64.0) if overshoots else (1.0, 0.0)
        names = [*SIZES] if overshoots else [*SIZES, "natural"]
        for name in names:
            source, size = inputs(name, "u8", scale, bias)
            image = Image.fromarray(source.array)
            out = np.asarray(image.resize(size[::-1], getattr(Image.Resampling, flag)))
            manifest.add(
                f"pillow_{curve}_u8_{name}",
                source,
                params_of(size, curve),
                out,
                "pillow",
                f"Image.resize, {flag}",
                formula=formulas.resample(source.hwc, *size, curve),
                absolute=1,
            )
        for name in ("shrink", "third", "tall", "up", "to_one"):
            source, size = inputs(name, "f32")
            image = Image.fromarray(source.array, mode="F")
            out = np.asarray(image.resize(size[::-1], getattr(Image.Resampling, flag)))
            manifest.add(
                f"pillow_{curve}_f32_{name}",
                source,
                params_of(size, curve),
                out,
                "pillow",
                f"Image.resize of mode F, {flag}",
                formula=formulas.resample(source.hwc, *size, curve),
                absolute=1e-5,
            )


def antialias_torch(manifest):
    for mode, curve in (("bilinear", "triangle"), ("bicubic", "cubic")):
        for name in ("shrink", "fraction", "wide", "up", "to_one"):
            source, size = inputs(name, "f32")
            planes = torch.from_numpy(source.hwc.copy()).permute(2, 0, 1)[None]
            out = torch.nn.functional.interpolate(
                planes, size, mode=mode, align_corners=False, antialias=True
            )
            out = out[0].permute(1, 2, 0).numpy().reshape(*size, *source.array.shape[2:])
            manifest.add(
                f"torch_{curve}_f32_{name}",
                source,
                params_of(size, curve),
                out,
                "torch",
                f"torch.nn.functional.interpolate, {mode}, antialias=True",
                formula=formulas.resample(source.hwc, *size, curve),
                absolute=1e-5,
            )


def antialias_opencv(manifest):
    for dtype, absolute in (("u8", 1), ("f32", 1e-5)):
        for name in ("shrink", "half", "third", "wide", "tall"):
            source, size = inputs(name, dtype)
            out = cv2.resize(source.array, size[::-1], interpolation=cv2.INTER_AREA)
            manifest.add(
                f"opencv_area_{dtype}_{name}",
                source,
                params_of(size, "area"),
                cv_shape(out, source.array),
                "opencv",
                "cv2.resize, INTER_AREA",
                formula=formulas.resample(source.hwc, *size, "area"),
                absolute=absolute,
            )
