# SPDX-License-Identifier: MIT
"""CuPy: its image functions (cupyx.scipy.ndimage) where it has them, elementwise kernels of ours where not."""
import cupy
import cupyx.scipy.ndimage
import torch

from benchmarks.peers.harness import Contender, per_buffers
from benchmarks.peers.specs import MEAN, STD, TO_RGB, TO_RGB_OFFSET

VERSION = cupy.__version__
_TYPES = {"u8": "uint8", "f16": "float16", "f32": "float32"}


def _on_stream(run):
    """`run` with CuPy arrays, on torch's current stream."""
    def make(data, out):
        arrays = cupy.from_dlpack(data), cupy.from_dlpack(out)

        def enqueue():
            with cupy.cuda.ExternalStream(torch.cuda.current_stream().cuda_stream):
                run(*arrays)
        return enqueue
    return per_buffers(make)


def planar(s):
    kernel = cupy.ElementwiseKernel(
        "raw uint8 data, int64 pixels, raw float32 scale, raw float32 offset", f"{_TYPES[s.element]} out",
        "long long plane = i / pixels; int c = plane % 3;"
        "out = data[3 * (plane / 3 * pixels + i % pixels) + c] * scale[c] + offset[c];", "planar")
    scale = cupy.asarray([1 / (255 * d) for d in STD], dtype="float32")
    offset = cupy.asarray([-m / d for m, d in zip(MEAN, STD)], dtype="float32")
    return lambda data, out: kernel(data, s.height * s.width, scale, offset, out)


def nv12_to_rgb(s):
    kernel = cupy.ElementwiseKernel(
        "raw uint8 data, raw float32 m, int64 height, int64 width", "uint8 out",
        "int c = i % 3; long long x = i / 3 % width, row = i / (3 * width), y = row % height;"
        "long long frame = row / height * (height * width * 3 / 2);"
        "long long chroma = frame + (height + y / 2) * width + x / 2 * 2;"
        "float v = m[4 * c] * data[frame + y * width + x] + m[4 * c + 1] * data[chroma] + m[4 * c + 2] * data[chroma + 1];"
        "out = (unsigned char)rintf(fminf(fmaxf(v + m[4 * c + 3], 0.f), 255.f));", "nv12_to_rgb")
    matrix = cupy.asarray([v for row, b in zip(TO_RGB, TO_RGB_OFFSET) for v in (*row, b)], dtype="float32")
    return lambda data, out: kernel(data, matrix, s.height, s.width, out)


def resize(s):
    shape_in, shape_out = (s.frames, s.height, s.width, 3), (s.frames, s.out_height, s.out_width, 3)
    zoom = tuple(b / a for a, b in zip(shape_in, shape_out))

    def run(data, out):
        cupyx.scipy.ndimage.zoom(data.reshape(shape_in), zoom, output=out.reshape(shape_out), order=1, mode="nearest",
                                 grid_mode=True)
    return run


def gaussian(s):
    shape = (s.frames, s.height, s.width, 3)
    floats = cupy.empty(shape, dtype="float32")

    def run(data, out):
        cupyx.scipy.ndimage.gaussian_filter(data.reshape(shape), (0, 1.5, 1.5, 0), output=floats, mode="mirror",
                                            truncate=2.0)
        cupy.rint(floats, out=floats)
        cupy.copyto(out.reshape(shape), floats, casting="unsafe")
    return run


KINDS = {f.__name__: f for f in (planar, nv12_to_rgb, resize, gaussian)}


def contenders(spec):
    if spec.kind in KINDS and not spec.twin:
        yield Contender("CuPy", "cupy", _on_stream(KINDS[spec.kind](spec)))
