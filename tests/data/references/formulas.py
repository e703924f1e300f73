# SPDX-License-Identifier: MIT
"""Float64 formulas of the operators.

For the "float64" cases, and to check that a library does what its case says. Images are NumPy
arrays of shape [height, width, channels]; results are float64 and neither rounded nor clamped.
"""

import numpy as np

# Kr and Kb of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}


def saturate_u8(values):
    """Round to nearest, ties to even, and clamp to 0..255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def coordinates(dst, src, rule):
    """Source coordinate (pixel centres at integers) of every output index."""
    x = np.arange(dst, dtype=np.float64)
    if rule == "half_pixel":
        return (x + 0.5) * src / dst - 0.5
    if rule == "align_corners":
        return x * (src - 1) / (dst - 1) if dst > 1 else np.zeros(1)
    if rule == "asymmetric":
        return x * src / dst
    raise ValueError(rule)


def nearest_indices(dst, src, rule):
    """Exact integer form of the nearest rule.

    half_pixel and align_corners: floor(coordinate + 1/2); asymmetric: floor(coordinate).
    """
    x = np.arange(dst, dtype=np.int64)
    if rule == "half_pixel":
        index = (2 * x + 1) * src // (2 * dst)
    elif rule == "align_corners":
        index = (
            (2 * x * (src - 1) + (dst - 1)) // (2 * (dst - 1)) if dst > 1 else np.zeros(1, np.int64)
        )
    elif rule == "asymmetric":
        index = x * src // dst
    else:
        raise ValueError(rule)
    return np.clip(index, 0, src - 1)


def cubic_kernel(distance, a):
    """Keys' cubic convolution kernel with parameter `a`."""
    d = np.abs(distance)
    inner = ((a + 2) * d - (a + 3)) * d * d + 1
    outer = a * (((d - 5) * d + 8) * d - 4)
    return np.where(d <= 1, inner, np.where(d < 2, outer, 0.0))


def sampling_matrix(position, src, kernel, cubic_a=-0.75):
    """A row of weights over `src` samples for every coordinate; taps outside repeat the edge."""
    position = np.asarray(position, np.float64)
    base = np.floor(position).astype(np.int64)
    matrix = np.zeros((len(position), src))
    for tap in {"linear": range(0, 2), "cubic": range(-1, 3)}[kernel]:
        distance = position - (base + tap)
        weight = 1 - np.abs(distance) if kernel == "linear" else cubic_kernel(distance, cubic_a)
        np.add.at(matrix, (np.arange(len(position)), np.clip(base + tap, 0, src - 1)), weight)
    return matrix


def inside(dst, src, rule, kernel):
    """First and one past the last output index whose taps all lie in the source."""
    position = coordinates(dst, src, rule)
    base = np.floor(position).astype(np.int64)
    low, high = {"linear": (0, 1), "cubic": (-1, 2)}[kernel]
    good = np.flatnonzero((base + low >= 0) & (base + high <= src - 1))
    return (int(good[0]), int(good[-1]) + 1) if len(good) else (0, 0)


def separable(image, rows, columns):
    """Apply a matrix of weights over rows and one over columns to every channel."""
    return np.einsum("yi,ijc,xj->yxc", rows, image.astype(np.float64), columns, optimize=True)


def resize(image, height, width, interpolation, rule, cubic_a=-0.75):
    """Resize without antialiasing; taps outside the image repeat the edge."""
    src_height, src_width = image.shape[:2]
    if interpolation == "nearest":
        y = nearest_indices(height, src_height, rule)
        x = nearest_indices(width, src_width, rule)
        return image[np.ix_(y, x)].astype(np.float64)
    rows = sampling_matrix(
        coordinates(height, src_height, rule), src_height, interpolation, cubic_a
    )
    columns = sampling_matrix(
        coordinates(width, src_width, rule), src_width, interpolation, cubic_a
    )
    return separable(image, rows, columns)


def border_indices(index, size, border):
    """Index inside 0..size-1 for any index; -1 where a constant is read instead."""
    index = np.asarray(index, np.int64)
    if border == "constant":
        return np.where((index >= 0) & (index < size), index, -1)
    if border == "replicate":
        return np.clip(index, 0, size - 1)
    if border == "wrap":
        return index % size
    if border == "reflect":
        folded = index % (2 * size)
        return np.where(folded < size, folded, 2 * size - 1 - folded)
    if border == "reflect_101":
        if size == 1:
            return np.zeros_like(index)
        folded = index % (2 * size - 2)
        return np.where(folded < size, folded, 2 * size - 2 - folded)
    raise ValueError(border)


