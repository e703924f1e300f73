# SPDX-License-Identifier: MIT
"""torchvision: the functions of transforms.v2 and roi_align, as they are meant to be called on batches."""
import torch
import torchvision
from torchvision.ops import roi_align
from torchvision.transforms.v2 import functional as V

from benchmarks.peers.harness import DEVICE, DTYPES, Contender
from benchmarks.peers.specs import MEAN, STD

VERSION = torchvision.__version__


def _channels_first(spec, data):
    return data.view(spec.frames, spec.height, spec.width, 3).permute(0, 3, 1, 2)


def planar(spec):
    def run(data):
        floats = V.to_dtype(_channels_first(spec, data), torch.float32, scale=True)
        return V.normalize(floats, list(MEAN), list(STD)).to(DTYPES[spec.element]).contiguous()
    return run, ""


def resize(spec):
    def run(data):
        out = V.resize(_channels_first(spec, data), [spec.out_height, spec.out_width], antialias=False)
        return out.permute(0, 2, 3, 1).contiguous()
    return run, ""


def gaussian(spec):
    def run(data):
        return V.gaussian_blur(_channels_first(spec, data), [7, 7], [1.5, 1.5]).permute(0, 2, 3, 1).contiguous()
    return run, ""


def boxes(spec):
    if spec.boxes == ((0, 0, 0, spec.width, spec.height),):
        def run(data):
            floats = V.to_dtype(_channels_first(spec, data), torch.float32, scale=True)
            floats = V.resize(floats, [spec.out_height, spec.out_width], antialias=False)
            return V.normalize(floats, list(MEAN), list(STD)).contiguous()
        return run, ""
    rois = torch.tensor([(n, x, y, x + w, y + h) for n, x, y, w, h in spec.boxes], dtype=torch.float32, device=DEVICE)

    def run_rois(data):
        floats = V.to_dtype(_channels_first(spec, data), torch.float32, scale=True)
        out = roi_align(floats, rois, (spec.out_height, spec.out_width), sampling_ratio=1, aligned=True)
        out = out.flip(3) if spec.flip else out
        return V.normalize(out, list(MEAN), list(STD)).to(DTYPES[spec.element])
    return run_rois, "roi_align reads beyond the edges of a box"


KINDS = {f.__name__: f for f in (planar, resize, gaussian, boxes)}


def contenders(spec):
    if spec.kind in KINDS and not spec.twin:
        run, differs = KINDS[spec.kind](spec)
        yield Contender("torchvision v2", "torchvision", lambda data, _: run(data), differs)
