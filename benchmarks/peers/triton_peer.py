# SPDX-License-Identifier: MIT
"""Triton: one kernel a case, ours; the block size is the best of a few, found by Triton's own autotuner."""
import functools

import torch
import triton

from benchmarks.peers import triton_kernels as kernels
from benchmarks.peers.harness import DEVICE, Contender
from benchmarks.peers.specs import MEAN, STD, TO_RGB, TO_RGB_OFFSET, TO_YUV, letterbox_place

VERSION = triton.__version__


@functools.cache
def _tuned(kernel, blocks=((256, 4), (512, 4), (1024, 4)), key=()):
    """Tuned at the first case that uses the kernel, and again where an argument named in `key` differs; other twins take
    the same block."""
    configs = [triton.Config({"BLOCK": block}, num_warps=warps) for block, warps in blocks]
    return triton.autotune(configs, key=[*key, "PDL"])(kernel)


NARROW = ((64, 2), (128, 4), (256, 4))
SCALE = tuple(1 / (255 * s) for s in STD)
OFFSET = tuple(-m / s for m, s in zip(MEAN, STD))


def _floats(values):
    return torch.tensor(values, dtype=torch.float32, device=DEVICE)


def _words(data):
    return data.view(torch.int32)


def _matrix():
    return _floats([value for row, offset in zip(TO_RGB, TO_RGB_OFFSET) for value in (*row, offset)])


def _blocks(count, *rest):
    return lambda meta: (triton.cdiv(count, meta["BLOCK"]), *rest)


def planar(s, options):
    kernel = _tuned(kernels.planar, key=("pixels",))
    pixels = s.height * s.width
    return lambda data, out: kernel[_blocks(pixels, s.frames)](data, out, pixels, *SCALE, *OFFSET,
                                                               **options)


def nv12_to_rgb(s, options):
    coefficients = (TO_RGB[0][0], TO_RGB[0][2], TO_RGB[1][1], TO_RGB[1][2], TO_RGB[2][1], *TO_RGB_OFFSET)
    if s.width % 4 == 0:
        packed = _tuned(kernels.nv12_to_rgb_packed, NARROW)
        grid = _blocks(s.width // 4, s.height // 2, s.frames)
        return lambda data, out: packed[grid](_words(data), _words(out), s.height, s.width, *coefficients, **options)
    kernel = _tuned(kernels.nv12_to_rgb)
    grid = _blocks(3 * s.width, s.height, s.frames)
    return lambda data, out: kernel[grid](data, out, s.height, s.width, *coefficients, **options)


def rgb_to_nv12(s, options):
    kernel = _tuned(kernels.rgb_to_nv12, NARROW)
    coefficients = [value for row in TO_YUV for value in row]
    grid = _blocks(s.width // 2, s.height // 2, s.frames)
    return lambda data, out: kernel[grid](data, out, s.height, s.width, *coefficients, **options)


def resize(s, options):
    sizes = s.height, s.width, s.out_height, s.out_width
    if s.out_width % 4 == 0:
        packed = _tuned(kernels.resize_packed, NARROW)
        grid = _blocks(s.out_width // 4, s.out_height, s.frames)
        return lambda data, out: packed[grid](data, _words(out), *sizes, **options)
    kernel = _tuned(kernels.resize)
    grid = _blocks(3 * s.out_width, s.out_height, s.frames)
    return lambda data, out: kernel[grid](data, out, *sizes, **options)


def boxes(s, options):
    kernel = _tuned(kernels.boxes, ((128, 4), (256, 4), (512, 4)), ("out_height", "out_width"))
    table = torch.tensor(s.boxes, dtype=torch.int32, device=DEVICE)
    grid = _blocks(s.out_height * s.out_width, len(s.boxes))
    return lambda data, out: kernel[grid](data, out, table, s.height, s.width, s.out_height, s.out_width, *SCALE, *OFFSET,
                                          FLIP=s.flip, **options)


def letterbox(s, options):
    kernel = _tuned(kernels.letterbox, ((128, 4), (256, 4), (512, 4)))
    matrix, scale = _matrix(), _floats(3 * (1 / 255, 0.0))
    grid = _blocks(s.out_height * s.out_width, s.frames)
    return lambda data, out: kernel[grid](data, out, matrix, scale, s.height, s.width, s.out_height, s.out_width,
                                          *letterbox_place(s), **options)


def antialias(s, options):
    kernel = _tuned(kernels.antialias, ((8, 4), (16, 4), (16, 8)))
    matrix, scale = _matrix(), _floats([value for pair in zip(SCALE, OFFSET) for value in pair])
    taps = triton.next_power_of_2(int(2 * max(s.height / s.out_height, s.width / s.out_width)) + 2)
    grid = _blocks(s.out_width, s.out_height, s.frames)
    return lambda data, out: kernel[grid](data, out, matrix, scale, s.height, s.width, s.out_height, s.out_width,
                                          LUMA_TAPS=taps, CHROMA_TAPS=max(taps // 2, 2), **options)


def gaussian(s, options):
    kernel = _tuned(kernels.gaussian, ((256, 4), (512, 4), (1024, 8)))
    at = torch.arange(7, dtype=torch.float64) - 3
    taps = torch.exp(-at ** 2 / (2 * 1.5 ** 2))
    taps = _floats((taps / taps.sum()).tolist())
    rows = 40
    grid = _blocks(3 * s.width, triton.cdiv(s.height, rows), s.frames)
    return lambda data, out: kernel[grid](data, out, taps, s.height, s.width, ROWS=rows, **options)


KINDS = {f.__name__: f for f in (planar, nv12_to_rgb, rgb_to_nv12, resize, boxes, letterbox, antialias, gaussian)}


def contenders(spec):
    """As a plain launch, and, where the GPU can, as a programmatic one, as Pane's are."""
    forms = [("Triton kernel", {"PDL": False})]
    if DEVICE == "cuda" and torch.cuda.get_device_capability() >= (9, 0):
        forms.append(("Triton kernel, PDL", {"PDL": True, "launch_pdl": True}))
    for name, options in forms:
        launch = KINDS[spec.kind](spec, options)

        def call(data, out, launch=launch):
            launch(data, out)
        yield Contender(name, "triton", call)
