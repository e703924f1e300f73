# SPDX-License-Identifier: MIT
"""torch: each case as tensor operations in float32, run one by one (eager) and compiled by Inductor, which makes one or
few kernels of them. Where the two are best written differently, both ways are here."""
import torch
import torch.nn.functional as F

from benchmarks.peers.harness import DEVICE, DTYPES, Contender
from benchmarks.peers.reference import triangle_weights
from benchmarks.peers.specs import MEAN, STD, TO_RGB, TO_RGB_OFFSET, TO_YUV, TO_YUV_OFFSET, letterbox_place


def _bytes(x):
    return x.round().clamp(0, 255).to(torch.uint8)


def _affine(matrix, offset, planes):
    """Rows of a colour matrix over a list of three planes."""
    return [m[0] * planes[0] + m[1] * planes[1] + m[2] * planes[2] + b for m, b in zip(matrix, offset)]


def _nv12(spec, data):
    """(N, 1, H, W) and (N, 2, H / 2, W / 2), views."""
    n, h, w = spec.frames, spec.height, spec.width
    frames = data.view(n, h * w * 3 // 2)
    chroma = frames[:, h * w:].unflatten(1, (h // 2, w // 2, 2))
    return frames[:, :h * w].unflatten(1, (1, h, w)), chroma.permute(0, 3, 1, 2)


def _rgb(spec, data):
    return data.view(spec.frames, spec.height, spec.width, 3)


def _normalizer(spec):
    """(N, 3, H, W) of 0 to 255 -> normalised, of the type of the result."""
    scale = torch.tensor([1 / (255 * s) for s in STD], device=DEVICE).view(1, 3, 1, 1)
    offset = torch.tensor([-m / s for m, s in zip(MEAN, STD)], device=DEVICE).view(1, 3, 1, 1)
    return lambda x: torch.addcmul(offset, x, scale).to(DTYPES[spec.element])


def letterbox(spec):
    top, left, height, width = letterbox_place(spec)
    sides = (left, spec.out_width - left - width, top, spec.out_height - top - height)

    def run(data):
        luma, chroma = (F.interpolate(p.float(), (height, width), mode="bilinear") for p in _nv12(spec, data))
        planes = [F.pad(luma[:, 0], sides, value=114.0)] + [F.pad(chroma[:, c], sides, value=128.0) for c in (0, 1)]
        rgb = torch.stack(_affine(TO_RGB, TO_RGB_OFFSET, planes), 1)
        return (rgb * (1 / 255)).to(DTYPES[spec.element])
    return run


def antialias(spec):
    normalize = _normalizer(spec)

    def run(data):
        size = (spec.out_height, spec.out_width)
        luma, chroma = (F.interpolate(p.float(), size, mode="bilinear", antialias=True) for p in _nv12(spec, data))
        return normalize(torch.stack(_affine(TO_RGB, TO_RGB_OFFSET, (luma[:, 0], chroma[:, 0], chroma[:, 1])), 1))
    return run


def antialias_by_products(spec):
    """The same by matrix products: weights of one axis times pictures."""
    normalize = _normalizer(spec)
    sizes = ((spec.height, spec.width), (spec.height // 2, spec.width // 2))
    weights = [tuple(triangle_weights(n, out, DEVICE).float() for n, out in zip(size, (spec.out_height, spec.out_width)))
               for size in sizes]

    def run(data):
        luma, chroma = (down @ p.float() @ across.T for p, (down, across) in zip(_nv12(spec, data), weights))
        return normalize(torch.stack(_affine(TO_RGB, TO_RGB_OFFSET, (luma[:, 0], chroma[:, 0], chroma[:, 1])), 1))
    return run


def boxes(spec):
    """Four gathers with the indices of all boxes, worked out beforehand."""
    normalize = _normalizer(spec)

    def axis(begin, size, out):
        at = ((torch.arange(out, dtype=torch.float64) + 0.5) * (size / out) - 0.5)
        low = at.floor()
        return ((low.clamp(0, size - 1) + begin).long(), ((low + 1).clamp(0, size - 1) + begin).long(), (at - low).float())

    def stacked(axes, shape):
        return [torch.stack(parts).view(shape).to(DEVICE) for parts in zip(*axes)]
    count = len(spec.boxes)
    y0, y1, fy = stacked([axis(y, h, spec.out_height) for _, _, y, _, h in spec.boxes], (count, -1, 1))
    x0, x1, fx = stacked([axis(x, w, spec.out_width) for _, x, _, w, _ in spec.boxes], (count, 1, -1))
    if spec.flip:
        x0, x1, fx = (t.flip(2) for t in (x0, x1, fx))
    n = torch.tensor([b[0] for b in spec.boxes], device=DEVICE).view(count, 1, 1)
    fy, fx = fy[..., None], fx[..., None]

    def run(data):
        picture = _rgb(spec, data)
        top = torch.lerp(picture[n, y0, x0].float(), picture[n, y0, x1].float(), fx)
        bottom = torch.lerp(picture[n, y1, x0].float(), picture[n, y1, x1].float(), fx)
        return normalize(torch.lerp(top, bottom, fy).permute(0, 3, 1, 2)).contiguous()
    return run


def planar(spec):
    normalize = _normalizer(spec)
    return lambda data: normalize(_rgb(spec, data).permute(0, 3, 1, 2).float()).contiguous()


def nv12_to_rgb(spec):
    def run(data):
        luma, chroma = _nv12(spec, data)
        chroma = chroma.float().repeat_interleave(2, 2).repeat_interleave(2, 3)
        return _bytes(torch.stack(_affine(TO_RGB, TO_RGB_OFFSET, (luma[:, 0].float(), chroma[:, 0], chroma[:, 1])), 3))
    return run


def rgb_to_nv12(spec):
    def run(data):
        y, u, v = _affine(TO_YUV, TO_YUV_OFFSET, _rgb(spec, data).float().unbind(3))
        h, w = spec.height, spec.width
        chroma = torch.stack((u, v), 3).view(spec.frames, h // 2, 2, w // 2, 2, 2).mean((2, 4))
        return _bytes(torch.cat((y.flatten(1), chroma.flatten(1)), 1))
    return run


def resize(spec):
    def run(data):
        picture = _rgb(spec, data).permute(0, 3, 1, 2).float()
        out = F.interpolate(picture, (spec.out_height, spec.out_width), mode="bilinear")
        return _bytes(out.permute(0, 2, 3, 1)).contiguous()
    return run


def _taps():
    at = torch.arange(7, dtype=torch.float64) - 3
    taps = torch.exp(-at ** 2 / (2 * 1.5 ** 2))
    return taps / taps.sum()


def gaussian(spec):
    """Two convolutions, each channel for itself."""
    taps = _taps().float().to(DEVICE)
    down, across = (taps.view(1, 1, *shape).expand(3, 1, *shape).contiguous() for shape in ((7, 1), (1, 7)))

    def run(data):
        picture = F.pad(_rgb(spec, data).permute(0, 3, 1, 2).float(), (3, 3, 3, 3), mode="reflect")
        out = F.conv2d(F.conv2d(picture, down, groups=3), across, groups=3)
        return _bytes(out.permute(0, 2, 3, 1)).contiguous()
    return run


def gaussian_by_sums(spec):
    """Two sums of shifted pictures, which a compiler can fuse."""
    taps = _taps().tolist()

    def run(data):
        picture = F.pad(_rgb(spec, data).permute(0, 3, 1, 2).float(), (3, 3, 3, 3), mode="reflect").permute(0, 2, 3, 1)
        h, w = spec.height, spec.width
        rows = sum(taps[k] * picture[:, k:k + h] for k in range(7))
        return _bytes(sum(taps[k] * rows[:, :, k:k + w] for k in range(7))).contiguous()
    return run


KINDS = {f.__name__: f for f in (letterbox, antialias, boxes, planar, nv12_to_rgb, rgb_to_nv12, resize, gaussian)}
TO_COMPILE = {"gaussian": gaussian_by_sums}
MORE = {"antialias": {"torch products": antialias_by_products}}
VERSION = torch.__version__
torch.backends.cudnn.benchmark = True  # the fastest convolution for each shape, found before the timing


def _contender(name, run):
    return Contender(name, "torch", lambda data, _: run(data))


def contenders(spec):
    if not spec.twin:
        yield _contender("torch eager", KINDS[spec.kind](spec))
        for name, make in MORE.get(spec.kind, {}).items():
            yield _contender(name, make(spec))
    compiled = torch.compile(TO_COMPILE.get(spec.kind, KINDS[spec.kind])(spec), dynamic=False, fullgraph=True)
    yield _contender("torch.compile", compiled)
