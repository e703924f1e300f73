# SPDX-License-Identifier: MIT
"""Inputs that Python and C++ make alike, and the manifests that hold golden outputs."""

import json
import pathlib
import zlib

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"

DTYPES = {
    "u8": np.uint8,
    "s8": np.int8,
    "u16": np.uint16,
    "s16": np.int16,
    "u32": np.uint32,
    "s32": np.int32,
    "f16": np.float16,
    "bf16": np.uint16,  # the bits: NumPy has no bf16
    "f32": np.float32,
    "f64": np.float64,
}


def hash_u32(seed, count):
    """The hash of (seed, 0..count-1); `test::hash_u32` in support/golden_array.hpp is the same."""
    mask = np.uint64(0xFFFFFFFF)
    start = np.uint64((seed * 0x85EBCA6B + 0x27D4EB2F) & 0xFFFFFFFF)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + start) & mask
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x7FEB352D)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x846CA68B)) & mask
    x ^= x >> np.uint64(16)
    return x.astype(np.uint32)


def hash_array(seed, dtype, shape, scale, bias):
    """Integers: the top bits of the hash; u8: floor(top * scale + bias).

    Floats: u in [0, 1) with 24, 11 (f16) or 8 (bf16) bits; f32 and f64: u * scale + bias, computed
    in float64.
    """
    x = hash_u32(seed, int(np.prod(shape)))
    if dtype in ("u8", "u16", "u32", "s8", "s16", "s32"):
        bits = np.dtype(DTYPES[dtype]).itemsize * 8
        top = (x >> np.uint32(32 - bits)).astype(f"u{bits // 8}")
        if dtype == "u8":
            scaled = np.floor(top * scale + bias)
            assert scaled.size == 0 or (scaled.min() >= 0 and scaled.max() <= 255)
            top = scaled.astype(np.uint8)
        return top.view(DTYPES[dtype]).reshape(shape)
    if dtype == "bf16":
        value = ((x >> np.uint32(24)) * 2.0**-8).astype(np.float32)
        return (value.view(np.uint32) >> np.uint32(16)).astype(np.uint16).reshape(shape)
    if dtype == "f16":
        return ((x >> np.uint32(21)) * 2.0**-11).astype(np.float16).reshape(shape)
    return ((x >> np.uint32(8)) * 2.0**-24 * scale + bias).astype(DTYPES[dtype]).reshape(shape)


class Input:
    """An input array and the description from which the loader makes it again."""

    def __init__(self, array, description, layout):
        self.array = np.ascontiguousarray(array)
        self.stored = description["kind"] == "stored"
        self.description = description | {
            "shape": list(self.array.shape),
            "layout": layout,
            "bytes": self.array.nbytes,
            "crc32": zlib.crc32(self.array.tobytes()),
        }

    @property
    def hwc(self):
        return self.array if self.array.ndim == 3 else self.array[:, :, None]


def layout_of(shape):
    return {1: "N", 2: "HW", 3: "HWC", 4: "NHWC"}[len(shape)]


def hashed(seed, dtype, shape, layout=None, scale=1.0, bias=0.0):
    description = {"kind": "hash", "seed": seed, "dtype": dtype}
    if dtype in ("u8", "f32", "f64"):
        description |= {"scale": scale, "bias": bias}
    return Input(
        hash_array(seed, dtype, shape, scale, bias), description, layout or layout_of(shape)
    )


def stored(dtype, array, layout=None):
    array = np.ascontiguousarray(array, DTYPES[dtype])
    return Input(array, {"kind": "stored", "dtype": dtype}, layout or layout_of(array.shape))


def natural(dtype="u8", channels=3, x=0, y=0, width=None, height=None, scale=1.0, bias=0.0):
    """A rectangle of golden/natural.bin.

    One channel: green; four: RGB and 255 - green. f32: value * scale + bias.
    """
    about = json.loads((GOLDEN / "natural.json").read_text())
    picture = np.frombuffer((GOLDEN / "natural.bin").read_bytes(), np.uint8)
    picture = picture.reshape(about["height"], about["width"], 3)
    width, height = width or about["width"] - x, height or about["height"] - y
    part = picture[y : y + height, x : x + width]
    if channels == 1:
        part = part[:, :, 1]
    elif channels == 4:
        part = np.concatenate([part, 255 - part[:, :, 1:2]], axis=2)
    description = {"kind": "natural", "dtype": dtype, "channels": channels, "x": x, "y": y}
    if dtype == "f32":
        part = (part.astype(np.float64) * scale + bias).astype(np.float32)
        description |= {"scale": scale, "bias": bias}
    return Input(part, description, layout_of(part.shape))


