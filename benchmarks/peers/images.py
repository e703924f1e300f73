# SPDX-License-Identifier: MIT
"""What the input buffers hold: random bytes, or pictures with the statistics of photographs (amplitudes that fall with
the frequency, and shapes with sharp edges)."""
import torch

from benchmarks.peers.harness import DEVICE


def random_bytes(count, seed):
    generator = torch.Generator(device=DEVICE).manual_seed(seed)
    return torch.randint(0, 256, (count,), dtype=torch.uint8, device=DEVICE, generator=generator)


def _plane(height, width, generator):
    """1/f noise around mid-gray with twelve rectangles, as floats from 0 to 255."""
    noise = torch.randn(height, width, device=DEVICE, generator=generator)
    spectrum = torch.fft.rfft2(noise)
    fy = torch.fft.fftfreq(height, device=DEVICE)[:, None]
    fx = torch.fft.rfftfreq(width, device=DEVICE)[None, :]
    frequency = (fy ** 2 + fx ** 2).sqrt()
    frequency[0, 0] = 1.0
    plane = torch.fft.irfft2(spectrum / frequency, s=(height, width))
    plane = 128 + 40 * plane / plane.std()
    for y, x, h, w, level in torch.rand(12, 5, device=DEVICE, generator=generator).tolist():
        top, left = int(y * height), int(x * width)
        plane[top:top + int(h * height / 3) + 1, left:left + int(w * width / 3) + 1] = 255 * level
    return plane.clamp(0, 255)


def natural(spec):
    """fill(count, seed) for frames of the case: one picture, repeated."""
    def fill(count, seed):
        generator = torch.Generator(device=DEVICE).manual_seed(seed)
        h, w = spec.height, spec.width
        gray = _plane(h, w, generator)
        if spec.nv12:
            chroma = 128 + (_plane(h // 2, w, generator) - 128) / 4
            frame = torch.cat((gray.reshape(-1), chroma.reshape(-1)))
        else:
            tint = (_plane(h, w, generator) - 128) / 4
            frame = torch.stack((gray + tint, gray, gray - tint), dim=2).clamp(0, 255).reshape(-1)
        frame = frame.round().to(torch.uint8)
        return frame.repeat(count // frame.numel())
    return fill
