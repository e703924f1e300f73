#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make npy_corpus.jsonl: labelled .npy files, and what NumPy does with each of them. The short ones become seeds of
the fuzz target, ../fuzz/corpus/npy_header/.

Needs numpy, whose version goes into every line. A line has
  id, why    name and subject of the case
  file       the bytes, each a character below 256; a pair (text, times) is repeated
  expect     accept or reject: the verdict of a reader that refuses what no writer writes
  reason     of a reject, a name of ImportReason
  view       of an accept: shape, strides in bytes, itemsize, kind, big_endian, offset of the data, and whether the
             file can be used where it lies (mapped)
  numpy      accept or reject: what numpy.load of `version` did
"""

import io
import json
import pathlib

import numpy as np

LINES = []
SEEDS = pathlib.Path(__file__).parent.parent / "fuzz/corpus/npy_header"
USUAL = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"


def header(text, version=(1, 0), align=64, end="\n", pad=" "):
    """Magic to the end of the header, padded with `pad`; text is latin-1 characters, or already encoded bytes."""
    length_bytes = 2 if version[0] == 1 else 4
    raw = text if isinstance(text, bytes) else text.encode("latin-1")
    end = end.encode()
    if align:
        total = 8 + length_bytes + len(raw) + len(end)
        raw += pad.encode() * (-total % align)
    raw += end
    return b"\x93NUMPY" + bytes(version) + len(raw).to_bytes(length_bytes, "little") + raw


def pieces(raw):
    """The bytes as text, long runs of one byte as pairs."""
    out, at = [], 0
    text = raw.decode("latin-1")
    while at < len(text):
        run = at
        while run < len(text) and text[run] == text[at]:
            run += 1
        if run - at >= 24:
            out.append([text[at], run - at])
            at = run
        elif out and isinstance(out[-1], str):
            out[-1] += text[at:run]
            at = run
        else:
            out.append(text[at:run])
            at = run
    return out


def numpy_verdict(raw):
    try:
        np.load(io.BytesIO(raw), allow_pickle=False)
    except Exception:
        return "reject"
    return "accept"


def case(why, raw, reason=None, view=None, numpy=None):
    number = len(LINES) + 1
    line = {"id": f"NPY-{number:02}", "why": why, "file": pieces(raw)}
    line["expect"] = "reject" if reason else "accept"
    if reason:
        line["reason"] = reason
    else:
        line["view"] = view
    line["numpy"] = numpy_verdict(raw)
    line["version"] = np.__version__
    if numpy:  # what the table of the format says NumPy does
        assert line["numpy"] == numpy, (line["id"], why, line["numpy"])
    LINES.append(line)
    if len(raw) < 500:
        (SEEDS / f"{line['id']}.npy").write_bytes(raw)


def accept(why, raw, numpy, shape=(2, 3), itemsize=4, kind="f", big_endian=False, fortran=False, mapped=True, unit=None):
    length_bytes = 2 if raw[6] == 1 else 4
    data = 8 + length_bytes + int.from_bytes(raw[8 : 8 + length_bytes], "little")
    strides, step = [], itemsize
    for n in shape if fortran else reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    view = {
        "shape": list(shape),
        "strides": strides if fortran else strides[::-1],
        "itemsize": itemsize,
        "kind": kind,
        "big_endian": big_endian,
        "offset": data,
        "mapped": mapped and not (big_endian and 0 not in shape),
    }
    if unit:
        view["unit"] = unit
    case(why, raw, view=view, numpy=numpy)


def reject(why, raw, numpy, reason):
    case(why, raw, reason=reason, numpy=numpy)


def floats(count=6):
    return np.arange(count, dtype="<f4").tobytes()


def shaped(shape, descr="'<f4'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def typed(descr):
    return shaped("(2, 3)", descr)


A, R = "accept", "reject"


def make():
    data = floats()
    accept("version 1.0, C order", header(USUAL) + data, A)
    accept("version 2.0", header(USUAL, (2, 0)) + data, A)
    accept("version 3.0", header(USUAL, (3, 0)) + data, A)
    reject("version 4.0", header(USUAL, (4, 0)) + data, R, "unsupported_version")
    reject("version 0.0", header(USUAL, (0, 0)) + data, R, "unsupported_version")
    reject("version 1.1", header(USUAL, (1, 1)) + data, R, "unsupported_version")
    reject("bad magic", b"\x94" + (header(USUAL) + data)[1:], R, "bad_magic")
    accept("fortran_order True", header(USUAL.replace("False", "True")) + data, A, fortran=True)
    accept("shape ()", header(shaped("()")) + floats(1), A, shape=())
    accept("shape (6,)", header(shaped("(6,)")) + data, A, shape=(6,))
    reject("shape (6) without comma", header(shaped("(6)")) + data, R, "bad_shape_type")
    reject("shape [2, 3]", header(shaped("[2, 3]")) + data, R, "bad_shape_type")
    reject("shape (-2, 3)", header(shaped("(-2, 3)")) + data, R, "negative_extent")
    reject("shape (True, 6)", header(shaped("(True, 6)")) + data, R, "bad_shape_type")
    reject("shape (2.0, 3)", header(shaped("(2.0, 3)")) + data, R, "bad_shape_type")
    reject("shape (0x2, 3)", header(shaped("(0x2, 3)")) + data, A, "bad_header")
    reject("shape (2, 0_3)", header(shaped("(2, 0_3)")) + data, R, "bad_header")
    accept("shape (2L, 3L), 1.0", header(shaped("(2L, 3L)")) + data, A)
    reject("shape (2L, 3L), 3.0", header(shaped("(2L, 3L)"), (3, 0)) + data, R, "bad_header")
    accept("zero size", header(shaped("(0, 3)")), A, shape=(0, 3))
    reject("shape (0, 2^63-1)", header(shaped(f"(0, {2**63 - 1})")), R, "size_overflow")
    reject("shape (2^32, 2^32) u1", header(shaped(f"({2**32}, {2**32})", "'|u1'")), R, "size_overflow")
    reject("extent 2^63", header(shaped(f"({2**63},)")), R, "int_out_of_range")
    reject("truncated data", header(USUAL) + data[:-1], R, "truncated")
    accept("trailing data", header(USUAL) + data + b"more", A)
    reject("truncated header", header(USUAL)[:60], R, "truncated")
    reject("header length 0", b"\x93NUMPY\x01\x00\x00\x00" + data, R, "bad_header")
    accept("no newline", header(USUAL, end=" ") + data, A)
    accept("newline inside padding", header(USUAL + "\n") + data, A)
    accept("CRLF end", header(USUAL, end="\r\n") + data, A)
    accept("no padding", header(USUAL, align=0) + data, A, mapped=False)
    accept("tabs as padding", header(USUAL, pad="\t") + data, A)
    accept("leading spaces", header("  " + USUAL) + data, A)
    accept("leading newline", header("\n" + USUAL) + data, A)
    accept("keys in other order", header("{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}") + data, A)
    accept("double quotes", header(USUAL.replace("'", '"')) + data, A)
    reject("triple quotes", header(USUAL.replace("'<f4'", "'''<f4'''")) + data, A, "bad_header")
    reject("u prefix", header(USUAL.replace("'<f4'", "u'<f4'")) + data, A, "bad_header")
    reject("descr b'<f4'", header(USUAL.replace("'<f4'", "b'<f4'")) + data, R, "bad_typestr")
    accept("descr with \\x3c escape", header(USUAL.replace("<", "\\x3c")) + data, A)
    reject("concatenated literals", header(USUAL.replace("'<f4'", "'<' 'f4'")) + data, A, "bad_header")
    reject("comment in header", header(USUAL + " # why") + data, A, "bad_header")
    reject("extra key", header(USUAL.replace("}", "'x': 1, }")) + data, R, "bad_header")
    reject("missing fortran_order", header("{'descr': '<f4', 'shape': (2, 3), }") + data, R, "bad_header")
    reject("duplicate key", header(USUAL.replace("}", "'shape': (2, 3), }")) + data, A, "bad_header")
    reject("fortran_order 0", header(USUAL.replace("False", "0")) + data, R, "bad_header")
    reject("fortran_order None", header(USUAL.replace("False", "None")) + data, R, "bad_header")
    reject("not a dict", header("('<f4', False, (2, 3))") + data, R, "bad_header")
    reject("a set", header("{'descr', 'fortran_order', 'shape'}") + data, R, "bad_header")
    reject("not a literal", header("__import__('os').getcwd()") + data, R, "bad_header")
    reject("arithmetic in shape", header(shaped("(1 + 1, 3)")) + data, R, "bad_header")
    accept("descr '>f4'", header(typed("'>f4'")) + data, A, big_endian=True)
    accept("descr '=f4'", header(typed("'=f4'")) + data, A)
    accept("descr 'f4'", header(typed("'f4'")) + data, A)
    reject("descr 'float32'", header(typed("'float32'")) + data, A, "bad_typestr")
    accept("bool", header(typed("'|b1'")) + bytes(6), A, itemsize=1, kind="b")
    accept("complex64", header(typed("'<c8'")) + bytes(48), A, itemsize=8, kind="c")
    reject("descr '<f16'", header(typed("'<f16'")) + bytes(96), A, "unsupported_itemsize")
    accept("void 2 (bfloat16)", header(typed("'<V2'")) + bytes(12), A, itemsize=2, kind="V")
    accept("void 1 (fp8)", header(typed("'<V1'")) + bytes(6), A, itemsize=1, kind="V")
    reject("descr '<U3'", header(typed("'<U3'")) + bytes(72), A, "unsupported_kind")
    reject("descr '|S3'", header(typed("'|S3'")) + bytes(18), A, "unsupported_kind")
    accept("datetime", header(typed("'<M8[ns]'")) + bytes(48), A, itemsize=8, kind="M", unit="ns")
    reject("object type", header(typed("'|O'")) + bytes(48), R, "unsupported_kind")
    record = dict(itemsize=12, kind="V")
    accept("structured", header(typed("[('a', '<f4'), ('b', '<f8')]")) + bytes(72), A, **record)
    padded = "[('a', '<f4'), ('', '|V4'), ('b', '<f8')]"
    accept("structured padding", header(typed(padded)) + bytes(96), A, itemsize=16, kind="V")
    nested = "[('a', [('x', '<f4'), ('y', '<i4')]), ('b', '<f4', (2, 2))]"
    accept("structured nested and sub-array", header(typed(nested)) + bytes(144), A, itemsize=24, kind="V")
    accept("structured one big endian", header(typed("[('a', '>f4'), ('b', '<f8')]")) + bytes(72), A, **record)
    reject("structured object field", header(typed("[('a', '<f4'), ('b', '|O')]")) + bytes(72), R, "unsupported_kind")
    titled = "[(('title', 'a'), '<f4'), ('b', '<f8')]"
    accept("structured title", header(typed(titled)) + bytes(72), A, **record)
    reject("structured duplicate name", header(typed("[('a', '<f4'), ('a', '<f8')]")) + bytes(72), R, "bad_descr")
    accept("structured latin1 name v1", header(typed("[('\xe9', '<f4'), ('b', '<f8')]")) + bytes(72), A, **record)
    utf8 = typed("[('\u4e2d', '<f4'), ('b', '<f8')]").encode("utf-8")
    accept("structured utf8 name v3", header(utf8, (3, 0)) + bytes(72), A, **record)
    bad = typed("[('\xe9', '<f4'), ('b', '<f8')]")
    reject("structured bad utf8 v3", header(bad, (3, 0)) + bytes(72), R, "bad_header")
    reject("descr ('<f4', (2,))", header(typed("('<f4', (2,))")) + bytes(48), R, "bad_descr")
    reject("descr '<i4,<f8'", header(typed("'<i4,<f8'")) + bytes(72), A, "bad_typestr")
    accept("no trailing comma", header(USUAL.replace(", }", "}")) + data, A)
    reject("header over 10000 bytes", header(USUAL + " " * 10000) + data, R, "bad_header")
    accept("header 9000 bytes", header(USUAL + " " * 8900) + data, A)
    full = b"\x93NUMPY\x01\x00\xff\xff" + USUAL.encode() + b" " * (65534 - len(USUAL)) + b"\n"
    reject("1.0 with length 65535", full + data, R, "bad_header")
    accept("not aligned to 64 (16 aligned)", header(USUAL, align=16) + data, A)
    reject("nul in header", header(USUAL + "\0") + data, R, "bad_header")
    accept("33 axes", header(shaped("(" + "1, " * 33 + ")")) + floats(1), A, shape=(1,) * 33)
    reject("65 axes", header(shaped("(" + "1, " * 65 + ")")) + floats(1), R, "too_many_dims")


if __name__ == "__main__":
    SEEDS.mkdir(parents=True, exist_ok=True)
    make()
    assert len(LINES) == 84, len(LINES)
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    (pathlib.Path(__file__).parent / "npy_corpus.jsonl").write_text(text)
    print(f"{len(LINES)} lines, numpy {np.__version__}")
