#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the golden outputs under golden/ with other libraries or float64 formulas; never with Pane.

Needs numpy, opencv-python-headless, Pillow, scipy, torch and torchvision; their versions go into
every manifest. `make_references.py` writes the files anew, `--check` compares them with what the
libraries here give. A library outside its bound from its float64 formula is an error.
`--picture FILE --crop X Y WIDTH HEIGHT` replaces the natural picture first.
tests/support/golden.hpp reads the files; golden/README.md describes them.
"""

import argparse
import json
import zlib

import cv2
import numpy as np
import PIL
import scipy
import torch
import torchvision
from PIL import Image

from references import antialias, colour, filters, geometry, letterbox, resize, values
from references.writer import GOLDEN, Manifest

LIBRARIES = {
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "pillow": PIL.__version__,
    "scipy": scipy.__version__,
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
}


def make_natural(path, box):
    picture = Image.open(path).convert("RGB")
    x, y, width, height = box
    pixels = np.asarray(picture)[y : y + height, x : x + width]
    about = {
        "width": width,
        "height": height,
        "channels": 3,
        "dtype": "u8",
        "layout": "HWC",
        "bytes": pixels.nbytes,
        "crc32": zlib.crc32(pixels.tobytes()),
        "x": x,
        "y": y,
        "pillow": PIL.__version__,
    }
    (GOLDEN / "natural.bin").write_bytes(pixels.tobytes())
    (GOLDEN / "natural.json").write_text(json.dumps(about) + "\n")


OPERATORS = {
    "resize": (
        resize.resize_opencv,
        resize.resize_torch,
        resize.resize_pillow,
        resize.resize_float64,
    ),
    "antialias": (
        antialias.antialias_pillow,
        antialias.antialias_torch,
        antialias.antialias_opencv,
    ),
    "letterbox": (letterbox.letterbox,),
    "letterbox_boxes": (letterbox.letterbox_boxes,),
    "preprocess": (letterbox.preprocess,),
    "pad": (geometry.pad,),
    "flip_rot90": (geometry.flip_rot90,),
    "crop": (geometry.crop,),
    "channels": (geometry.channels,),
    "convert": (values.convert,),
    "scale_offset": (values.scale_offset,),
    "normalize": (values.normalize,),
    "normalize_planar": (values.normalize_planar,),
    "gray": (colour.gray,),
    "nv12_to_rgb": (colour.nv12_to_rgb,),
    "nv12_resize": (colour.nv12_resize,),
    "rgb_to_nv12": (colour.rgb_to_nv12,),
    "gaussian": (filters.gaussian,),
    "warp_affine": (filters.warp_affine,),
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the files instead of writing them"
    )
    parser.add_argument("--only", choices=OPERATORS, help="one operator")
    parser.add_argument("--picture", help="picture to cut golden/natural.bin from")
    parser.add_argument(
        "--crop",
        nargs=4,
        type=int,
        metavar=("X", "Y", "WIDTH", "HEIGHT"),
        default=(330, 45, 97, 61),
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    GOLDEN.mkdir(exist_ok=True)
    if arguments.picture:
        make_natural(arguments.picture, arguments.crop)
    for op, parts in OPERATORS.items():
        if arguments.only in (None, op):
            manifest = Manifest(op, LIBRARIES)
            for part in parts:
                part(manifest)
            manifest.write(arguments.check)


if __name__ == "__main__":
    main()
