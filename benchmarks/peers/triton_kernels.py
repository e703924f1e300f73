# SPDX-License-Identifier: MIT
"""One Triton kernel for each kind of case. Results of interleaved bytes are written byte by byte in their order, so that
stores are dense; sampling is in float32, half-pixel centres, repeated edges."""
import triton
import triton.language as tl


@triton.jit
def to_bytes(x):
    x = tl.minimum(tl.maximum(x, 0.0), 255.0)
    return ((x + 12582912.0) - 12582912.0).to(tl.uint8)  # to nearest, ties to even


@triton.jit
def axis(i, size_in, size_out):
    """Two neighbours and the weight of the second."""
    at = tl.maximum((i.to(tl.float32) + 0.5) * (size_in / size_out) - 0.5, 0.0)
    low = tl.minimum(at.to(tl.int32), size_in - 1)
    return low, tl.minimum(low + 1, size_in - 1), tl.minimum(at - low.to(tl.float32), 1.0)


@triton.jit
def bilinear(data, row0, row1, fy, column0, column1, fx, mask):
    a = tl.load(data + row0 + column0, mask, other=0).to(tl.float32)
    b = tl.load(data + row0 + column1, mask, other=0).to(tl.float32)
    c = tl.load(data + row1 + column0, mask, other=0).to(tl.float32)
    d = tl.load(data + row1 + column1, mask, other=0).to(tl.float32)
    top = a + fx * (b - a)
    return top + fy * (c + fx * (d - c) - top)


@triton.jit
def planar(data, out, pixels, s0, s1, s2, o0, o1, o2, BLOCK: tl.constexpr):
    n = tl.program_id(1).to(tl.int64)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < pixels
    data += n * 3 * pixels
    out += n * 3 * pixels
    r = tl.load(data + 3 * i, mask, other=0).to(tl.float32)
    g = tl.load(data + 3 * i + 1, mask, other=0).to(tl.float32)
    b = tl.load(data + 3 * i + 2, mask, other=0).to(tl.float32)
    tl.store(out + i, (r * s0 + o0).to(out.dtype.element_ty), mask)
    tl.store(out + pixels + i, (g * s1 + o1).to(out.dtype.element_ty), mask)
    tl.store(out + 2 * pixels + i, (b * s2 + o2).to(out.dtype.element_ty), mask)


