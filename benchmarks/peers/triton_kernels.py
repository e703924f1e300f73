# SPDX-License-Identifier: MIT
"""One Triton kernel for each kind of case. Interleaved bytes are written four pixels as three words where rows are whole
words (`..._packed`), else byte by byte in their order; sampling is in float32, half-pixel centres, repeated edges."""
import triton
import triton.language as tl


@triton.jit
def begin(PDL: tl.constexpr):
    """In a programmatic launch: the next one may begin, and nothing is read before the one in front is done."""
    if PDL:
        tl.extra.cuda.gdc_launch_dependents()
        tl.extra.cuda.gdc_wait()


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
def planar(data, out, pixels, s0, s1, s2, o0, o1, o2, BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
def word(a, b, c, d):
    a, b, c, d = to_bytes(a).to(tl.uint32), to_bytes(b).to(tl.uint32), to_bytes(c).to(tl.uint32), to_bytes(d).to(tl.uint32)
    return (a | (b << 8) | (c << 16) | (d << 24)).to(tl.int32, bitcast=True)


@triton.jit
def nth_byte(words, n: tl.constexpr):
    return ((words >> (8 * n)) & 255).to(tl.float32)


@triton.jit
def nv12_to_rgb_packed(data, out, height, width, y_, rv, gu, gv, bu, o0, o1, o2, BLOCK: tl.constexpr,
                       PDL: tl.constexpr):
    """data, out: 32-bit words. A lane has four columns of two rows, which share their chroma."""
    begin(PDL)
    n = tl.program_id(2).to(tl.int64)
    pair = tl.program_id(1)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    words = width // 4
    mask = i < words
    data += n * (height * words * 3 // 2)
    chroma = tl.load(data + (height + pair) * words + i, mask, other=0)
    u0, v0, u1, v1 = nth_byte(chroma, 0), nth_byte(chroma, 1), nth_byte(chroma, 2), nth_byte(chroma, 3)
    r0, g0, b0 = v0 * rv + o0, u0 * gu + (v0 * gv + o1), u0 * bu + o2
    r1, g1, b1 = v1 * rv + o0, u1 * gu + (v1 * gv + o1), u1 * bu + o2
    for k in tl.static_range(2):
        luma = tl.load(data + (2 * pair + k) * words + i, mask, other=0)
        a, b, c, d = nth_byte(luma, 0) * y_, nth_byte(luma, 1) * y_, nth_byte(luma, 2) * y_, nth_byte(luma, 3) * y_
        to = out + ((n * height + 2 * pair + k) * words + i) * 3
        tl.store(to, word(a + r0, a + g0, a + b0, b + r0), mask)
        tl.store(to + 1, word(b + g0, b + b0, c + r1, c + g1), mask)
        tl.store(to + 2, word(c + b1, d + r1, d + g1, d + b1), mask)


@triton.jit
def nv12_to_rgb(data, out, height, width, y_, rv, gu, gv, bu, o0, o1, o2, BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
def rgb_to_nv12(data, out, height, width, m00, m01, m02, m10, m11, m12, m20, m21, m22, BLOCK: tl.constexpr,
                PDL: tl.constexpr):
    begin(PDL)
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
def resize(data, out, height, width, out_height, out_width, BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
def sampled(data, row0, row1, fy, x, width, out_width, mask):
    """Three channels at column x of the result."""
    x0, x1, fx = axis(x, width, out_width)
    r = bilinear(data, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    g = bilinear(data + 1, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    b = bilinear(data + 2, row0, row1, fy, 3 * x0, 3 * x1, fx, mask)
    return r, g, b


@triton.jit
def resize_packed(data, out, height, width, out_height, out_width, BLOCK: tl.constexpr, PDL: tl.constexpr):
    """out: 32-bit words. A lane has four pixels of a row."""
    begin(PDL)
    n = tl.program_id(2).to(tl.int64)
    row = tl.program_id(1)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < out_width // 4
    y0, y1, fy = axis(row, height, out_height)
    data += n * height * width * 3
    row0 = y0 * width * 3
    row1 = y1 * width * 3
    r0, g0, b0 = sampled(data, row0, row1, fy, 4 * i, width, out_width, mask)
    r1, g1, b1 = sampled(data, row0, row1, fy, 4 * i + 1, width, out_width, mask)
    r2, g2, b2 = sampled(data, row0, row1, fy, 4 * i + 2, width, out_width, mask)
    r3, g3, b3 = sampled(data, row0, row1, fy, 4 * i + 3, width, out_width, mask)
    to = out + ((n * out_height + row) * (out_width // 4) + i) * 3
    tl.store(to, word(r0, g0, b0, r1), mask)
    tl.store(to + 1, word(g1, b1, r2, g2), mask)
    tl.store(to + 2, word(b2, r3, g3, b3), mask)


@triton.jit
def boxes(data, out, boxes_, height, width, out_height, out_width, s0, s1, s2, o0, o1, o2, FLIP: tl.constexpr,
          BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
    data += ((n * height + top) * width + left) * 3
    r, g, b = sampled(data, y0 * width * 3, y1 * width * 3, fy, x, w, out_width, mask)
    out += k.to(tl.int64) * 3 * count
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
              BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
              CHROMA_TAPS: tl.constexpr, BLOCK: tl.constexpr, PDL: tl.constexpr):
    begin(PDL)
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
def blurred_row(data, row, x, c, taps, height, width, mask):
    data += mirrored(row, height) * width * 3 + c
    total = tl.load(taps) * tl.load(data + 3 * mirrored(x - 3, width), mask, other=0).to(tl.float32)
    for k in tl.static_range(1, 7):
        total += tl.load(taps + k) * tl.load(data + 3 * mirrored(x + k - 3, width), mask, other=0).to(tl.float32)
    return total


@triton.jit
def gaussian(data, out, taps, height, width, ROWS: tl.constexpr, BLOCK: tl.constexpr, PDL: tl.constexpr):
    """ROWS rows, one after another: six blurred rows are kept, so that each is blurred once a strip."""
    begin(PDL)
    n = tl.program_id(2).to(tl.int64)
    first = tl.program_id(1) * ROWS
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = j // 3
    c = j % 3
    mask = j < 3 * width
    data += n * height * width * 3
    out += n * height * width * 3
    r0 = blurred_row(data, first - 3, x, c, taps, height, width, mask)
    r1 = blurred_row(data, first - 2, x, c, taps, height, width, mask)
    r2 = blurred_row(data, first - 1, x, c, taps, height, width, mask)
    r3 = blurred_row(data, first, x, c, taps, height, width, mask)
    r4 = blurred_row(data, first + 1, x, c, taps, height, width, mask)
    r5 = blurred_row(data, first + 2, x, c, taps, height, width, mask)
    t0, t1, t2, t3 = tl.load(taps), tl.load(taps + 1), tl.load(taps + 2), tl.load(taps + 3)
    for k in range(ROWS):
        row = first + k
        r6 = blurred_row(data, tl.minimum(row + 3, height + 2), x, c, taps, height, width, mask)
        total = t0 * (r0 + r6) + t1 * (r1 + r5) + t2 * (r2 + r4) + t3 * r3
        tl.store(out + row * width * 3 + j, to_bytes(total), mask & (row < height))
        r0, r1, r2, r3, r4, r5 = r1, r2, r3, r4, r5, r6