class Manifest:
    """Collects the cases of one operator; writes <op>.json and <op>.bin, or compares with them."""

    def __init__(self, op, libraries):
        self.op, self.libraries = op, libraries
        self.cases, self.blob, self.offsets = [], bytearray(), {}

    def store(self, array):
        data = array.tobytes()
        if data in self.offsets:
            return self.offsets[data]
        while len(self.blob) % 8:
            self.blob.append(0)
        self.offsets[data] = len(self.blob)
        self.blob += data
        return self.offsets[data]

    def add(
        self,
        name,
        source,
        params,
        output,
        library,
        call,
        dtype=None,
        layout=None,
        formula=None,
        absolute=0.0,
        relative=0.0,
    ):
        """One case. The bound is |got - want| <= absolute + relative * |want|; NaN matches NaN.

        With `formula` (float64, unrounded) the library's output is held to the same bound against
        it, and the difference that was seen is recorded.
        """
        assert all(case["id"] != name for case in self.cases), name
        output = np.ascontiguousarray(output)
        dtype = dtype or next(k for k, v in DTYPES.items() if output.dtype == v)
        case = {
            "id": name,
            "library": library,
            "version": self.libraries["numpy" if library == "float64" else library],
            "call": call,
            "input": source.description,
            "params": params,
            "output": {
                "dtype": dtype,
                "shape": list(output.shape),
                "layout": layout or layout_of(output.shape),
            },
            "tolerance": {
                "absolute": float(f"{absolute:.6g}"),
                "relative": float(f"{relative:.6g}"),
            },
        }
        if source.stored:
            case["input"] = source.description | {"offset": self.store(source.array)}
        case["output"] |= {
            "offset": self.store(output),
            "bytes": output.nbytes,
            "crc32": zlib.crc32(output.tobytes()),
        }
        if formula is not None:
            case["measured"] = self.measure(
                name, output, formula, params.get("interior"), absolute, relative
            )
        self.cases.append(case)

    @staticmethod
    def measure(name, output, formula, interior, absolute, relative):
        """Largest difference to the unrounded formula; how many values differ once rounded."""
        want = np.asarray(formula, np.float64).reshape(output.shape)
        got = output.astype(np.float64)
        if interior:
            y, x = interior["y"], interior["x"]
            box = (slice(y, y + interior["height"]), slice(x, x + interior["width"]))
            want, got = want[box], got[box]
        bound, rounded = absolute + relative * np.abs(want), want
        if output.dtype.kind in "iu":
            info = np.iinfo(output.dtype)
            want = np.clip(want, info.min, info.max)
            rounded = np.rint(want)
            # Who is within 0.001 of the formula before rounding is then within the bound.
            bound = bound + 0.499
        difference = np.abs(got - want)
        if not (difference <= bound).all():
            raise SystemExit(f"{name}: differs from its float64 formula by {difference.max():.6g}")
        return {
            "float64_max": float(f"{difference.max(initial=0):.3g}"),
            "float64_differing": int(np.count_nonzero(got != rounded)),
        }

    def write(self, check):
        head = {
            "op": self.op,
            "format": 1,
            "libraries": self.libraries,
            "bin": f"{self.op}.bin",
            "bin_bytes": len(self.blob),
            "bin_crc32": zlib.crc32(self.blob),
        }
        lines = [json.dumps(case) for case in self.cases]
        text = json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
        files = {
            GOLDEN / f"{self.op}.json": text.encode(),
            GOLDEN / f"{self.op}.bin": bytes(self.blob),
        }
        for path, data in files.items():
            if not check:
                path.write_bytes(data)
            elif not path.exists() or path.read_bytes() != data:
                raise SystemExit(f"{path.name}: not what the libraries here give")
        print(f"{self.op}: {len(self.cases)} cases, {sum(map(len, files.values()))} bytes")