def pad(image, top, bottom, left, right, border, fill=0):
    """Extend an image by so many pixels; `fill` is a number or one number a channel."""
    height, width = image.shape[:2]
    y = border_indices(np.arange(-top, height + bottom), height, border)
    x = border_indices(np.arange(-left, width + right), width, border)
    out = image[np.ix_(np.maximum(y, 0), np.maximum(x, 0))].copy()
    out[y < 0] = fill
    out[:, x < 0] = fill
    return out


def curve_weights(curve, distance, unit):
    """Weights of source pixels at a distance from a result pixel, both in units of the curve."""
    d, a = distance, np.abs(distance)
    if curve == "box":
        return ((d > -0.5) & (d <= 0.5)).astype(np.float64)
    if curve == "area":
        return np.maximum(np.minimum(d + unit / 2, 0.5) - np.maximum(d - unit / 2, -0.5), 0)
    if curve == "triangle":
        return np.maximum(1 - a, 0)
    if curve == "hamming":
        return np.where(a < 1, np.sinc(d) * (0.54 + 0.46 * np.cos(np.pi * d)), 0)
    if curve == "cubic":
        inner = 1.5 * a**3 - 2.5 * a**2 + 1
        outer = -0.5 * (a**3 - 5 * a**2 + 8 * a - 4)
        return np.where(a < 1, inner, np.where(a < 2, outer, 0))
    return np.where(a < 3, np.sinc(d) * np.sinc(d / 3), 0)


def resample_axis(image, length, curve):
    """The first axis of the image to a new length: a matrix of normalised weights."""
    size = image.shape[0]
    scale = size / length
    wide = max(scale, 1.0)
    centre = (np.arange(length)[:, None] + 0.5) * scale - 0.5
    distance = (np.arange(size)[None, :] - centre) / wide
    # a place that is exactly half a pixel away must not fall to the other side by rounding
    weights = curve_weights(curve, np.round(distance, 12), 1 / wide)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.tensordot(weights, image, axes=1)


def resample(image, height, width, curve):
    """Resize with antialiasing, HWC, float64, nothing rounded."""
    rows = resample_axis(image.astype(np.float64), height, curve)
    return resample_axis(rows.transpose(1, 0, 2), width, curve).transpose(1, 0, 2)


def filter_separable(image, kernel_x, kernel_y, border, fill=0):
    """Correlate with an outer product of two odd kernels, anchored at their centres."""
    ry, rx = len(kernel_y) // 2, len(kernel_x) // 2
    height, width = image.shape[:2]
    padded = pad(image.astype(np.float64), ry, ry, rx, rx, border, fill)
    rows = sum(k * padded[i : i + height] for i, k in enumerate(kernel_y))
    return sum(k * rows[:, i : i + width] for i, k in enumerate(kernel_x))


def gaussian_kernel(size, sigma):
    """exp(-x^2 / (2 sigma^2)) at the integers around 0, with sum 1."""
    x = np.arange(size) - (size - 1) / 2
    weights = np.exp(-x * x / (2 * sigma * sigma))
    return weights / weights.sum()


def warp_affine(image, height, width, matrix, border, fill=0):
    """Linear sampling at matrix @ (x, y, 1), pixel centres at integers.

    Each tap outside the image follows the border by itself.
    """
    src_height, src_width, channels = image.shape
    y, x = np.meshgrid(
        np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64), indexing="ij"
    )
    sx = matrix[0][0] * x + matrix[0][1] * y + matrix[0][2]
    sy = matrix[1][0] * x + matrix[1][1] * y + matrix[1][2]
    x0, y0 = np.floor(sx).astype(np.int64), np.floor(sy).astype(np.int64)
    out = np.zeros((height, width, channels))
    for dy in (0, 1):
        for dx in (0, 1):
            weight = np.where(dy, sy - y0, 1 - (sy - y0)) * np.where(dx, sx - x0, 1 - (sx - x0))
            iy = border_indices(y0 + dy, src_height, border)
            ix = border_indices(x0 + dx, src_width, border)
            tap = image[np.maximum(iy, 0), np.maximum(ix, 0)].astype(np.float64)
            tap[(iy < 0) | (ix < 0)] = fill
            out += weight[..., None] * tap
    return out


