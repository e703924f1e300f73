# SPDX-License-Identifier: MIT
"""Resize."""

import cv2
import numpy as np
import torch
from PIL import Image

from . import formulas
from .common import ROI, as_hwc, cut, cv_shape, seed_of
from .writer import hashed, natural

# name: (height, width) of the source and of the result, channels
SIZES = {
    "fraction": ((37, 53), (47, 31), 3),
    "up": ((11, 13), (27, 35), 1),
    "down3": ((30, 48), (10, 16), 4),
    "up2": ((7, 9), (14, 18), 3),
    "column": ((29, 1), (43, 5), 1),
    "row": ((1, 31), (3, 17), 4),
    "dot": ((1, 1), (5, 7), 3),
    "to_one": ((13, 17), (1, 1), 1),
    "same": ((11, 13), (11, 13), 3),
    "shrink": ((61, 59), (7, 11), 1),
}


def resize_inputs(op, dtype, names, scale=1.0, bias=0.0):
    """(suffix, input, roi, size of the result) for each name.

    "roi" and "natural" are of the natural picture, the rest are noise of the sizes above.
    """
    for name in names:
        if name == "roi":
            yield name, natural(dtype, 3), ROI, (47, 31)
        elif name == "natural":
            yield name, natural(dtype, 4, x=73, y=22, width=23, height=17), None, (31, 37)
        else:
            (height, width), size, channels = SIZES[name]
            shape = (height, width) if channels == 1 else (height, width, channels)
            yield (
                name,
                hashed(seed_of(op + name + dtype), dtype, shape, scale=scale, bias=bias),
                None,
                size,
            )


def resize_params(size, roi, interpolation, coordinate, cubic_a=None, border="replicate"):
    params = {
        "height": size[0],
        "width": size[1],
        "interpolation": interpolation,
        "coordinate": coordinate,
    }
    if interpolation == "nearest":
        params["nearest_rule"] = (
            "floor(coordinate)" if coordinate == "asymmetric" else "floor(coordinate + 1/2)"
        )
    else:
        params["border"] = border
    if cubic_a is not None:
        params["cubic_a"] = cubic_a
    if roi is not None:
        params["roi"] = roi
    return params | {"antialias": "none"}


def resize_opencv(manifest):
    kinds = [
        ("linear", "INTER_LINEAR", "linear", "half_pixel", None),
        ("cubic", "INTER_CUBIC", "cubic", "half_pixel", -0.75),
        ("nearest", "INTER_NEAREST", "nearest", "asymmetric", None),
        ("nearest_exact", "INTER_NEAREST_EXACT", "nearest", "half_pixel", None),
    ]
    everything = ["roi", "natural", *SIZES]
    for name, flag, interpolation, coordinate, a in kinds:
        for dtype, names in (("u8", everything), ("f32", ["up", "down3", "row", "to_one", "roi"])):
            if interpolation == "nearest" and dtype == "f32":
                names = ["row"]
            scale = 255.0 if dtype == "f32" and interpolation == "cubic" else 1.0
            for suffix, source, roi, size in resize_inputs("resize", dtype, names, scale):
                image = cut(source, roi)
                out = cv_shape(
                    cv2.resize(image, size[::-1], interpolation=getattr(cv2, flag)), image
                )
                span = 255.0 if suffix == "roi" else scale
                exact = interpolation == "nearest"
                manifest.add(
                    f"opencv_{name}_{dtype}_{suffix}",
                    source,
                    resize_params(size, roi, interpolation, coordinate, a),
                    out,
                    "opencv",
                    f"cv2.resize, {flag}",
                    formula=formulas.resize(
                        as_hwc(image), *size, interpolation, coordinate, a or -0.75
                    ),
                    absolute=0 if exact else 1 if dtype == "u8" else 1e-5 * span,
                )


def resize_torch(manifest):
    kinds = [
        ("bilinear", False, "linear", "half_pixel", None),
        ("bilinear", True, "linear", "align_corners", None),
        ("bicubic", False, "cubic", "half_pixel", -0.75),
        ("bicubic", True, "cubic", "align_corners", -0.75),
        ("nearest", None, "nearest", "asymmetric", None),
        ("nearest-exact", None, "nearest", "half_pixel", None),
    ]
    for mode, align, interpolation, coordinate, a in kinds:
        dtype, names = (
            "f32",
            ["fraction", "up", "down3", "up2", "row", "column", "to_one", "shrink"],
        )
        if interpolation == "nearest":
            dtype, names = "u8", ["fraction", "up", "down3", "row", "column"]
        for suffix, source, _, size in resize_inputs("torch", dtype, names):
            planes = torch.from_numpy(source.hwc.copy()).permute(2, 0, 1)[None]
            out = torch.nn.functional.interpolate(
                planes, size, mode=mode, align_corners=align, antialias=False
            )
            out = out[0].permute(1, 2, 0).numpy().reshape(*size, *source.array.shape[2:])
            call = (
                f"torch.nn.functional.interpolate, {mode}, align_corners={align}, antialias=False"
            )
            manifest.add(
                f"torch_{mode.replace('-', '_')}_{coordinate}_{dtype}_{suffix}",
                source,
                resize_params(size, None, interpolation, coordinate, a),
                out,
                "torch",
                call,
                formula=formulas.resize(source.hwc, *size, interpolation, coordinate, a or -0.75),
                absolute=0 if interpolation == "nearest" else 1e-5,
            )


