# SPDX-License-Identifier: MIT
"""The frameworks, each behind the same few methods, and arrays of memory that no framework knows."""
import contextlib
import functools
import importlib
import importlib.metadata

import numpy as np
import pane

numpy_version = tuple(int(n) for n in np.__version__.split(".")[:2])
SHAPE = (4, 6, 3)
DTYPES = ("u8", "f16", "bf16", "bool", "f32")
FORMS = ("contiguous", "pitched", "permuted", "broadcast", "flipped", "zero size", "0-d", "read-only")
CASES = tuple((form, "u8") for form in FORMS) + tuple(("contiguous", d) for d in DTYPES if d != "u8")
NUMPY_TYPES = {"u8": np.uint8, "f16": np.float16, "bool": np.bool_, "f32": np.float32, "s64": np.int64}


def case_name(form, dtype):
    return form if dtype == "u8" else dtype


class NotExpressible(Exception):
    """The framework has no such arrays."""


def values(form, dtype):
    """What an array of this form holds, as float32."""
    base = np.arange(72, dtype=np.float32).reshape(SHAPE)
    if dtype == "bool":
        base = base % 2
    return {
        "contiguous": lambda: base,
        "pitched": lambda: base,
        "permuted": lambda: base.transpose(2, 0, 1),
        "broadcast": lambda: np.broadcast_to(base[0], SHAPE),
        "flipped": lambda: base[:, ::-1],
        "zero size": lambda: base[:0],
        "0-d": lambda: base[1, 2, 2],
        "read-only": lambda: base,
    }[form]()


def take_form(form, plain):
    """The same form as a view, by what NumPy and those who follow it can do. `plain(values)` makes an array."""
    base = np.arange(72, dtype=np.float32).reshape(SHAPE)
    if form == "pitched":
        wide = np.full((4, 9, 3), 99, np.float32)
        wide[:, :6] = base
        return plain(wide)[:, :6]
    if form == "permuted":
        return plain(base).transpose((2, 0, 1))
    if form == "flipped":
        return plain(base)[:, ::-1]
    if form == "zero size":
        return plain(base)[:0]
    if form == "0-d":
        return plain(base)[1:2, 2, 2].reshape(())
    return plain(base)


def spin(handle, milliseconds=50):
    """Keeps a stream busy."""
    import torch
    with torch.cuda.stream(torch.cuda.ExternalStream(handle)):
        torch.cuda._sleep(int(milliseconds * 1.8e6))


def quiet_stream():
    """A stream of PyTorch's pool; it does not wait for the legacy default stream."""
    import torch
    return torch.cuda.Stream()


def download(array):
    """A pane.Array as float32 of NumPy, from a GPU by PyTorch."""
    if "cuda" not in array.device:
        return ALL[0].to_float(np.asarray(array))
    import torch
    if any(stride < 0 for stride in array.strides):
        array = pane.reformat(array)
    return torch.from_dlpack(array).to(torch.float32).cpu().numpy()


