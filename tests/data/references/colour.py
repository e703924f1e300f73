# SPDX-License-Identifier: MIT
"""Gray and NV12."""

import cv2
import numpy as np

from . import formulas
from .common import seed_of
from .writer import hashed, natural, stored


def gray(manifest):
    weights = np.float64([0.299, 0.587, 0.114])
    sources = {
        "hash": hashed(seed_of("gray"), "u8", (23, 29, 3)),
        "natural": natural(x=43, y=21, width=53, height=37),
        "row": hashed(seed_of("grayrow"), "u8", (1, 67, 3)),
        "alpha": hashed(seed_of("gray4"), "u8", (11, 13, 4)),
        "float": hashed(seed_of("grayf"), "f32", (11, 13, 3)),
    }
    for name, source in sources.items():
        for order in ("RGB", "BGR"):
            flag = f"COLOR_{order}{'A' if source.array.shape[2] == 4 else ''}2GRAY"
            colours = source.array[:, :, :3].astype(np.float64) @ (
                weights if order == "RGB" else weights[::-1]
            )
            manifest.add(
                f"opencv_{order.lower()}_{name}",
                source,
                {"order": order.lower(), "weights_rgb": weights.tolist()},
                cv2.cvtColor(source.array, getattr(cv2, flag)),
                "opencv",
                f"cv2.cvtColor, {flag}",
                formula=colours,
                absolute=1 if source.array.dtype == np.uint8 else 1e-6,
            )


def nv12_inputs():
    """Noise over the whole range and over 16..234, the picture (BT.709 limited), one block."""
    yield "hash", hashed(seed_of("nv12"), "u8", (26 * 3 // 2, 38), "HW")
    yield (
        "nominal",
        hashed(seed_of("nv12n"), "u8", (14 * 3 // 2, 22), "HW", scale=219 / 256, bias=16.0),
    )
    rgb = natural(x=43, y=22, width=54, height=38).array
    yield (
        "natural",
        stored("u8", formulas.saturate_u8(formulas.rgb_to_nv12(rgb, "bt709", "limited")), "HW"),
    )
    yield "smallest", hashed(seed_of("nv12s"), "u8", (3, 2), "HW")


def nv12_to_rgb(manifest):
    for name, source in nv12_inputs():
        height, width = source.array.shape[0] * 2 // 3, source.array.shape[1]
        size = {"height": height, "width": width, "chroma": "nearest"}
        luma, chroma = (
            source.array[:height],
            source.array[height:].reshape(height // 2, width // 2, 2),
        )
        # OpenCV reads luma below 16 as 16; the formulas do not.
        raised = np.concatenate([np.maximum(luma, 16), source.array[height:]])
        exact = formulas.nv12_to_rgb(raised, "bt601", "limited")
        for order in ("rgb", "bgr"):
            params = size | {"matrix": "bt601", "range": "limited", "order": order}
            if luma.min() < 16:
                params["luma_below_16"] = "read as 16"
            formula = exact if order == "rgb" else exact[:, :, ::-1]
            flag = f"COLOR_YUV2{order.upper()}_NV12"
            out = cv2.cvtColor(source.array, getattr(cv2, flag))
            assert (
                out
                == cv2.cvtColorTwoPlane(
                    np.ascontiguousarray(luma), np.ascontiguousarray(chroma), getattr(cv2, flag)
                )
            ).all()
            manifest.add(
                f"opencv_{order}_{name}",
                source,
                params,
                out,
                "opencv",
                f"cv2.cvtColor, {flag}",
                formula=formula,
                absolute=1,
            )
        for matrix in formulas.LUMA_WEIGHTS:
            for color_range in ("limited", "full"):
                if name == "nominal":
                    continue
                exact = formulas.nv12_to_rgb(source.array, matrix, color_range)
                params = size | {"matrix": matrix, "range": color_range, "order": "rgb"}
                manifest.add(
                    f"float64_{matrix}_{color_range}_u8_{name}",
                    source,
                    params,
                    formulas.saturate_u8(exact),
                    "float64",
                    "formulas.nv12_to_rgb, saturate_u8",
                    absolute=1,
                )
                if name == "smallest":
                    manifest.add(
                        f"float64_{matrix}_{color_range}_f64_{name}",
                        source,
                        params | {"clamp": "none"},
                        exact,
                        "float64",
                        "formulas.nv12_to_rgb",
                        absolute=1e-3,
                    )


def nv12_resize(manifest):
    inputs = dict(nv12_inputs())
    for name, size in (
        ("hash", (31, 47)),
        ("hash", (17, 23)),
        ("natural", (23, 41)),
        ("smallest", (5, 3)),
    ):
        source = inputs[name]
        height, width = source.array.shape[0] * 2 // 3, source.array.shape[1]
        for matrix, color_range in (("bt601", "limited"), ("bt709", "limited"), ("bt2020", "full")):
            if matrix != "bt709" and name != "hash":
                continue
            exact = formulas.nv12_resize_to_rgb(source.array, *size, matrix, color_range)
            params = {
                "src_height": height,
                "src_width": width,
                "height": size[0],
                "width": size[1],
                "matrix": matrix,
                "range": color_range,
                "order": "rgb",
                "interpolation": "linear",
                "coordinate": "half_pixel",
                "border": "replicate",
                "chroma": "linear",
                "chroma_siting": "centre",
            }
            tag = f"{matrix}_{color_range}_{name}_{size[0]}x{size[1]}"
            manifest.add(
                f"float64_u8_{tag}",
                source,
                params,
                formulas.saturate_u8(exact),
                "float64",
                "formulas.nv12_resize_to_rgb, saturate_u8",
                absolute=1,
            )
            if matrix == "bt709" and size[0] < 30:
                manifest.add(
                    f"float64_f64_{tag}",
                    source,
                    params | {"clamp": "none"},
                    exact,
                    "float64",
                    "formulas.nv12_resize_to_rgb",
                    absolute=1e-3,
                )


def rgb_to_nv12(manifest):
    for name, source in (
        ("hash", hashed(seed_of("tonv12"), "u8", (14, 22, 3))),
        ("natural", natural(x=43, y=22, width=54, height=38)),
    ):
        for matrix in formulas.LUMA_WEIGHTS:
            for color_range in ("limited", "full"):
                exact = formulas.rgb_to_nv12(source.array, matrix, color_range)
                params = {
                    "matrix": matrix,
                    "range": color_range,
                    "order": "rgb",
                    "chroma": "mean of 2x2",
                }
                manifest.add(
                    f"float64_{matrix}_{color_range}_{name}",
                    source,
                    params,
                    formulas.saturate_u8(exact),
                    "float64",
                    "formulas.rgb_to_nv12, saturate_u8",
                    absolute=1,
                )
