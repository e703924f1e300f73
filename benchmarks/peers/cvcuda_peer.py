# SPDX-License-Identifier: MIT
"""CV-CUDA: its operators on batches, results preallocated, tensors wrapped once for each pair of buffers."""
import cvcuda
import torch

from benchmarks.peers.harness import Contender, per_buffers
from benchmarks.peers.specs import MEAN, STD

VERSION = cvcuda.__version__


def _stream():
    return cvcuda.as_stream(torch.cuda.current_stream())


def _images(spec, data):
    return cvcuda.as_tensor(data.view(spec.frames, spec.height, spec.width, 3), "NHWC")


def _result(spec, out, layout):
    shape = {"NHWC": (-1, spec.out_height, spec.out_width, 3), "NCHW": (-1, 3, spec.out_height, spec.out_width)}
    return cvcuda.as_tensor(out.view(shape[layout]), layout)


def resize(spec):
    def make(data, out):
        source, result = _images(spec, data), _result(spec, out, "NHWC")
        return lambda: cvcuda.resize_into(result, source, cvcuda.Interp.LINEAR, stream=_stream())
    return make


def nv12_to_rgb(spec, standard=cvcuda.ColorSpec.BT709):
    def make(data, out):
        tall = data.view(spec.frames, spec.height * 3 // 2, spec.width, 1)
        source, result = cvcuda.as_tensor(tall, "NHWC"), _result(spec, out, "NHWC")
        code = cvcuda.ColorConversion.YUV2RGB_NV12
        return lambda: cvcuda.advcvtcolor_into(result, source, code, standard, stream=_stream())
    return make


def gaussian(spec):
    def make(data, out):
        source, result = _images(spec, data), _result(spec, out, "NHWC")
        border = cvcuda.Border.REFLECT101
        return lambda: cvcuda.gaussian_into(result, source, (7, 7), (1.5, 1.5), border, stream=_stream())
    return make


def planar(spec):
    """To floats, normalised, reordered: three calls."""
    if spec.element != "f32":
        return None
    base, scale = list(MEAN), [1 / s for s in STD]
    memory = torch.empty(2, spec.frames, spec.height, spec.width, 3, device="cuda")
    floats, normal = (cvcuda.as_tensor(half, "NHWC") for half in memory)

    def make(data, out, _keep=memory):
        source, result = _images(spec, data), _result(spec, out, "NCHW")

        def run():
            stream = _stream()
            cvcuda.convertto_into(floats, source, 1 / 255, stream=stream)
            cvcuda.normalize_into(normal, floats, base, scale, stream=stream)
            cvcuda.reformat_into(result, normal, stream=stream)
        return run
    return make


KINDS = {f.__name__: f for f in (resize, nv12_to_rgb, gaussian, planar)}


def contenders(spec):
    make = KINDS[spec.kind](spec) if spec.kind in KINDS else None
    if make:
        yield Contender("CV-CUDA", "cvcuda", per_buffers(make))
    if spec.kind == "nv12_to_rgb" and not spec.twin:
        full_range = nv12_to_rgb(spec, cvcuda.ColorSpec.BT709_ER)
        yield Contender("CV-CUDA BT709_ER", "cvcuda", per_buffers(full_range))