def yuv_to_rgb(luma, cb, cr, matrix, color_range):
    """8-bit YCbCr code values to R'G'B' in 0..255 by the matrix of the standard; not clamped."""
    kr, kb = LUMA_WEIGHTS[matrix]
    kg = 1 - kr - kb
    y = np.asarray(luma, np.float64)
    cb = np.asarray(cb, np.float64) - 128
    cr = np.asarray(cr, np.float64) - 128
    if color_range == "limited":
        y, cb, cr = (y - 16) * 255 / 219, cb * 255 / 224, cr * 255 / 224
    red = y + 2 * (1 - kr) * cr
    blue = y + 2 * (1 - kb) * cb
    green = y - (2 * kr * (1 - kr) / kg) * cr - (2 * kb * (1 - kb) / kg) * cb
    return np.stack([red, green, blue], axis=-1)


def rgb_to_yuv(rgb, matrix, color_range):
    """R'G'B' in 0..255 to 8-bit YCbCr code values; neither rounded nor clamped."""
    kr, kb = LUMA_WEIGHTS[matrix]
    red, green, blue = np.moveaxis(np.asarray(rgb, np.float64), -1, 0)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb = (blue - y) / (2 * (1 - kb))
    cr = (red - y) / (2 * (1 - kr))
    if color_range == "limited":
        y, cb, cr = y * 219 / 255 + 16, cb * 224 / 255 + 128, cr * 224 / 255 + 128
    else:
        cb, cr = cb + 128, cr + 128
    return np.stack([y, cb, cr], axis=-1)


def split_nv12(tall):
    """Luma [H, W], cb and cr [H/2, W/2] of one tall array [H * 3/2, W]."""
    height = tall.shape[0] * 2 // 3
    chroma = tall[height:].reshape(height // 2, -1, 2)
    return tall[:height], chroma[..., 0], chroma[..., 1]


def nv12_to_rgb(tall, matrix, color_range):
    """NV12 to RGB at full size, each chroma sample repeated over its 2x2 pixels (nearest)."""
    luma, cb, cr = split_nv12(tall)

    def repeat(plane):
        return plane.repeat(2, axis=0).repeat(2, axis=1)

    return yuv_to_rgb(luma, repeat(cb), repeat(cr), matrix, color_range)


def nv12_resize_to_rgb(tall, height, width, matrix, color_range):
    """Each plane sampled at its own resolution (linear, half_pixel, edges repeated); then RGB.

    Chroma is sited at the centre of its 2x2 pixels:
    chroma coordinate = (luma coordinate + 0.5) / 2 - 0.5.
    """
    luma, cb, cr = split_nv12(tall)
    src_height, src_width = luma.shape
    y = coordinates(height, src_height, "half_pixel")
    x = coordinates(width, src_width, "half_pixel")

    def sample(plane, py, px):
        rows = sampling_matrix(py, plane.shape[0], "linear")
        return rows @ plane.astype(np.float64) @ sampling_matrix(px, plane.shape[1], "linear").T

    cy, cx = (y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5
    return yuv_to_rgb(
        sample(luma, y, x), sample(cb, cy, cx), sample(cr, cy, cx), matrix, color_range
    )


def rgb_to_nv12(rgb, matrix, color_range):
    """RGB to one tall NV12 array [H * 3/2, W]; chroma of the mean of each 2x2 pixels."""
    height, width = rgb.shape[:2]
    luma = rgb_to_yuv(rgb, matrix, color_range)[..., 0]
    mean = rgb.astype(np.float64).reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
    chroma = rgb_to_yuv(mean, matrix, color_range)[..., 1:]
    return np.concatenate([luma, chroma.reshape(height // 2, width)], axis=0)


def letterbox_geometry(src_height, src_width, height, width):
    """The Ultralytics rule: scale, size of the scaled picture and the border on each side."""
    ratio = min(height / src_height, width / src_width)
    new_width, new_height = int(round(src_width * ratio)), int(round(src_height * ratio))
    dw, dh = (width - new_width) / 2, (height - new_height) / 2
    return {
        "ratio": ratio,
        "new_height": new_height,
        "new_width": new_width,
        "top": int(round(dh - 0.1)),
        "bottom": int(round(dh + 0.1)),
        "left": int(round(dw - 0.1)),
        "right": int(round(dw + 0.1)),
    }
