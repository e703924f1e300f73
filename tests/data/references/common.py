# SPDX-License-Identifier: MIT
"""What every group of cases uses."""

import zlib

import cv2
import numpy as np

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# A region with odd offsets of the natural picture.
ROI = {"x": 41, "y": 21, "width": 53, "height": 37}
BORDERS = {
    "constant": cv2.BORDER_CONSTANT,
    "replicate": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT,
    "reflect_101": cv2.BORDER_REFLECT_101,
    "wrap": cv2.BORDER_WRAP,
}


def seed_of(name):
    return zlib.crc32(name.encode()) & 0xFFFF


def cv_shape(array, like):
    """OpenCV drops a last axis of 1; give it back when the input had one."""
    return array[:, :, None] if array.ndim < like.ndim else array


def cut(source, roi):
    """The pixels of a region, in memory of their own: no library sees what lies around it."""
    if roi is None:
        return source.array
    y, x = roi["y"], roi["x"]
    return np.ascontiguousarray(source.array[y : y + roi["height"], x : x + roi["width"]])


def as_hwc(array):
    return array if array.ndim == 3 else array[:, :, None]