class Raw:
    """Memory that nobody else describes: any strides, any address, read-only or not."""

    def __init__(self, form, dtype):
        import torch
        types = {"u8": torch.uint8, "f16": torch.float16, "bf16": torch.bfloat16, "bool": torch.bool, "f32": torch.float32}
        names = {"u8": "|u1", "f16": "<f2", "bf16": "<V2", "bool": "|b1", "f32": "<f4"}
        self.dtype = "bfloat16" if dtype == "bf16" else dtype
        view = take_form(form, lambda v: v.astype(np.float32) if dtype != "bool" else v % 2)
        if form == "broadcast":
            view = np.broadcast_to(view[0], SHAPE)
        whole = view if view.base is None or form == "contiguous" else view.base
        while getattr(whole, "base", None) is not None:
            whole = whole.base
        self.memory = torch.from_numpy(np.array(whole, np.float32)).cuda().to(types[dtype])
        torch.cuda.synchronize()
        size = self.memory.element_size()
        offset = (view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]) // 4 * size
        self.__cuda_array_interface__ = {
            "shape": view.shape,
            "typestr": names[dtype],
            "data": (self.memory.data_ptr() + offset if view.size else 0, form == "read-only"),
            "strides": tuple(s // 4 * size for s in view.strides),
            "version": 3,
        }


class Framework:
    name = ""
    package = ""  # of the version
    in_forms = None  # None: all
    only = {}  # form or dtype -> why it is not expressible

    @functools.cached_property
    def version(self):
        return importlib.metadata.version(self.package or self.name)

    def make(self, form, dtype):
        """An array of the framework in this form."""
        why = self.only.get(form) or self.only.get(dtype)
        if why:
            raise NotExpressible(why)
        return self.build(form, dtype)

    @contextlib.contextmanager
    def on(self, handle):
        """Everything inside runs on this stream."""
        raise NotImplementedError
        yield

    def fill(self, array, value):
        """Writes a number to all elements, on that stream."""
        raise NotImplementedError

    def takers(self):
        """Name of the protocol -> how the framework takes a pane.Array."""
        return {}

    # Cases that an export refuses for this framework.
    refuses = ()


class NumPy(Framework):
    name = "numpy"
    device = "cpu"

    def build(self, form, dtype):
        if dtype == "bf16":
            try:
                import ml_dtypes
            except ImportError:
                raise NotExpressible("needs ml_dtypes") from None
            kind = ml_dtypes.bfloat16
        else:
            kind = NUMPY_TYPES[dtype]
        plain = lambda v: (v % 2 if dtype == "bool" else v).astype(kind)
        if form == "broadcast":
            return np.broadcast_to(plain(np.arange(18, dtype=np.float32).reshape(6, 3)), SHAPE)
        out = take_form(form, plain)
        if form == "read-only":
            out.flags.writeable = False
        return out

    def source(self, form, dtype):
        return self.make(form, dtype)

    def takers(self):
        return {"array interface": np.asarray, "DLPack": np.from_dlpack}

    def to_float(self, array):
        if array.dtype.kind == "V" and array.dtype.itemsize == 2:  # bfloat16 without ml_dtypes' name
            return (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return array.astype(np.float32)

    @property
    def taken_not(self):
        out = {("DLPack", "bf16"): "NumPy's from_dlpack knows no bfloat16"}
        if numpy_version < (2, 1):
            why = "NumPy before 2.1 knows no read-only structs"
            out |= {("DLPack", "broadcast"): why, ("DLPack", "read-only"): why}
        if numpy_version < (1, 25):
            out[("DLPack", "bool")] = "NumPy before 1.25 knows no bool in DLPack"
        return out


class Torch(Framework):
    name = "torch"
    only = {"flipped": "PyTorch has no negative strides", "read-only": "PyTorch has no read-only tensors"}
    # Elements that share bytes are read-only too.
    refuses = ("flipped", "read-only", "broadcast")

    @property
    def types(self):
        import torch
        return {"u8": torch.uint8, "f16": torch.float16, "bf16": torch.bfloat16, "bool": torch.bool, "f32": torch.float32}

    def build(self, form, dtype):
        import torch
        plain = lambda v: torch.from_numpy(np.ascontiguousarray(v % 2 if dtype == "bool" else v)).cuda().to(self.types[dtype])
        if form == "broadcast":
            return plain(np.arange(18, dtype=np.float32).reshape(6, 3)).expand(SHAPE)
        if form == "permuted":
            return plain(np.arange(72, dtype=np.float32).reshape(SHAPE)).permute(2, 0, 1)
        return take_form(form, plain)

    def takers(self):
        import torch
        return {"DLPack": torch.from_dlpack, "CAI": lambda a: torch.as_tensor(a)}

    taken_not = {("CAI", "bf16"): "torch.as_tensor knows no bfloat16"}

    def to_float(self, t):
        import torch
        return t.to(torch.float32).cpu().numpy()

    @contextlib.contextmanager
    def on(self, handle):
        import torch
        with torch.cuda.stream(torch.cuda.ExternalStream(handle)):
            yield

    def fill(self, array, value):
        array.fill_(value)


class CuPy(Framework):
    name = "cupy"
    package = "cupy-cuda13x"
    only = {"read-only": "CuPy has no read-only arrays"}

    def build(self, form, dtype):
        import cupy
        kind = NUMPY_TYPES.get(dtype)
        if dtype == "bf16":
            import ml_dtypes
            kind = np.dtype(ml_dtypes.bfloat16)
        plain = lambda v: cupy.asarray(np.ascontiguousarray((v % 2 if dtype == "bool" else v).astype(kind)))
        if form == "broadcast":
            return cupy.broadcast_to(plain(np.arange(18, dtype=np.float32).reshape(6, 3)), SHAPE)
        return take_form(form, plain)

    def takers(self):
        import cupy
        return {"CAI": cupy.asarray, "DLPack": cupy.from_dlpack}

    taken_not = {("CAI", "bf16"): "without a descr CuPy takes <V2 for opaque bytes"}

    def to_float(self, array):
        import cupy
        host = cupy.asnumpy(array)
        return host.astype(np.float32)

    @contextlib.contextmanager
    def on(self, handle):
        import cupy
        with cupy.cuda.ExternalStream(handle):
            yield

    def fill(self, array, value):
        array.fill(value)


class Numba(Framework):
    name = "numba-cuda"
    only = {"read-only": "Numba has no read-only device arrays", "bf16": "Numba's device arrays have no bfloat16",
            "broadcast": "Numba announces a stride of 0 as contiguous", "permuted": "Numba transposes by a copy, in 2 axes only"}

    stream = 0

    def build(self, form, dtype):
        from numba import cuda
        kind = NUMPY_TYPES[dtype]
        plain = lambda v: cuda.to_device(np.ascontiguousarray((v % 2 if dtype == "bool" else v).astype(kind)), stream=self.stream)
        if form == "0-d":
            return cuda.to_device(np.array(values("0-d", dtype), kind))
        return take_form(form, plain)

    def takers(self):
        from numba import cuda
        return {"CAI": cuda.as_cuda_array}

    taken_not = {("CAI", "bf16"): "Numba's device arrays have no bfloat16",
                 ("CAI", "flipped"): "Numba copies no negative strides to the host",
                 ("CAI", "broadcast"): "Numba takes a stride of 0 for contiguous"}

    def to_float(self, array):
        import cupy
        return cupy.asnumpy(cupy.asarray(array)).astype(np.float32)

    @contextlib.contextmanager
    def on(self, handle):
        from numba import cuda
        self.stream = cuda.external_stream(handle)
        yield
        self.stream = 0

    def fill(self, array, value):
        from numba import cuda
        host = cuda.pinned_array(array.shape, array.dtype)
        host[:] = value
        array.copy_to_device(host, stream=self.stream)
        self.held = getattr(self, "held", []) + [host]  # until the copy is done


class Jax(Framework):
    name = "jax"
    only = dict.fromkeys(("pitched", "permuted", "broadcast", "flipped"), "a JAX array is always compact in C order")
    refuses = ("pitched", "broadcast", "flipped")

    def build(self, form, dtype):
        import jax
        import jax.numpy as jnp
        import ml_dtypes
        kind = ml_dtypes.bfloat16 if dtype == "bf16" else NUMPY_TYPES[dtype]
        array = jnp.asarray(np.ascontiguousarray(values(form, dtype)).reshape(np.shape(values(form, dtype))).astype(kind))
        return jax.block_until_ready(array)

    def takers(self):
        import jax
        import jax.numpy as jnp
        return {"DLPack": jax.dlpack.from_dlpack, "CAI": jnp.asarray}

    taken_not = {("CAI", "bf16"): "JAX reads <V2 as nothing that it knows"}

    def to_float(self, array):
        return np.asarray(array).astype(np.float32)


class CudaCore(Framework):
    name = "cuda.core"
    package = "cuda-core"
    only = dict.fromkeys(("pitched", "permuted", "broadcast", "flipped", "0-d", "read-only", "zero size"),
                         "a Buffer is a row of bytes") | dict.fromkeys(("f16", "bf16", "bool", "f32"), "a Buffer is a row of bytes")

    def build(self, form, dtype):
        import torch
        from cuda.core import Device
        device = Device(0)
        device.set_current()
        stream = device.create_stream()
        buffer = device.memory_resource.allocate(72, stream=stream)
        data = np.arange(72, dtype=np.uint8)
        stream.sync()
        torch.from_dlpack(buffer).view(torch.uint8)[:] = torch.from_numpy(data).cuda()
        torch.cuda.synchronize()
        return buffer

    def expected(self, form, dtype):
        return np.arange(72, dtype=np.float32)

    dtype = "s8"

    def takers(self):
        from cuda.core.utils import StridedMemoryView
        return {
            "DLPack": lambda a: (StridedMemoryView.from_dlpack(a, stream_ptr=1), a),
            "CAI": lambda a: (StridedMemoryView.from_cuda_array_interface(a, stream_ptr=1), a),
        }

    taken_not = {}

    def to_float(self, taken):
        import torch
        view, array = taken
        torch.cuda.synchronize()
        mine = download(array)
        assert tuple(view.shape) == tuple(array.shape)
        if mine.size:
            assert view.ptr == array.pointer
            size = view.dtype.itemsize
            strides = view.strides
            if strides is not None:
                for extent, stride, bytes_ in zip(view.shape, strides, array.strides):
                    assert extent == 1 or stride * size == bytes_
        return mine


class PyCuda(Framework):
    name = "pycuda"
    only = {"read-only": "PyCUDA has no read-only arrays", "bf16": "PyCUDA has no bfloat16",
            "broadcast": "PyCUDA has no broadcast views", "flipped": "PyCUDA slices with positive steps only"}
    refuses = ("pitched", "permuted", "broadcast", "flipped")

    def build(self, form, dtype):
        import pycuda.autoprimaryctx  # noqa: F401
        from pycuda import gpuarray
        kind = NUMPY_TYPES[dtype]
        plain = lambda v: gpuarray.to_gpu(np.ascontiguousarray((v % 2 if dtype == "bool" else v).astype(kind)))
        if form == "0-d":
            return gpuarray.to_gpu(np.array(values("0-d", dtype), kind))
        if form == "zero size":
            return gpuarray.empty((0, 6, 3), kind)
        return take_form(form, plain)

    def takers(self):
        return {"CAI": self.take}

    def take(self, array):
        import pycuda.autoprimaryctx  # noqa: F401
        from pycuda import gpuarray
        types = {"u8": np.uint8, "f16": np.float16, "bool": np.bool_, "f32": np.float32}
        cai = array.__cuda_array_interface__
        if array.dtype not in types:
            raise NotExpressible("PyCUDA has no bfloat16")
        return gpuarray.GPUArray(cai["shape"], types[array.dtype], gpudata=cai["data"][0], base=array)

    taken_not = {("CAI", "bf16"): "PyCUDA has no bfloat16"}

    def to_float(self, array):
        return array.get().astype(np.float32)


class NvImageCodec(Framework):
    name = "nvimgcodec"
    package = "nvidia-nvimgcodec-cu13"
    only = {"permuted": "an Image is (H, W, C) with packed rows", "broadcast": "an Image is (H, W, C) with packed rows",
            "flipped": "an Image has no negative strides", "zero size": "an Image is never empty", "0-d": "an Image has 3 axes",
            "read-only": "an Image has no read-only mark", "bf16": "an Image has no bfloat16", "bool": "an Image has no bool"}
    refuses = ("permuted", "broadcast", "flipped", "0-d")

    handle = 0

    def build(self, form, dtype):
        from nvidia import nvimgcodec
        self.source = CuPy().build(form, dtype)
        return nvimgcodec.as_image(self.source, cuda_stream=self.handle)

    @contextlib.contextmanager
    def on(self, handle):
        self.handle = handle
        with CuPy().on(handle):
            yield
        self.handle = 0

    def fill(self, image, value):
        self.source.fill(value)

    def takers(self):
        from nvidia import nvimgcodec
        return {"CAI": nvimgcodec.as_image}

    taken_not = {("CAI", "zero size"): "an Image is never empty", ("CAI", "bf16"): "an Image has no bfloat16",
                 ("CAI", "bool"): "an Image has no bool"}

    def to_float(self, image):
        import cupy
        return cupy.asnumpy(cupy.asarray(image)).astype(np.float32)


class CvCuda(Framework):
    name = "cvcuda"
    package = "cvcuda-cu13"
    only = {"flipped": "a Tensor has no negative strides", "0-d": "a Tensor has axes", "zero size": "a Tensor is never empty",
            "broadcast": "a Tensor repeats no elements", "permuted": "only the outer stride of a Tensor is free",
            "read-only": "a Tensor has no read-only mark", "bf16": "a Tensor has no bfloat16", "bool": "a Tensor has no bool"}
    refuses = ("permuted", "broadcast", "flipped")

    def build(self, form, dtype):
        import cvcuda
        return cvcuda.as_tensor(Torch().build(form, dtype), "HWC").cuda()

    def takers(self):
        import cvcuda
        return {"CAI": lambda a: cvcuda.as_tensor(Only(a), "HWC")}

    taken_not = {("CAI", "zero size"): "a Tensor is never empty", ("CAI", "0-d"): "a Tensor has axes",
                 ("CAI", "bf16"): "a Tensor has no bfloat16", ("CAI", "bool"): "a Tensor has no bool"}

    def to_float(self, tensor):
        import torch
        return torch.as_tensor(tensor.cuda()).to(torch.float32).cpu().numpy()


class Rmm(Framework):
    name = "rmm"
    package = "rmm-cu13"
    only = CudaCore.only | {"zero size": None}
    refuses = ("contiguous", "pitched", "permuted", "broadcast", "flipped", "0-d", "read-only", "f16", "bf16", "bool", "f32")

    def build(self, form, dtype):
        import rmm
        data = np.arange(72, dtype=np.uint8) if form != "zero size" else np.zeros(0, np.uint8)
        return rmm.DeviceBuffer.to_device(data.tobytes()) if data.size else rmm.DeviceBuffer(size=0)

    def expected(self, form, dtype):
        return np.arange(72, dtype=np.float32) if form != "zero size" else np.zeros(0, np.float32)


class Only:
    """An array that offers the CUDA Array Interface and nothing else."""

    def __init__(self, array):
        self.array = array

    @property
    def __cuda_array_interface__(self):
        return self.array.__cuda_array_interface__


ALL = (NumPy(), Torch(), CuPy(), Numba(), Jax(), CudaCore(), PyCuda(), NvImageCodec(), CvCuda(), Rmm())
MODULES = {"numpy": "numpy", "torch": "torch", "cupy": "cupy", "numba-cuda": "numba.cuda", "jax": "jax",
           "cuda.core": "cuda.core", "pycuda": "pycuda.autoprimaryctx", "nvimgcodec": "nvidia.nvimgcodec", "cvcuda": "cvcuda",
           "rmm": "rmm", "PyNvVideoCodec": "PyNvVideoCodec", "cuda.bindings": "cuda.bindings.runtime"}
PACKAGES = {"PyNvVideoCodec": "PyNvVideoCodec", "cuda.bindings": "cuda-bindings"} | {
    f.name: f.package or f.name for f in ALL}


@functools.cache
def has_gpu():
    if not pane.with_cuda:
        return False
    try:
        import torch
        return torch.cuda.is_available()
    except ImportError:
        return False


@functools.cache
def why_missing(name):
    """Why a framework is not here, or nothing."""
    if name != "numpy" and not has_gpu():
        try:
            importlib.metadata.version(PACKAGES[name])
        except importlib.metadata.PackageNotFoundError:
            return f"needs {name}"
        return "needs a GPU, a module built with CUDA, and PyTorch"
    try:
        importlib.import_module(MODULES[name])
    except Exception as error:  # a broken wheel raises anything
        return f"needs {name}: {type(error).__name__}: {error}"
    return ""


def here():
    return [f for f in ALL if not why_missing(f.name)]


def versions():
    return {n: importlib.metadata.version(PACKAGES[n]) for n in MODULES if not why_missing(n)}


def missing():
    return {n: why_missing(n) for n in MODULES if why_missing(n)}


def machine():
    if not has_gpu():
        return "no GPU"
    import torch
    return f"{torch.cuda.get_device_name(0)}, CUDA {torch.version.cuda}"