@triton.jit
def nv12_to_rgb(data, out, height, width, y_, rv, gu, gv, bu, o0, o1, o2, BLOCK: tl.constexpr):
    n = tl.program_id(2).to(tl.int64)
    row = tl.program_id(1)
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = j < 3 * width
    x = j // 3
    c = j % 3
    data += n * (height * width * 3 // 2)
    luma = tl.load(data + row * width + x, mask, other=0).to(tl.float32)
    chroma = data + (height + row // 2) * width + x // 2 * 2
    u = tl.load(chroma, mask, other=0).to(tl.float32)
    v = tl.load(chroma + 1, mask, other=0).to(tl.float32)
    mu = tl.where(c == 0, 0.0, tl.where(c == 1, gu, bu))
    mv = tl.where(c == 0, rv, tl.where(c == 1, gv, 0.0))
    offset = tl.where(c == 0, o0, tl.where(c == 1, o1, o2))
    value = luma * y_ + (u * mu + (v * mv + offset))
    tl.store(out + (n * height + row) * width * 3 + j, to_bytes(value), mask)


@triton.jit
def rgb_to_nv12(data, out, height, width, m00, m01, m02, m10, m11, m12, m20, m21, m22, BLOCK: tl.constexpr):
    n = tl.program_id(2).to(tl.int64)
    pair = tl.program_id(1)  # of rows
    x = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # pairs of columns
    mask = x < width // 2
    data += (n * height + 2 * pair) * width * 3
    out += n * (height * width * 3 // 2)
    u = tl.zeros((BLOCK,), tl.float32)
    v = tl.zeros((BLOCK,), tl.float32)
    for k in tl.static_range(4):
        at = data + (k // 2) * width * 3 + (2 * x + k % 2) * 3
        r = tl.load(at, mask, other=0).to(tl.float32)
        g = tl.load(at + 1, mask, other=0).to(tl.float32)
        b = tl.load(at + 2, mask, other=0).to(tl.float32)
        luma = r * m00 + g * m01 + b * m02 + 16.0
        tl.store(out + (2 * pair + k // 2) * width + 2 * x + k % 2, to_bytes(luma), mask)
        u += r * m10 + g * m11 + b * m12
        v += r * m20 + g * m21 + b * m22
    chroma = out + (height + pair) * width + 2 * x
    tl.store(chroma, to_bytes(u * 0.25 + 128.0), mask)
    tl.store(chroma + 1, to_bytes(v * 0.25 + 128.0), mask)


@triton.jit
def resize(data, out, height, width, out_height, out_width, BLOCK: tl.constexpr):
    n = tl.program_id(2).to(tl.int64)
    row = tl.program_id(1)
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = j < 3 * out_width
    y0, y1, fy = axis(row, height, out_height)
    x0, x1, fx = axis(j // 3, width, out_width)
    c = j % 3
    data += n * height * width * 3
    value = bilinear(data, y0 * width * 3, y1 * width * 3, fy, 3 * x0 + c, 3 * x1 + c, fx, mask)
    tl.store(out + (n * out_height + row) * out_width * 3 + j, to_bytes(value), mask)


@triton.jit
def boxes(data, out, boxes_, height, width, out_height, out_width, s0, s1, s2, o0, o1, o2, FLIP: tl.constexpr,
          BLOCK: tl.constexpr):
    k = tl.program_id(1)
    n = tl.load(boxes_ + 5 * k).to(tl.int64)
    left = tl.load(boxes_ + 5 * k + 1)
    top = tl.load(boxes_ + 5 * k + 2)
    w = tl.load(boxes_ + 5 * k + 3)
    h = tl.load(boxes_ + 5 * k + 4)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    count = out_height * out_width
    mask = i < count
    x = i % out_width
    if FLIP:
        x = out_width - 1 - x
    y0, y1, fy = axis(i // out_width, h, out_height)
    x0, x1, fx = axis(x, w, out_width)
    data += ((n * height + top) * width + left) * 3
    row0 = y0 * width * 3
    row1 = y1 * width * 3
    out += k.to(tl.int64) * 3 * count
    r = bilinear(data, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    g = bilinear(data + 1, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    b = bilinear(data + 2, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    tl.store(out + i, (r * s0 + o0).to(out.dtype.element_ty), mask)
    tl.store(out + count + i, (g * s1 + o1).to(out.dtype.element_ty), mask)
    tl.store(out + 2 * count + i, (b * s2 + o2).to(out.dtype.element_ty), mask)


@triton.jit
def store_rgb(out, i, plane, y, u, v, m, scale, mask):
    """m: pointer to 12 floats, the rows of a colour matrix with their offsets; `scale`: 3 pairs of factor and offset."""
    for c in tl.static_range(3):
        value = y * tl.load(m + 4 * c) + u * tl.load(m + 4 * c + 1) + v * tl.load(m + 4 * c + 2) + tl.load(m + 4 * c + 3)
        value = value * tl.load(scale + 2 * c) + tl.load(scale + 2 * c + 1)
        tl.store(out + c * plane + i, value.to(out.dtype.element_ty), mask)


@triton.jit
def letterbox(data, out, matrix, scale, height, width, out_height, out_width, top, left, in_height, in_width,
              BLOCK: tl.constexpr):
    n = tl.program_id(1).to(tl.int64)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    plane = out_height * out_width
    mask = i < plane
    py = i // out_width - top
    px = i % out_width - left
    inside = mask & (py >= 0) & (py < in_height) & (px >= 0) & (px < in_width)
    data += n * (height * width * 3 // 2)
    y0, y1, fy = axis(py, height, in_height)
    x0, x1, fx = axis(px, width, in_width)
    y = bilinear(data, y0 * width, y1 * width, fy, x0, x1, fx, inside)
    y0, y1, fy = axis(py, height // 2, in_height)
    x0, x1, fx = axis(px, width // 2, in_width)
    data += height * width
    u = bilinear(data, y0 * width, y1 * width, fy, 2 * x0, 2 * x1, fx, inside)
    v = bilinear(data + 1, y0 * width, y1 * width, fy, 2 * x0, 2 * x1, fx, inside)
    y = tl.where(inside, y, 114.0)
    u = tl.where(inside, u, 128.0)
    v = tl.where(inside, v, 128.0)
    store_rgb(out + n * 3 * plane, i, plane, y, u, v, matrix, scale, mask)


@triton.jit
def triangle_row(data, row, pitch, step: tl.constexpr, out_row, x, size_y, size_x, out_height, out_width,
                 TAPS: tl.constexpr, BLOCK: tl.constexpr):
    """BLOCK results of one row: source rows are weighted first, in a tile of BLOCK results x TAPS columns."""
    scale_y = size_y / out_height
    scale_x = size_x / out_width
    centre_y = (out_row + 0.5) * scale_y
    centre_x = (x.to(tl.float32) + 0.5) * scale_x
    first_y = tl.maximum((centre_y - scale_y).to(tl.int32), 0)
    last_y = tl.minimum((centre_y + scale_y).to(tl.int32) + 1, size_y)
    first_x = tl.maximum((centre_x - scale_x).to(tl.int32), 0)
    column = first_x[:, None] + tl.arange(0, TAPS)[None, :]
    weight_x = tl.maximum(1.0 - tl.abs(column.to(tl.float32) + 0.5 - centre_x[:, None]) / scale_x, 0.0)
    weight_x = tl.where(column < size_x, weight_x, 0.0)
    used = (weight_x > 0.0) & (x < out_width)[:, None]
    total = tl.zeros((BLOCK, TAPS), tl.float32)
    weights = 0.0
    for source_row in range(first_y, last_y):
        weight = tl.maximum(1.0 - tl.abs(source_row.to(tl.float32) + 0.5 - centre_y) / scale_y, 0.0)
        total += weight * tl.load(data + source_row * pitch + step * column, used, other=0).to(tl.float32)
        weights += weight
    return tl.sum(total * weight_x, 1) / (weights * tl.sum(weight_x, 1))


@triton.jit
def antialias(data, out, matrix, scale, height, width, out_height, out_width, LUMA_TAPS: tl.constexpr,
              CHROMA_TAPS: tl.constexpr, BLOCK: tl.constexpr):
    n = tl.program_id(2).to(tl.int64)
    row = tl.program_id(1)
    x = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    data += n * (height * width * 3 // 2)
    y = triangle_row(data, row, width, 1, row, x, height, width, out_height, out_width, LUMA_TAPS, BLOCK)
    data += height * width
    u = triangle_row(data, row, width, 2, row, x, height // 2, width // 2, out_height, out_width, CHROMA_TAPS, BLOCK)
    v = triangle_row(data + 1, row, width, 2, row, x, height // 2, width // 2, out_height, out_width, CHROMA_TAPS, BLOCK)
    plane = out_height * out_width
    store_rgb(out + n * 3 * plane, row * out_width + x, plane, y, u, v, matrix, scale, x < out_width)


@triton.jit
def mirrored(i, size):
    i = tl.abs(i)
    return tl.where(i >= size, 2 * (size - 1) - i, i)


@triton.jit
def gaussian(data, out, taps, height, width, BLOCK: tl.constexpr):
    n = tl.program_id(2).to(tl.int64)
    row = tl.program_id(1)
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = j < 3 * width
    x = j // 3
    c = j % 3
    data += n * height * width * 3
    total = tl.zeros((BLOCK,), tl.float32)
    for dx in tl.static_range(7):
        column = data + 3 * mirrored(x + dx - 3, width) + c
        down = tl.zeros((BLOCK,), tl.float32)
        for dy in tl.static_range(7):
            sample = tl.load(column + mirrored(row + dy - 3, height) * width * 3, mask, other=0)
            down += tl.load(taps + dy) * sample.to(tl.float32)
        total += tl.load(taps + dx) * down
    tl.store(out + (n * height + row) * width * 3 + j, to_bytes(total), mask)
