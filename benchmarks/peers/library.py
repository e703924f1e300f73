# SPDX-License-Identifier: MIT
"""libpane_cases.so and libnpp_cases.so by ctypes: the C interface of benchmarks/support/library.cu."""
import ctypes
import dataclasses

ELEMENTS = ("u8", "f16", "f32")


class _Shape(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("in_bytes", ctypes.c_int64), ("out_count", ctypes.c_int64),
                ("element", ctypes.c_int64), ("bytes", ctypes.c_double)]


class _Kernels(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("kernels", "registers", "local_bytes", "shared_bytes")]


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a case reads and writes; `bytes` is what all its frames must move."""
    frames: int
    in_bytes: int  # of one frame
    out_count: int  # of one frame
    element: str
    bytes: float


class Library:
    """The cases of one shared library, by name."""

    def __init__(self, path):
        self._lib = ctypes.CDLL(str(path))
        self._lib.bench_name.restype = self._lib.bench_differs.restype = self._lib.bench_error.restype = ctypes.c_char_p
        self._lib.bench_copy_rate.restype = ctypes.c_double
        self._lib.bench_enqueue.argtypes = [ctypes.c_int] + 3 * [ctypes.c_void_p]
        self._lib.bench_on_host.argtypes = [ctypes.c_int] + 2 * [ctypes.c_void_p]
        self._lib.bench_kernels.argtypes = [ctypes.c_int] + 3 * [ctypes.c_void_p]
        self._lib.bench_submit.argtypes = [ctypes.c_int] + 3 * [ctypes.c_void_p] + [ctypes.c_int, ctypes.c_void_p]
        self._lib.bench_submit_empty.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
        self._lib.bench_empty.argtypes = [ctypes.c_void_p]
        self.count = self._lib.bench_count()
        self._index = {self._lib.bench_name(i).decode(): i for i in range(self.count)}
        self.differs = {name: self._lib.bench_differs(i).decode() for name, i in self._index.items()}

    @property
    def names(self):
        return list(self._index)

    def _check(self, status):
        if status != 0:
            raise RuntimeError(self._lib.bench_error().decode())

    def shape(self, name):
        raw = _Shape()
        self._check(self._lib.bench_shape(self._index[name], ctypes.byref(raw)))
        return Shape(raw.frames, raw.in_bytes, raw.out_count, ELEMENTS[raw.element], raw.bytes)

    def enqueue(self, name, stream, in_pointer, out_pointer):
        self._check(self._lib.bench_enqueue(self._index[name], stream, in_pointer, out_pointer))

    def on_host(self, name, in_pointer, out_pointer):
        """One frame (the last one, where frames differ) in host memory."""
        self._check(self._lib.bench_on_host(self._index[name], in_pointer, out_pointer))

    def submit_us(self, name, stream, in_pointer, out_pointer, calls=200):
        """Median time that one call from C++ keeps the host."""
        us = ctypes.c_double()
        self._check(self._lib.bench_submit(self._index[name], stream, in_pointer, out_pointer, calls, ctypes.byref(us)))
        return us.value

    def empty_submit_us(self, stream, calls=200):
        """The same of an empty kernel."""
        us = ctypes.c_double()
        self._check(self._lib.bench_submit_empty(stream, calls, ctypes.byref(us)))
        return us.value

    def kernels(self, name, in_pointer, out_pointer):
        """{kernels, registers, local_bytes, shared_bytes} of one call."""
        raw = _Kernels()
        self._check(self._lib.bench_kernels(self._index[name], in_pointer, out_pointer, ctypes.byref(raw)))
        return {field: getattr(raw, field) for field, _ in _Kernels._fields_}

    def copy_rate(self):
        """Bytes a second, read plus written, of the fastest copy of 1 GB."""
        return self._lib.bench_copy_rate()

    def empty(self, stream):
        self._lib.bench_empty(stream)
