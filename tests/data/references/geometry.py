# SPDX-License-Identifier: MIT
"""Pad, flip, rot90, crops and the order of channels."""

import cv2
import numpy as np

from . import formulas
from .common import BORDERS, cut, cv_shape, seed_of
from .writer import hashed, natural


def pad(manifest):
    shapes = {
        "c3": (11, 13, 3),
        "c1": (7, 9),
        "c4": (5, 3, 4),
        "row": (1, 9, 3),
        "column": (9, 1),
        "dot": (1, 1),
    }
    edges = {
        "c3": (3, 2, 5, 1),
        "c1": (17, 20, 23, 19),
        "c4": (6, 1, 7, 4),
        "row": (3, 2, 4, 11),
        "column": (11, 3, 2, 5),
        "dot": (2, 1, 3, 4),
    }
    for border, flag in BORDERS.items():
        for name, shape in shapes.items():
            for dtype in ("u8", "f32") if name == "c3" else ("u8",):
                source = hashed(seed_of("pad" + name), dtype, shape)
                channels = shape[2] if len(shape) == 3 else 1
                fill = [17, 114, 200, 255][:channels]
                top, bottom, left, right = edges[name]
                out = cv2.copyMakeBorder(
                    source.array, top, bottom, left, right, flag, value=fill + [0] * (4 - channels)
                )
                params = {
                    "top": top,
                    "bottom": bottom,
                    "left": left,
                    "right": right,
                    "border": border,
                }
                if border == "constant":
                    params["fill"] = fill
                manifest.add(
                    f"opencv_{border}_{dtype}_{name}",
                    source,
                    params,
                    cv_shape(out, source.array),
                    "opencv",
                    f"cv2.copyMakeBorder, {border}",
                    formula=formulas.pad(source.hwc, top, bottom, left, right, border, fill),
                )
        source = natural()
        roi = {"x": 5, "y": 3, "width": 19, "height": 15}
        params = {"top": 4, "bottom": 7, "left": 9, "right": 2, "border": border, "roi": roi}
        if border == "constant":
            params["fill"] = [114, 114, 114]
        out = cv2.copyMakeBorder(cut(source, roi), 4, 7, 9, 2, flag, value=[114] * 3)
        manifest.add(
            f"opencv_{border}_u8_roi",
            source,
            params,
            out,
            "opencv",
            f"cv2.copyMakeBorder, {border}",
            formula=formulas.pad(cut(source, roi), 4, 7, 9, 2, border, 114),
        )


def flip_rot90(manifest):
    shapes = {
        "c1": ("u8", (7, 13)),
        "c3": ("u8", (11, 9, 3)),
        "c4": ("f32", (5, 8, 4)),
        "c2": ("s16", (6, 7, 2)),
        "row": ("u8", (1, 17, 3)),
        "column": ("u16", (9, 1)),
        "f16": ("f16", (5, 7, 3)),
    }
    for name, (dtype, shape) in shapes.items():
        source = hashed(seed_of("flip" + name), dtype, shape)
        for axes in ("x", "y", "xy"):
            out = np.flip(source.array, [{"y": 0, "x": 1}[axis] for axis in axes])
            manifest.add(
                f"flip_{axes}_{dtype}_{name}",
                source,
                {"verb": "flip", "axes": axes},
                out,
                "numpy",
                "np.flip",
            )
        for turns in range(4):
            out = np.rot90(source.array, turns)
            manifest.add(
                f"rot90_{turns}_{dtype}_{name}",
                source,
                {"verb": "rot90", "turns": turns, "sense": "counter-clockwise"},
                out,
                "numpy",
                "np.rot90",
            )


