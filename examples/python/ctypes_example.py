# SPDX-License-Identifier: MIT
"""Pane without a Python extension: a C library by ctypes, arrays as their interface dictionary in JSON.

usage: ctypes_example.py <path of libpane_c.so>

Any language that can call C and write JSON does the same. The dictionary describes memory and keeps nothing alive:
hold the arrays until the stream has passed the call.
"""
import ctypes
import json
import sys

import numpy as np


class PaneError(ValueError):
    pass


class Pane:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        text = ctypes.c_char_p
        self.library.pane_resize.argtypes = [text, text, ctypes.c_size_t, text, ctypes.c_int]
        self.library.pane_resize_host.argtypes = [text, text, text, ctypes.c_int]

    def resize(self, src, dst, stream=None):
        """Resamples src (H, W, C) to the size of dst: on `stream` (an int) for GPU memory, else on the CPU."""
        error = ctypes.create_string_buffer(2000)
        if hasattr(src, "__cuda_array_interface__"):
            failed = self.library.pane_resize(dictionary(src), dictionary(dst), stream or 1, error, len(error))
        else:
            failed = self.library.pane_resize_host(dictionary(src), dictionary(dst), error, len(error))
        if failed:
            raise PaneError(error.value.decode())


def dictionary(array):
    """The keys that the protocol knows, as JSON: tuples become arrays."""
    interface = getattr(array, "__cuda_array_interface__", None) or array.__array_interface__
    keys = ("shape", "typestr", "data", "strides", "version", "stream")
    return json.dumps({key: interface[key] for key in keys if key in interface}).encode()


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    pane = Pane(sys.argv[1])
    y, x, c = np.mgrid[0:32, 0:48, 0:3]
    picture = (4 * x + 2 * y + 10 * c).astype(np.uint8)
    small = np.zeros((16, 24, 3), np.uint8)
    pane.resize(picture, small)
    wanted = picture.reshape(16, 2, 24, 2, 3).mean((1, 3))
    difference = np.abs(small - wanted).max()
    print(f"(32, 48, 3) -> (16, 24, 3), largest difference from the mean of 2 x 2: {difference}")
    assert difference <= 0.5
    pane.resize(picture[::-1], small[:, ::-1])  # negative strides are fine
    assert (small == np.rint(wanted[::-1, ::-1])).all()
    try:
        pane.resize(picture.astype(">f4"), small)
    except PaneError as error:
        print("refused:", error)
    else:
        raise SystemExit("big-endian data were not refused")


main()
