# SPDX-License-Identifier: MIT
"""Gaussian and affine warp."""

import cv2
import numpy as np
import scipy.ndimage

from . import formulas
from .common import BORDERS, cv_shape, seed_of
from .writer import hashed, natural


def gaussian(manifest):
    def case(name, source, size_x, size_y, sigma, border):
        kernel_x, kernel_y = (
            cv2.getGaussianKernel(size, sigma, cv2.CV_64F).ravel() for size in (size_x, size_y)
        )
        out = cv2.GaussianBlur(
            source.array, (size_x, size_y), sigma, sigmaY=sigma, borderType=BORDERS[border]
        )
        params = {
            "size_x": size_x,
            "size_y": size_y,
            "sigma": sigma,
            "border": border,
            "kernel_x": kernel_x.tolist(),
            "kernel_y": kernel_y.tolist(),
        }
        if border == "constant":
            params["fill"] = 0
        exact = formulas.filter_separable(source.hwc, kernel_x, kernel_y, border)
        manifest.add(
            name,
            source,
            params,
            cv_shape(out, source.array),
            "opencv",
            "cv2.GaussianBlur",
            formula=exact,
            absolute=1 if source.array.dtype == np.uint8 else 1e-5,
        )

    borders = ("replicate", "reflect", "reflect_101", "constant")
    for size in (3, 5, 7):
        for sigma in (0.0, 0.8, 1.5):
            for border in borders:
                tag = f"{size}_sigma{sigma}_{border}".replace(".", "p")
                shape = {3: (17, 19, 3), 5: (19, 23), 7: (13, 11, 4)}[size]
                case(
                    f"opencv_u8_{tag}",
                    hashed(seed_of("gaussian" + tag), "u8", shape),
                    size,
                    size,
                    sigma,
                    border,
                )
                if sigma != 0.8:
                    shape = {3: (11, 13), 5: (9, 7, 3), 7: (11, 13)}[size]
                    case(
                        f"opencv_f32_{tag}",
                        hashed(seed_of("gaussianf" + tag), "f32", shape),
                        size,
                        size,
                        sigma,
                        border,
                    )
    for border in borders:
        case(
            f"opencv_u8_natural_{border}",
            natural(x=59, y=21, width=37, height=23),
            5,
            5,
            1.5,
            border,
        )
        case(f"opencv_u8_7x3_{border}", hashed(seed_of("g73"), "u8", (9, 17, 3)), 7, 3, 1.5, border)
        case(
            f"opencv_u8_row_{border}", hashed(seed_of("grow"), "u8", (1, 23, 3)), 5, 5, 0.8, border
        )
        case(
            f"opencv_u8_column_{border}", hashed(seed_of("gcol"), "u8", (23, 1)), 7, 7, 1.5, border
        )
        case(
            f"opencv_u8_small_{border}",
            hashed(seed_of("gsmall"), "u8", (5, 4, 3)),
            7,
            7,
            1.5,
            border,
        )
    modes = {
        "replicate": "nearest",
        "reflect": "reflect",
        "reflect_101": "mirror",
        "constant": "constant",
        "wrap": "wrap",
    }
    for border, mode in modes.items():
        for size, sigma, shape in ((3, 0.8, (11, 13)), (5, 0.8, (7, 5, 3)), (7, 1.5, (13, 9))):
            source = hashed(seed_of("scipy"), "f32", shape)
            exact = source.hwc.astype(np.float64)
            out = scipy.ndimage.gaussian_filter(
                exact, sigma, radius=size // 2, mode=mode, axes=(0, 1)
            )
            kernel = formulas.gaussian_kernel(size, sigma)
            params = {
                "size_x": size,
                "size_y": size,
                "sigma": sigma,
                "border": border,
                "kernel_x": kernel.tolist(),
                "kernel_y": kernel.tolist(),
            }
            if border == "constant":
                params["fill"] = 0
            manifest.add(
                f"scipy_f64_{size}_{border}",
                source,
                params,
                out.reshape(shape),
                "scipy",
                f"scipy.ndimage.gaussian_filter, mode {mode}",
                absolute=2e-6,
                formula=formulas.filter_separable(exact, kernel, kernel, border),
            )


def warp_affine(manifest):
    """OpenCV 5 samples at exact positions; OpenCV 4 rounds them to 1/32 pixel."""
    turn = np.deg2rad(17.0)
    c, s = float(np.cos(turn)), float(np.sin(turn))
    matrices = {
        "shift": [[1, 0, -2.375], [0, 1, 1.625]],
        "rotate": [[c, -s, 6.3], [s, c, -4.1]],
        "shrink": [[1.7, 0.1, -3.2], [-0.2, 1.3, 2.9]],
        "enlarge": [[0.37, 0.05, 2.1], [-0.03, 0.41, 1.7]],
        "mirror": [[-1, 0, 30], [0, 1, 0]],
        "outside": [[1, 0, 500], [0, 1, 500]],
    }
    for name, matrix in matrices.items():
        for border, fill in (("constant", 0), ("constant", 114), ("replicate", 0)):
            if border == "replicate" and name not in ("rotate", "shrink"):
                continue
            tag = f"{name}_{border}{fill if border == 'constant' else ''}"
            params = {
                "height": 29,
                "width": 37,
                "matrix": matrix,
                "matrix_maps": "output to source",
                "interpolation": "linear",
                "border": border,
            }
            if border == "constant":
                params["fill"] = fill
            for dtype in ("u8", "f32"):
                shape = (23, 31, 3) if name != "enlarge" and dtype == "u8" else (23, 31)
                if dtype == "f32" and (fill or name in ("mirror", "outside")):
                    continue
                source = hashed(seed_of("warp" + name), dtype, shape)
                out = cv2.warpAffine(
                    source.array,
                    np.float64(matrix),
                    (37, 29),
                    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                    borderMode=BORDERS[border],
                    borderValue=(fill,) * 4,
                )
                exact = formulas.warp_affine(source.hwc, 29, 37, matrix, border, fill)
                manifest.add(
                    f"opencv_{dtype}_{tag}",
                    source,
                    params,
                    out,
                    "opencv",
                    "cv2.warpAffine, INTER_LINEAR | WARP_INVERSE_MAP",
                    formula=exact,
                    absolute=1 if dtype == "u8" else 1e-5,
                )
            if fill == 0:
                source = hashed(seed_of("warp64" + name), "f32", (13, 17))
                small = params | {"height": 19, "width": 23}
                exact = formulas.warp_affine(source.hwc, 19, 23, matrix, border, fill)
                manifest.add(
                    f"float64_f32_{tag}",
                    source,
                    small,
                    exact[:, :, 0],
                    "float64",
                    "formulas.warp_affine",
                    absolute=1e-5,
                )
