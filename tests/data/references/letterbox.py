# SPDX-License-Identifier: MIT
"""Letterbox, boxes back to the source, and the whole chain of preprocessing."""

import cv2
import numpy as np
import torch
from torchvision.transforms.v2 import functional as vision

from . import formulas
from .common import MEAN, ROI, STD, as_hwc, cut, seed_of
from .writer import hashed, natural, stored


def letterbox_image(image, geometry, fill):
    scaled = image
    if image.shape[:2] != (geometry["new_height"], geometry["new_width"]):
        scaled = cv2.resize(
            image, (geometry["new_width"], geometry["new_height"]), interpolation=cv2.INTER_LINEAR
        )
    edges = [geometry[k] for k in ("top", "bottom", "left", "right")]
    return cv2.copyMakeBorder(scaled, *edges, cv2.BORDER_CONSTANT, value=(fill,) * 4)


def letterbox_formula(image, geometry, fill):
    scaled = formulas.resize(
        as_hwc(image), geometry["new_height"], geometry["new_width"], "linear", "half_pixel"
    )
    edges = [geometry[k] for k in ("top", "bottom", "left", "right")]
    return formulas.pad(scaled, *edges, "constant", fill)


LETTERBOX = {
    "wide": ((37, 53), (64, 64), 3),
    "tall": ((61, 29), (48, 64), 3),
    "odd_border": ((37, 53), (61, 63), 4),
    "shrink": ((61, 97), (32, 32), 1),
    "exact": ((24, 32), (24, 32), 3),
    "row": ((1, 31), (17, 23), 3),
    "column": ((31, 1), (23, 17), 1),
    "fraction": ((53, 37), (31, 47), 3),
}


def letterbox(manifest):
    for name, ((height, width), (out_height, out_width), channels) in LETTERBOX.items():
        shape = (height, width) if channels == 1 else (height, width, channels)
        for dtype in ("u8", "f32") if name in ("shrink", "column") else ("u8",):
            source = hashed(
                seed_of("letterbox" + name), dtype, shape, scale=255.0 if dtype == "f32" else 1.0
            )
            geometry = formulas.letterbox_geometry(height, width, out_height, out_width)
            params = {"height": out_height, "width": out_width, "fill": 114, "geometry": geometry}
            manifest.add(
                f"ultralytics_{dtype}_{name}",
                source,
                params,
                letterbox_image(source.array, geometry, 114),
                "opencv",
                "cv2.resize, INTER_LINEAR; cv2.copyMakeBorder",
                absolute=1 if dtype == "u8" else 255e-5,
                formula=letterbox_formula(source.array, geometry, 114),
            )
    source = natural()
    geometry = formulas.letterbox_geometry(ROI["height"], ROI["width"], 80, 72)
    params = {"height": 80, "width": 72, "fill": 114, "geometry": geometry, "roi": ROI}
    image = cut(source, ROI)
    manifest.add(
        "ultralytics_u8_roi",
        source,
        params,
        letterbox_image(image, geometry, 114),
        "opencv",
        "cv2.resize, INTER_LINEAR; cv2.copyMakeBorder",
        absolute=1,
        formula=letterbox_formula(image, geometry, 114),
    )


def letterbox_boxes(manifest):
    """No pixels: the geometry of the rule, and boxes and points from the result to the source."""
    pairs = [
        (1080, 1920, 640, 640),
        (1920, 1080, 640, 640),
        (720, 1280, 640, 640),
        (480, 640, 640, 640),
        (427, 640, 640, 640),
        (333, 500, 640, 640),
        (375, 500, 416, 416),
        (513, 769, 384, 672),
        (37, 53, 61, 63),
        (100, 100, 640, 640),
        (640, 640, 640, 640),
        (464, 848, 640, 640),
        (53, 37, 31, 47),
        (3, 2, 5, 7),
    ]
    for src_height, src_width, height, width in pairs:
        geometry = formulas.letterbox_geometry(src_height, src_width, height, width)
        name = f"{src_width}x{src_height}_to_{width}x{height}"
        corners = np.sort(hashed(seed_of(name), "f32", (9, 2, 2)).array, axis=1) * np.float32(
            [width, height]
        )
        boxes = corners.reshape(9, 4).astype(np.float32)
        boxes[0] = [0, 0, width, height]  # reaches into the border: the clamp shows
        boxes[1] = [
            geometry["left"],
            geometry["top"],
            geometry["left"] + geometry["new_width"],
            geometry["top"] + geometry["new_height"],
        ]
        gain = min(height / src_height, width / src_width)
        offset = np.float64([geometry["left"], geometry["top"]] * 2)
        limit = np.float64([src_width, src_height] * 2)
        per_axis = np.float64(
            [src_width / geometry["new_width"], src_height / geometry["new_height"]] * 2
        )
        rules = {
            "gain": (boxes - offset) / gain,
            "per_axis": (boxes - offset) * per_axis,
        }
        for rule, back in rules.items():
            params = {
                "src_height": src_height,
                "src_width": src_width,
                "height": height,
                "width": width,
                "geometry": geometry,
                "rule": rule,
                "box": "x0 y0 x1 y1",
                "clamp": "source",
            }
            # Clamped boxes; the points are the corners of the same boxes, not clamped.
            manifest.add(
                f"boxes_{rule}_{name}",
                stored("f32", boxes, "NC"),
                params,
                np.clip(back, 0, limit),
                "float64",
                "the Ultralytics scale_boxes rule",
                layout="NC",
                absolute=1e-6 * max(src_height, src_width),
            )
            manifest.add(
                f"points_{rule}_{name}",
                stored("f32", boxes.reshape(-1, 2), "NC"),
                params | {"box": "x y", "clamp": "none"},
                back.reshape(-1, 2),
                "float64",
                "the Ultralytics scale_coords rule",
                layout="NC",
                absolute=2e-6 * max(src_height, src_width),
            )


def preprocess(manifest):
    """Letterbox, scale by 1/255, normalise, planar: in float, nothing rounded on the way."""
    for name, order, (height, width) in (
        ("rgb", [0, 1, 2], (24, 28)),
        ("bgr", [2, 1, 0], (21, 19)),
    ):
        source = natural("u8", 3, x=43, y=21, width=53, height=37)
        geometry = formulas.letterbox_geometry(37, 53, height, width)
        image = letterbox_image(source.array.astype(np.float32), geometry, 114)[:, :, order]
        planes = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
        out = vision.normalize(planes / 255, MEAN, STD).numpy()
        exact = letterbox_formula(source.array, geometry, 114)[:, :, order] / 255
        exact = ((exact - MEAN) / STD).transpose(2, 0, 1)
        params = {
            "height": height,
            "width": width,
            "fill": 114,
            "geometry": geometry,
            "order": order,
            "scale": 1 / 255,
            "mean": MEAN,
            "std": STD,
        }
        manifest.add(
            f"opencv_torchvision_{name}",
            source,
            params,
            out,
            "torchvision",
            "cv2.resize and copyMakeBorder on float32; x / 255; normalize",
            layout="CHW",
            formula=exact,
            absolute=2e-5,
        )
        manifest.add(
            f"float64_{name}",
            source,
            params,
            exact,
            "float64",
            "formulas",
            layout="CHW",
            absolute=2e-5,
        )
