# SPDX-License-Identifier: MIT
"""Every case in float64, written for clarity: sampling is a product with a matrix of weights for each axis. One
function a kind; it takes one frame (a flat tensor of bytes) and returns what the frame becomes, not rounded."""
import torch

from benchmarks.peers.specs import MEAN, STD, TO_RGB, TO_RGB_OFFSET, TO_YUV, TO_YUV_OFFSET, letterbox_place


def linear_weights(size_in, size_out, device, begin=0, total=None):
    """(size_out, total): row i has the two weights of output pixel i, half-pixel centres, repeated edges; the `size_in`
    pixels begin at `begin` of `total`."""
    total = size_in if total is None else total
    at = (torch.arange(size_out, dtype=torch.float64) + 0.5) * (size_in / size_out) - 0.5
    low = at.floor()
    rows = torch.arange(size_out)
    weights = torch.zeros(size_out, total, dtype=torch.float64)
    for index, weight in ((low, 1 - (at - low)), (low + 1, at - low)):
        column = index.clamp(0, size_in - 1).long() + begin
        weights.index_put_((rows, column), weight, accumulate=True)
    return weights.to(device)


def triangle_weights(size_in, size_out, device):
    """(size_out, size_in): a triangle as wide as two output pixels around each centre, scaled to the sum 1."""
    scale = size_in / size_out
    centre = (torch.arange(size_out, dtype=torch.float64) + 0.5) * scale
    source = torch.arange(size_in, dtype=torch.float64) + 0.5
    weights = (1 - (source[None, :] - centre[:, None]).abs() / scale).clamp(min=0)
    return (weights / weights.sum(1, keepdim=True)).to(device)


def gaussian_weights(size, device, taps=7, sigma=1.5):
    """(size, size): a Gaussian around each pixel; beyond the edge the picture is mirrored without its edge pixel."""
    offset = torch.arange(taps, dtype=torch.float64) - taps // 2
    tap = torch.exp(-offset ** 2 / (2 * sigma ** 2))
    tap /= tap.sum()
    weights = torch.zeros(size, size, dtype=torch.float64)
    rows = torch.arange(size)
    for k, weight in zip(offset.long().tolist(), tap.tolist()):
        column = (rows + k).abs()
        column = torch.where(column >= size, 2 * (size - 1) - column, column)
        weights.index_put_((rows, column), torch.full((size,), weight, dtype=torch.float64), accumulate=True)
    return weights.to(device)


def _along(vertical, picture, horizontal):
    """vertical @ channel @ horizontal^T for each channel of (C, H, W)."""
    return vertical @ picture @ horizontal.T


def _affine(matrix, offset, picture):
    m = torch.tensor(matrix, dtype=torch.float64, device=picture.device)
    b = torch.tensor(offset, dtype=torch.float64, device=picture.device)
    return torch.einsum("ij,jhw->ihw", m, picture) + b[:, None, None]


def _normalize(picture):
    mean = torch.tensor(MEAN, dtype=torch.float64, device=picture.device)[:, None, None]
    std = torch.tensor(STD, dtype=torch.float64, device=picture.device)[:, None, None]
    return (picture / 255 - mean) / std


def _rgb(spec, frame):
    return frame.double().view(spec.height, spec.width, 3).permute(2, 0, 1)


def _nv12(spec, frame):
    h, w = spec.height, spec.width
    luma = frame[:h * w].double().view(1, h, w)
    return luma, frame[h * w:].double().view(h // 2, w // 2, 2).permute(2, 0, 1)


def _resampled_nv12(spec, frame, weights, height, width):
    h, w, device = spec.height, spec.width, frame.device
    luma, chroma = _nv12(spec, frame)
    luma = _along(weights(h, height, device), luma, weights(w, width, device))
    chroma = _along(weights(h // 2, height, device), chroma, weights(w // 2, width, device))
    return torch.cat((luma, chroma))


def letterbox(spec, frame):
    top, left, height, width = letterbox_place(spec)
    yuv = torch.full((3, spec.out_height, spec.out_width), 128.0, dtype=torch.float64, device=frame.device)
    yuv[0] = 114.0  # the fill: a gray
    yuv[:, top:top + height, left:left + width] = _resampled_nv12(spec, frame, linear_weights, height, width)
    return _affine(TO_RGB, TO_RGB_OFFSET, yuv) / 255


def antialias(spec, frame):
    yuv = _resampled_nv12(spec, frame, triangle_weights, spec.out_height, spec.out_width)
    return _normalize(_affine(TO_RGB, TO_RGB_OFFSET, yuv))


def boxes(spec, frame):
    """All boxes of the frame when there is one frame, else the last box, which is of the last frame."""
    picture = _rgb(spec, frame)
    out = []
    for _, x, y, w, h in spec.boxes if spec.frames == 1 else spec.boxes[-1:]:
        down = linear_weights(h, spec.out_height, frame.device, y, spec.height)
        across = linear_weights(w, spec.out_width, frame.device, x, spec.width)
        crop = _along(down, picture, across)
        out.append(_normalize(crop.flip(2) if spec.flip else crop))
    return torch.stack(out)


def planar(spec, frame):
    return _normalize(_rgb(spec, frame))


def nv12_to_rgb(spec, frame):
    luma, chroma = _nv12(spec, frame)
    chroma = chroma.repeat_interleave(2, 1).repeat_interleave(2, 2)
    return _affine(TO_RGB, TO_RGB_OFFSET, torch.cat((luma, chroma))).permute(1, 2, 0)


def rgb_to_nv12(spec, frame):
    yuv = _affine(TO_YUV, TO_YUV_OFFSET, _rgb(spec, frame))
    chroma = torch.nn.functional.avg_pool2d(yuv[1:], 2).permute(1, 2, 0)
    return torch.cat((yuv[0].reshape(-1), chroma.reshape(-1)))


def resize(spec, frame):
    down = linear_weights(spec.height, spec.out_height, frame.device)
    across = linear_weights(spec.width, spec.out_width, frame.device)
    return _along(down, _rgb(spec, frame), across).permute(1, 2, 0)


def gaussian(spec, frame):
    down = gaussian_weights(spec.height, frame.device)
    across = gaussian_weights(spec.width, frame.device)
    return _along(down, _rgb(spec, frame), across).permute(1, 2, 0)


KINDS = {f.__name__: f for f in (letterbox, antialias, boxes, planar, nv12_to_rgb, rgb_to_nv12, resize, gaussian)}


def reference(spec, frame):
    """The last frame's result in float64, flat; bytes are rounded to nearest, ties to even, and clamped."""
    out = KINDS[spec.kind](spec, frame).reshape(-1)
    return out.round().clamp(0, 255) if spec.element == "u8" else out