def crop(manifest):
    def box(x, y, width, height):
        return {"x": x, "y": y, "width": width, "height": height}

    for name, dtype, shape, roi in (
        ("odd", "u8", (23, 29, 3), box(7, 5, 13, 11)),
        ("column", "u8", (23, 29, 3), box(28, 0, 1, 23)),
        ("row", "u8", (23, 29), box(1, 22, 27, 1)),
        ("whole", "u8", (11, 13, 4), box(0, 0, 13, 11)),
        ("float", "f32", (17, 19, 3), box(3, 1, 11, 7)),
        ("short", "s16", (17, 19, 4), box(5, 9, 9, 7)),
        ("empty", "u8", (11, 13, 3), box(4, 4, 0, 3)),
    ):
        source = hashed(seed_of("crop" + name), dtype, shape)
        manifest.add(
            f"crop_{name}",
            source,
            {"verb": "crop", "roi": roi},
            cut(source, roi),
            "numpy",
            "a slice",
        )
    boxes = [box(3, 5, 13, 11), box(0, 0, 13, 11), box(84, 50, 13, 11), box(41, 17, 13, 11)]
    source = natural()
    out = np.stack([cut(source, roi) for roi in boxes])
    manifest.add(
        "crops_same_size", source, {"verb": "crops", "boxes": boxes}, out, "numpy", "slices"
    )
    boxes = [
        box(3, 5, 13, 11),
        box(1, 2, 53, 37),
        box(60, 0, 37, 61),
        box(96, 60, 1, 1),
        box(7, 9, 31, 1),
    ]
    for size in ((16, 11), (29, 23)):
        images = [cut(source, roi) for roi in boxes]
        out = np.stack(
            [cv2.resize(image, size[::-1], interpolation=cv2.INTER_LINEAR) for image in images]
        )
        exact = np.stack(
            [formulas.resize(image, *size, "linear", "half_pixel") for image in images]
        )
        params = {
            "verb": "crops_resize",
            "boxes": boxes,
            "height": size[0],
            "width": size[1],
            "interpolation": "linear",
            "coordinate": "half_pixel",
            "border": "replicate",
        }
        manifest.add(
            f"crops_resize_{size[0]}x{size[1]}",
            source,
            params,
            out,
            "opencv",
            "slices; cv2.resize, INTER_LINEAR",
            formula=exact,
            absolute=1,
        )


def channels(manifest):
    three = hashed(seed_of("channels3"), "u8", (7, 11, 3))
    four = hashed(seed_of("channels4"), "u8", (5, 13, 4))
    single = hashed(seed_of("channelsf"), "f32", (3, 9, 3))
    for name, source, order in (
        ("bgr", three, [2, 1, 0]),
        ("bgra", four, [2, 1, 0, 3]),
        ("rotate", four, [3, 0, 1, 2]),
        ("drop_alpha", four, [0, 1, 2]),
        ("swap_drop_alpha", four, [2, 1, 0]),
        ("one", three, [1]),
        ("repeat", three, [0, 0, 2, 2]),
        ("float", single, [2, 1, 0]),
    ):
        out = np.ascontiguousarray(source.array[:, :, order])
        manifest.add(
            f"reorder_{name}",
            source,
            {"verb": "reorder", "order": order},
            out,
            "numpy",
            "a[:, :, order]",
        )
    for name, source, flag, order, alpha in (
        ("rgb_bgr", three, "COLOR_RGB2BGR", [2, 1, 0], None),
        ("rgba_bgra", four, "COLOR_RGBA2BGRA", [2, 1, 0, 3], None),
        ("rgba_bgr", four, "COLOR_RGBA2BGR", [2, 1, 0], None),
        ("rgb_rgba", three, "COLOR_RGB2RGBA", [0, 1, 2], 255),
        ("rgb_bgra", three, "COLOR_RGB2BGRA", [2, 1, 0], 255),
        ("float_rgba", single, "COLOR_RGB2RGBA", [0, 1, 2], 1.0),
        ("gray_rgb", hashed(seed_of("gray"), "u8", (9, 7)), "COLOR_GRAY2RGB", [0, 0, 0], None),
    ):
        params = {"verb": "reorder" if alpha is None else "add_alpha", "order": order}
        if alpha is not None:
            params["alpha"] = alpha
        manifest.add(
            f"opencv_{name}",
            source,
            params,
            cv2.cvtColor(source.array, getattr(cv2, flag)),
            "opencv",
            f"cv2.cvtColor, {flag}",
        )
