# SPDX-License-Identifier: MIT
"""What the cases of libpane_cases.so compute, for those that other libraries are timed beside. The names and sizes are
those of benchmarks/*_bench.cu; tests/benchmarks/test_peers.py compares both."""
import dataclasses

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

# BT.709, limited range, from the standard's luma weights.
KR, KB = 0.2126, 0.0722
KG = 1 - KR - KB
_Y, _C = 255 / 219, 255 / 224
TO_RGB = ((_Y, 0.0, 2 * (1 - KR) * _C),
          (_Y, -2 * (1 - KB) * _C * KB / KG, -2 * (1 - KR) * _C * KR / KG),
          (_Y, 2 * (1 - KB) * _C, 0.0))
TO_RGB_OFFSET = tuple(-16 * m[0] - 128 * (m[1] + m[2]) for m in TO_RGB)
TO_YUV = ((KR / _Y, KG / _Y, KB / _Y),
          (-KR / (2 * (1 - KB) * _C), -KG / (2 * (1 - KB) * _C), 1 / (2 * _C)),
          (1 / (2 * _C), -KG / (2 * (1 - KR) * _C), -KB / (2 * (1 - KR) * _C)))
TO_YUV_OFFSET = (16.0, 128.0, 128.0)


@dataclasses.dataclass(frozen=True)
class Spec:
    """A case: `frames` pictures of height x width (NV12 when `nv12`) -> out_height x out_width of `element`."""
    name: str
    kind: str
    frames: int
    height: int
    width: int
    out_height: int
    out_width: int
    element: str
    nv12: bool = False
    boxes: tuple = ()  # of `boxes`: (image, x, y, width, height)
    flip: bool = False
    twin: bool = False  # another case is the same but for a size or a type

    @property
    def in_bytes(self):
        return self.height * self.width * 3 // (2 if self.nv12 else 1)

    @property
    def out_frames(self):
        """Pictures in the result."""
        return len(self.boxes) or self.frames

    @property
    def out_count(self):
        """Elements of the result that one input frame becomes."""
        if self.kind == "rgb_to_nv12":
            return self.height * self.width * 3 // 2
        return self.out_height * self.out_width * 3 * self.out_frames // self.frames

    @property
    def bound(self):
        """What a result may be off: one level of bytes; a quarter of a level of the source in floats, which float
        coordinates keep and a rounding to bytes between two stages does not, and a step of the halves where they are
        the result."""
        if self.element == "u8":
            return 1.0
        quarter = 0.25 / 255 if self.kind == "letterbox" else 0.25 / 255 / max(STD)
        return quarter + (2 ** -10 if self.element == "f16" else 0)


def _letterbox(name, side, element):
    return Spec(name, "letterbox", 16, 1080, 1920, side, side, element, nv12=True)


def _planar(name, frames, height, width, element):
    return Spec(name, "planar", frames, height, width, height, width, element)


def _colour(name, frames, height, width):
    return Spec(name, "nv12_to_rgb", frames, height, width, height, width, "u8", nv12=True)


def _resize(name, from_size, to_size):
    return Spec(name, "resize", 8, *from_size, *to_size, "u8")


def _detections():
    out = []
    for i in range(50):
        w = 40 + 6 * i
        out.append((0, i * 1237 % (3840 - w), i * 733 % (2160 - 2 * w), w, 2 * w))
    return tuple(out)


def _augmented():
    out = []
    for i in range(256):
        w, h = 224 + i * 37 % 251, 168 + i * 53 % 188
        out.append((i, i * 101 % (501 - w), i * 67 % (376 - h), w, h))
    return tuple(out)


CASES = (
    _letterbox("p1_f16", 640, "f16"),
    _letterbox("p1_f32", 640, "f32"),
    _letterbox("p1_f16_to_600", 600, "f16"),
    Spec("p2_f32", "antialias", 8, 2160, 3840, 224, 224, "f32", nv12=True),
    Spec("p3_f32", "boxes", 1, 2160, 3840, 256, 128, "f32", boxes=_detections()),
    Spec("p3_f32_128x64", "boxes", 1, 2160, 3840, 128, 64, "f32", boxes=_detections()),
    _planar("p4_f32", 64, 1080, 1920, "f32"),
    _planar("p4_f16", 64, 1080, 1920, "f16"),
    _planar("p4_f32_256x224", 256, 224, 224, "f32"),
    _planar("p4_f32_1079x1919", 64, 1079, 1919, "f32"),
    _colour("p5_u8", 8, 2160, 3840),
    _colour("p5_u8_single", 1, 2160, 3840),
    _colour("p5_u8_2158x3838", 8, 2158, 3838),
    Spec("p5_rgb_to_nv12", "rgb_to_nv12", 8, 2160, 3840, 2160, 3840, "u8"),
    _resize("p6_u8", (2160, 3840), (1080, 1920)),
    _resize("p6_u8_to_1440x2560", (2160, 3840), (1440, 2560)),
    _resize("p6_u8_1079x1919", (2159, 3839), (1079, 1919)),
    Spec("p8a_u8", "gaussian", 4, 2160, 3840, 2160, 3840, "u8"),
    Spec("p8a_u8_2159x3839", "gaussian", 4, 2159, 3839, 2159, 3839, "u8"),
    Spec("p9_f16_without_matrix", "boxes", 256, 375, 500, 224, 224, "f16", boxes=_augmented(), flip=True),
    Spec("p12a_f32", "boxes", 1, 256, 256, 224, 224, "f32", boxes=((0, 0, 0, 256, 256),)),
)
TWINS = ("p1_f32", "p1_f16_to_600", "p3_f32_128x64", "p4_f32_256x224", "p4_f32_1079x1919", "p5_u8_single",
         "p5_u8_2158x3838", "p6_u8_to_1440x2560", "p6_u8_1079x1919", "p8a_u8_2159x3839")
SPECS = {spec.name: dataclasses.replace(spec, twin=spec.name in TWINS) for spec in CASES}


def letterbox_place(spec):
    """top, left, height, width of the picture in its letterbox."""
    scale = min(spec.out_height / spec.height, spec.out_width / spec.width)
    height, width = round(spec.height * scale), round(spec.width * scale)
    return (spec.out_height - height) // 2, (spec.out_width - width) // 2, height, width