def resize_pillow(manifest):
    """Pillow filters over a wider support when it shrinks: only enlargements (NEAREST: any size).

    It rounds and clamps to u8 between its two passes. Noise over half of the range keeps clear of
    that clamp; the cases that meet it (noise over the whole range, and the picture) say so in
    `intermediate`.
    """
    for name, interpolation, a, names in (
        ("BILINEAR", "linear", None, ["up", "up2", "natural", "column"]),
        ("BICUBIC", "cubic", -0.5, ["up", "up2", "clamped", "natural"]),
        ("NEAREST", "nearest", None, ["fraction", "up", "down3", "natural", "roi"]),
    ):
        for suffix in names:
            clamped = suffix == "clamped" or (suffix == "natural" and interpolation == "cubic")
            scale, bias = (1.0, 0.0) if interpolation != "cubic" or clamped else (0.5, 64.0)
            named = "up" if suffix == "clamped" else suffix
            _, source, roi, size = next(resize_inputs("pillow", "u8", [named], scale, bias))
            image = cut(source, roi)
            if image.ndim == 3 and image.shape[2] == 4:
                # Pillow weights RGBA by alpha; four plain bands are resized one by one.
                bands = [Image.fromarray(np.ascontiguousarray(image[:, :, c])) for c in range(4)]
            else:
                bands = [Image.fromarray(image)]
            out = [
                np.asarray(band.resize(size[::-1], getattr(Image.Resampling, name)))
                for band in bands
            ]
            out = np.stack(out, axis=2) if len(out) > 1 else out[0]
            params = resize_params(size, roi, interpolation, "half_pixel", a)
            if interpolation == "cubic":
                # At the edges Pillow drops the taps outside and scales the rest up to a sum of 1.
                y0, y1 = formulas.inside(size[0], image.shape[0], "half_pixel", "cubic")
                x0, x1 = formulas.inside(size[1], image.shape[1], "half_pixel", "cubic")
                params |= {
                    "border": "renormalised",
                    "interior": {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0},
                }
            exact = formulas.resize(as_hwc(image), *size, interpolation, "half_pixel", -0.5)
            if clamped:
                params["intermediate"] = "u8 after the horizontal pass"
                wide = formulas.resize(
                    as_hwc(image), image.shape[0], size[1], interpolation, "half_pixel", -0.5
                )
                exact = formulas.resize(
                    formulas.saturate_u8(wide), *size, interpolation, "half_pixel", -0.5
                )
            manifest.add(
                f"pillow_{name.lower()}_u8_{suffix}",
                source,
                params,
                out,
                "pillow",
                f"Image.resize, {name}",
                formula=exact,
                absolute=0 if interpolation == "nearest" else 1,
            )


def resize_float64(manifest):
    sizes = {
        "up": ((7, 11), (23, 29)),
        "fraction": ((23, 31), (29, 17)),
        "row": ((1, 19), (3, 23)),
        "column": ((17, 1), (11, 1)),
        "to_one": ((9, 7), (1, 1)),
    }
    for interpolation, a in (
        ("nearest", None),
        ("linear", None),
        ("cubic", -0.75),
        ("cubic", -0.5),
    ):
        for coordinate in ("half_pixel", "align_corners", "asymmetric"):
            for suffix, ((height, width), size) in sizes.items():
                if a == -0.5 and suffix != "fraction":
                    continue
                dtype = "u8" if interpolation == "nearest" else "f32"
                source = hashed(seed_of("f64" + suffix), dtype, (height, width))
                out = formulas.resize(source.hwc, *size, interpolation, coordinate, a or -0.75)[
                    :, :, 0
                ]
                name = interpolation if a != -0.5 else "cubic_catmull_rom"
                manifest.add(
                    f"float64_{name}_{coordinate}_{suffix}",
                    source,
                    resize_params(size, None, interpolation, coordinate, a),
                    out.astype(np.uint8) if dtype == "u8" else out,
                    "float64",
                    "formulas.resize",
                    absolute=0 if dtype == "u8" else 1e-5,
                )
                if interpolation != "nearest" and suffix == "fraction":
                    source = natural("u8", 3, x=61, y=21, width=31, height=23)
                    out = formulas.resize(source.hwc, *size, interpolation, coordinate, a or -0.75)
                    manifest.add(
                        f"float64_{name}_{coordinate}_u8_natural",
                        source,
                        resize_params(size, None, interpolation, coordinate, a),
                        formulas.saturate_u8(out),
                        "float64",
                        "formulas.resize, saturate_u8",
                        absolute=1,
                    )
