# SPDX-License-Identifier: MIT
"""Order, lifetimes, graphs, devices, and what is known to kill: on a GPU only."""
import hashlib
import os
import pathlib
import subprocess
import sys
import weakref

import frameworks
import numpy as np
import pane
import pytest
from frameworks import Raw, download, quiet_stream, spin

pytestmark = pytest.mark.usefixtures("gpu")
if frameworks.has_gpu():
    import torch


def need(name):
    why = frameworks.why_missing(name)
    if why:
        pytest.skip(why)
    return {f.name: f for f in frameworks.ALL}.get(name)


def rowed(direction, case, names):
    return [pytest.param(n, marks=pytest.mark.row(n, direction, case), id=n) for n in names]


# ---- order: in -------------------------------------------------------------------------------------------


def read_while_it_is_written(name, ordering):
    """The producer's stream is busy, then writes 7 over 1; Pane reads on a stream of its own at once."""
    framework = need(name)
    producer, consumer = quiet_stream(), quiet_stream()
    pane.reformat(torch.ones(8, device="cuda"), torch.empty(8, device="cuda"), stream=consumer)  # loads the kernel
    with framework.on(producer.cuda_stream):
        source = framework.build("contiguous", "f32")
        framework.fill(source, 1)
        torch.cuda.synchronize()
        out = torch.zeros(frameworks.SHAPE, device="cuda")
        torch.cuda.synchronize()
        spin(producer.cuda_stream)
        framework.fill(source, 7)
        pane.reformat(source, out, stream=consumer, ordering=ordering)
        consumer.synchronize()
        with torch.cuda.stream(consumer):
            result = out.cpu().numpy()
    torch.cuda.synchronize()
    return result


NO_STREAM = {
    "pycuda": "PyCUDA's dictionary names no stream, whatever writes",
    "rmm": "RMM's dictionary is of version 0, which knows no stream",
    "jax": "JAX has no streams that a caller could keep busy",
}


@pytest.mark.parametrize("name", rowed("in", "order after the producer", ("torch", "cupy", "numba-cuda", "nvimgcodec", *NO_STREAM)))
def test_reads_after_the_producer(name):
    if name in NO_STREAM:
        need(name)
        pytest.skip(f"not expressible: {NO_STREAM[name]}")
    np.testing.assert_array_equal(read_while_it_is_written(name, "after_producer"), 7)
    np.testing.assert_array_equal(read_while_it_is_written(name, "by_caller"), 1)  # the test can fail


@pytest.mark.parametrize("name", rowed("in", "hand back", ("torch", "cupy", "numba-cuda", "nvimgcodec")))
def test_the_producer_writes_after_our_reading(name):
    """The stream that the dictionary names, and PyTorch's, wait for ours, so that the producer may write again."""
    framework = need(name)
    producer, consumer = quiet_stream(), quiet_stream()
    with framework.on(producer.cuda_stream):
        source = framework.build("contiguous", "f32")
        framework.fill(source, 1)
        out = torch.zeros(frameworks.SHAPE, device="cuda")
        torch.cuda.synchronize()
        for ordering, expected in (("after_producer", 1), ("by_caller", 7)):
            framework.fill(source, 1)
            torch.cuda.synchronize()
            spin(consumer.cuda_stream)
            pane.reformat(source, out, stream=consumer, ordering=ordering)
            framework.fill(source, 7)
            torch.cuda.synchronize()
            np.testing.assert_array_equal(out.cpu().numpy(), expected)


# ---- order: out ------------------------------------------------------------------------------------------


def slow_result(value=7):
    """An Array whose kernel waits behind a busy stream."""
    stream = quiet_stream()
    source = torch.full(frameworks.SHAPE, float(value), device="cuda")
    array = pane.asarray(torch.ones(frameworks.SHAPE, device="cuda"), stream=stream, writable=True)
    pane.reformat(torch.full(frameworks.SHAPE, 1.0, device="cuda"), array, stream=stream)
    torch.cuda.synchronize()
    spin(stream.cuda_stream)
    pane.reformat(source, array, stream=stream)
    return array


def take_now(name, array):
    """A copy that the framework makes on a stream of its own, as soon as it has the array."""
    mine = quiet_stream()
    if name.startswith("torch"):
        with torch.cuda.stream(mine):
            taken = torch.from_dlpack(array) if name == "torch, DLPack" else torch.as_tensor(array)
            return taken.clone().cpu().numpy()
    if name.startswith("cupy"):
        import cupy
        with cupy.cuda.ExternalStream(mine.cuda_stream):
            taken = cupy.from_dlpack(array) if name == "cupy, DLPack" else cupy.asarray(array)
            return cupy.asnumpy(taken.copy())
    if name == "numba-cuda":
        from numba import cuda
        stream = cuda.external_stream(mine.cuda_stream)
        return cuda.as_cuda_array(array).copy_to_host(stream=stream)
    if name.startswith("jax"):
        import jax
        import jax.numpy as jnp
        return np.asarray(jax.dlpack.from_dlpack(array) if name == "jax, DLPack" else jnp.asarray(array))
    if name == "cuda.core":
        from cuda.core.utils import StridedMemoryView
        view = StridedMemoryView.from_dlpack(array, stream_ptr=mine.cuda_stream)
        with torch.cuda.stream(mine):
            return torch.from_dlpack(pane.asarray(Pointer(view.ptr, array.shape), ordering="by_caller").export("unordered")).clone().cpu().numpy()
    raise AssertionError(name)


class Pointer:
    def __init__(self, address, shape):
        self.__cuda_array_interface__ = {"shape": tuple(shape), "typestr": "<f4", "data": (address, False), "version": 3}


CONSUMERS = ("torch, DLPack", "torch, CAI", "cupy, CAI", "cupy, DLPack", "numba-cuda", "jax, DLPack", "jax, CAI", "cuda.core")


@pytest.mark.parametrize("name", [pytest.param(n, id=n.replace(", ", "-"),
                                               marks=pytest.mark.row(n.split(",")[0], "out" + n[len(n.split(",")[0]):], "order after Pane"))
                                  for n in CONSUMERS])
def test_consumer_sees_the_data(name):
    framework = name.split(",")[0]
    need(framework)
    take_now(name, pane.asarray(torch.zeros(frameworks.SHAPE, device="cuda")))  # loads what there is to load
    torch.cuda.synchronize()
    preset = {"numba-cuda": "numba", "cuda.core": "cuda_core"}.get(framework, framework)
    for consumer in (preset, "any"):
        array = slow_result()
        np.testing.assert_array_equal(take_now(name, array.export(consumer)), 7)
        torch.cuda.synchronize()
    array = slow_result()
    early = take_now(name, array.export("unordered"))
    torch.cuda.synchronize()
    np.testing.assert_array_equal(early, 1)  # the test can fail


def test_exports_do_not_wait_where_the_consumer_does():
    """Handing over to CuPy or by DLPack returns while the kernel is still waiting; the default CAI export blocks."""
    array = slow_result()
    stream = torch.cuda.ExternalStream(array.stream)
    array.export("cupy").__cuda_array_interface__
    array.__dlpack__(stream=quiet_stream().cuda_stream)
    assert not stream.query()
    array.__cuda_array_interface__
    assert stream.query()


def test_memory_of_the_module_names_the_stream_that_wrote_it():
    array, side = pane.empty((8,), "f32", 0), quiet_stream()
    assert array.stream is None
    source = torch.full((8,), 7.0, device="cuda")
    pane.reformat(torch.zeros(8, device="cuda"), array, stream=side)
    torch.cuda.synchronize()
    spin(side.cuda_stream)
    pane.reformat(source, array, stream=side)
    assert array.stream == side.cuda_stream and not side.query()
    with torch.cuda.stream(quiet_stream()):
        np.testing.assert_array_equal(torch.from_dlpack(array).clone().cpu().numpy(), 7)


# ---- lifetimes -------------------------------------------------------------------------------------------


class Alias:
    """Describes the memory of a tensor and does not own it."""

    def __init__(self, tensor):
        self.__cuda_array_interface__ = {"shape": tuple(tensor.shape), "typestr": "<f4", "data": (tensor.data_ptr(), False),
                                         "version": 3}


def drop_while_the_kernel_runs(owned):
    torch.cuda.synchronize()
    pane.collect()
    torch.cuda.empty_cache()
    side = quiet_stream()
    out = torch.zeros(1 << 24, device="cuda")
    source = torch.full((1 << 24,), 7.0, device="cuda")
    address = source.data_ptr()
    torch.cuda.synchronize()
    spin(side.cuda_stream, 300)
    pane.reformat(source if owned else Alias(source), out, stream=side, ordering="by_caller")  # no stream waits for side
    del source
    reused = torch.full((1 << 24,), 99.0, device="cuda")  # takes the block, if it was freed
    took_it = reused.data_ptr() == address
    assert not side.query()
    torch.cuda.synchronize()
    return out.cpu().numpy(), took_it


@pytest.mark.row("torch", "in", "dropped while the kernel runs")
def test_dropped_while_the_kernel_runs():
    values, took_it = drop_while_the_kernel_runs(owned=True)
    np.testing.assert_array_equal(values, 7)
    assert not took_it
    values, took_it = drop_while_the_kernel_runs(owned=False)
    assert took_it  # the test can fail
    np.testing.assert_array_equal(values, 99)


@pytest.mark.row("cupy", "in", "dropped while the kernel runs")
def test_cupy_dropped_while_the_kernel_runs():
    need("cupy")
    import cupy
    side = quiet_stream()
    out = cupy.zeros(1 << 20, "f4")
    source = cupy.full(1 << 20, 7, "f4")
    address = source.data.ptr
    torch.cuda.synchronize()
    spin(side.cuda_stream)
    pane.reformat(source, out, stream=side, ordering="by_caller")
    del source
    reused = cupy.full(1 << 20, 99, "f4")
    assert reused.data.ptr != address
    torch.cuda.synchronize()
    np.testing.assert_array_equal(cupy.asnumpy(out), 7)


class Tensor:
    """Weakly referable, counts."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __dlpack__(self, **arguments):
        return self.tensor.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.tensor.__dlpack_device__()


def test_kept_until_the_stream_has_passed_and_no_longer():
    side = quiet_stream()
    source = Tensor(torch.ones(16, device="cuda"))
    out = torch.zeros(16, device="cuda")
    alive = weakref.ref(source)
    torch.cuda.synchronize()
    spin(side.cuda_stream, 300)
    pane.reformat(source, out, stream=side)
    del source
    pane.collect()
    assert alive() is not None
    assert not side.query()
    side.synchronize()
    pane.collect()
    assert alive() is None


def test_fresh_result_outlives_its_kernel():
    side = quiet_stream()
    source = torch.full((1 << 20,), 7.0, device="cuda")
    torch.cuda.synchronize()
    spin(side.cuda_stream)
    result = torch.from_dlpack(pane.reformat(source, stream=side))
    del source
    torch.cuda.synchronize()
    assert (result == 7).all()


# ---- graphs ----------------------------------------------------------------------------------------------


@pytest.mark.row("torch", "in", "graph capture")
def test_import_and_kernel_in_a_graph():
    source = torch.zeros(4, 6, 3, dtype=torch.uint8, device="cuda")
    out = torch.zeros(3, 4, 6, device="cuda")
    pane.reformat(source, out, layout="HWC", to="CHW")
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        source.add_(1)
        pane.reformat(source, out, layout="HWC", to="CHW")
        out.mul_(2)
    for step in (1, 2, 3):
        graph.replay()
        torch.cuda.synchronize()
        assert (out == 2 * step).all()


def test_a_fork_inside_a_graph_is_ordered():
    """PyTorch's stream of the capture writes, Pane runs on a second stream of the same capture."""
    source = torch.zeros(1 << 16, device="cuda")
    out = torch.zeros(1 << 16, device="cuda")
    pane.reformat(source, out)
    torch.cuda.synchronize()
    side = quiet_stream()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        capture = torch.cuda.current_stream()
        side.wait_stream(capture)
        torch.cuda._sleep(20_000_000)
        source.add_(1)
        pane.reformat(source, out, stream=side)
        capture.wait_stream(side)
    graph.replay()
    torch.cuda.synchronize()
    assert (out == 1).all()


def test_a_capture_survives_what_it_refuses():
    import cupy
    array = cupy.ones(16, "f4")
    with cupy.cuda.ExternalStream(quiet_stream().cuda_stream):
        out = torch.zeros(16, device="cuda")
        source = torch.ones(16, device="cuda")
        pane.reformat(source, out)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            with pytest.raises(ValueError, match="captured"):
                pane.reformat(array, out, stream=torch.cuda.current_stream())  # CuPy's stream is outside
            with pytest.raises(ValueError, match="captured"):
                pane.reformat(source)  # a fresh result
            pane.reformat(source, out)
        graph.replay()
        torch.cuda.synchronize()
        assert (out == 1).all()


# ---- what PyTorch keeps to itself ------------------------------------------------------------------------


def test_torch_bits():
    with pytest.raises(ValueError, match="requires_grad: pass tensor.detach"):
        pane.asarray(torch.ones(2, device="cuda", requires_grad=True))
    with pytest.raises(ValueError, match="resolve_conj"):
        pane.asarray(torch.ones(2, dtype=torch.complex64, device="cuda").conj())
    negative = torch.ones(2, dtype=torch.complex64, device="cuda").conj().imag
    assert negative.is_neg()
    with pytest.raises(ValueError, match="resolve_neg"):
        pane.asarray(negative)
    np.testing.assert_array_equal(download(pane.reformat(negative.resolve_neg())), -0.0)


def test_torch_parameter_and_subclass():
    with pytest.raises(ValueError, match="requires_grad"):
        pane.asarray(torch.nn.Parameter(torch.ones(2, device="cuda")))

    class Mine(torch.Tensor):
        pass
    tensor = torch.ones(2, device="cuda").as_subclass(Mine)
    np.testing.assert_array_equal(download(pane.reformat(tensor)), 1)
    with pytest.raises(ValueError, match="requires_grad"):
        pane.asarray(torch.ones(2, device="cuda", requires_grad=True).as_subclass(Mine))


def test_torch_pinned_and_host():
    pinned = torch.arange(6).pin_memory()
    np.testing.assert_array_equal(np.asarray(pane.reformat(pinned)), np.arange(6))
    host = torch.arange(6)
    np.testing.assert_array_equal(np.asarray(pane.reformat(host)), np.arange(6))
    with pytest.raises((ValueError, TypeError)):
        pane.reformat(host, torch.zeros(6, dtype=torch.int64, device="cuda"))
    with pytest.raises((ValueError, TypeError)):
        pane.reformat(torch.zeros(6, dtype=torch.int64, device="cuda"), host)


def test_torch_aborts_on_what_is_refused():
    """PyTorch 2.11 ends the process on a negative stride: why an export refuses it. Later versions raise."""
    code = """
import faulthandler, torch, pane, frameworks
array = pane.asarray(frameworks.Raw("flipped", "f32"))
try:
    torch.from_dlpack(array.export("cupy"))
    print("taken")
except Exception as error:
    print("raised")
"""
    paths = [os.environ.get("PANE_PYTHON_DIR", ""), os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in paths if p)))
    assert run.returncode != 0 or "raised" in run.stdout, run.stdout + run.stderr
    if torch.__version__.startswith("2.11."):
        assert run.returncode < 0, run.stdout + run.stderr


# ---- CuPy ------------------------------------------------------------------------------------------------


def test_cupy_flipped_stride_of_dlpack():
    """CuPy up to 14.2 writes 2^61 - 1 for -1: read right as CuPy's quirk, refused otherwise; CAI needs no quirk."""
    need("cupy")
    import cupy
    flipped = cupy.arange(6, dtype="f8")[::-1]

    class Capsule:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **arguments):
            return self.array.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()
    np.testing.assert_array_equal(download(pane.reformat(flipped)), np.arange(6)[::-1])
    np.testing.assert_array_equal(download(pane.reformat(Capsule(flipped), producer="cupy")), np.arange(6)[::-1])
    if cupy.__version__ in ("14.0.0", "14.1.0", "14.2.0"):
        with pytest.raises(pane.ArrayImportError, match="cupy"):
            pane.asarray(Capsule(flipped))


def test_numba_says_contiguous_for_a_broadcast():
    """Why the matrix has no such row: the dictionary is wrong, and nobody can see it."""
    need("numba-cuda")
    from numba import cuda
    view = cuda.as_cuda_array(Raw("broadcast", "f32"))
    assert view.__cuda_array_interface__["strides"] is None


# ---- dictionaries of GPU memory --------------------------------------------------------------------------


class Changed:
    def __init__(self, raw, **changes):
        self.raw = raw
        self.__cuda_array_interface__ = raw.__cuda_array_interface__ | changes


def test_gpu_dictionaries_are_not_believed():
    raw = Raw("contiguous", "f32")
    address = raw.__cuda_array_interface__["data"][0]
    for changes, code in [
        ({"stream": 0}, "stream_zero"), ({"stream": -1}, "stream_negative"), ({"stream": True}, "bad_stream_type"),
        ({"data": (0, False)}, "null_data"), ({"data": (address + 2, False)}, "misaligned_pointer"),
        ({"data": (id(raw), False)}, "not_device_accessible"), ({"shape": (1 << 40, 6, 3), "strides": None}, "out_of_allocation"),
        ({"shape": (2**32, 2**32, 3)}, "size_overflow"), ({"version": 4}, "unsupported_version"),
        ({"strides": (72, 12, 3)}, "stride_not_multiple"), ({"typestr": ">f4"}, "foreign_byte_order"),
    ]:
        with pytest.raises(pane.ArrayImportError) as error:
            pane.asarray(Changed(raw, **changes))
        assert error.value.code == code, changes
    assert pane.asarray(Changed(raw, stream=-1), producer="cvcuda").shape == (4, 6, 3)
    assert pane.asarray(Changed(raw, stream=0), producer="pynvvideocodec").shape == (4, 6, 3)
    assert pane.asarray(Changed(raw, shape=[4, 6, 3])).shape == (4, 6, 3)


def test_streams_of_every_framework():
    expected = quiet_stream().cuda_stream
    assert pane.stream_handle(torch.cuda.ExternalStream(expected)) == expected
    assert pane.stream_handle(torch.cuda.default_stream()) == 1
    if not frameworks.why_missing("cupy"):
        import cupy
        assert pane.stream_handle(cupy.cuda.ExternalStream(expected)) == expected
        assert pane.stream_handle(cupy.cuda.Stream.null) == 1
        assert pane.stream_handle(cupy.cuda.Stream.ptds) == 2
    if not frameworks.why_missing("numba-cuda"):
        from numba import cuda
        assert pane.stream_handle(cuda.external_stream(expected)) == expected
        assert pane.stream_handle(cuda.default_stream()) == 1
    if not frameworks.why_missing("cuda.core"):
        from cuda.core import Device, Stream
        assert pane.stream_handle(Stream.from_handle(expected)) == expected
        device = Device(0)
        device.set_current()
        assert pane.stream_handle(device.default_stream) in (1, 2)
    if not frameworks.why_missing("pycuda"):
        import pycuda.autoprimaryctx  # noqa: F401
        import pycuda.driver
        stream = pycuda.driver.Stream()
        assert pane.stream_handle(stream) == stream.handle
    if not frameworks.why_missing("rmm"):
        from rmm.pylibrmm.stream import DEFAULT_STREAM
        assert pane.stream_handle(DEFAULT_STREAM) == 1


@pytest.mark.row("cuda.bindings", "in", "contiguous")
def test_cuda_bindings():
    """Memory and a stream of the runtime itself."""
    need("cuda.bindings")
    from cuda.bindings import runtime

    def check(result):
        assert result[0] == runtime.cudaError_t.cudaSuccess, result[0]
        return result[1] if len(result) == 2 else result[1:]
    address = check(runtime.cudaMalloc(96))
    stream = check(runtime.cudaStreamCreateWithFlags(runtime.cudaStreamNonBlocking))
    host = np.arange(24, dtype=np.float32)
    check(runtime.cudaMemcpyAsync(address, host.ctypes.data, 96, runtime.cudaMemcpyKind.cudaMemcpyHostToDevice, stream) + (None,))
    memory = Pointer(address, (24,))
    memory.__cuda_array_interface__["stream"] = int(stream)
    result = pane.reformat(memory, stream=int(stream))
    np.testing.assert_array_equal(download(result), host)
    torch.cuda.synchronize()
    del result
    pane.collect()
    runtime.cudaFree(address)
    runtime.cudaStreamDestroy(stream)


@pytest.mark.parametrize("number", [1, 2])
def test_streams_1_and_2_are_of_the_device_of_the_memory(number):
    if torch.cuda.device_count() < 2:
        pytest.skip("needs two GPUs")
    with torch.cuda.device(1):
        tensor = torch.ones(16, device="cuda:1")
        busy = torch.cuda.ExternalStream(number, device="cuda:1")
        out = torch.zeros(16, device="cuda:1")
        torch.cuda.synchronize()
        with torch.cuda.stream(busy):
            torch.cuda._sleep(100_000_000)
            tensor.fill_(7)
    alias = Alias(tensor)
    alias.__cuda_array_interface__["stream"] = number
    with torch.cuda.device(0):
        side = torch.cuda.Stream(device="cuda:1")
        pane.reformat(alias, out, stream=side)
        side.synchronize()
    assert (out == 7).all()
    assert torch.cuda.current_device() == 0


# ---- a decoder -------------------------------------------------------------------------------------------

CLIP = pathlib.Path(__file__).parent / "data" / "clip.mp4"
# ffmpeg -f lavfi -i testsrc2=size=192x144:rate=10:duration=0.4 -pix_fmt yuv420p -c:v libx264 -g 1 clip.mp4
# ffmpeg -i clip.mp4 -pix_fmt nv12 -f rawvideo -frames:v 1 - | sha256sum: H.264 decodes to the same bits everywhere
FIRST_FRAME = "0fda27d458145031615dd44a23de3b0b08b984b9d3182d2f116a165a439e8da4"


@pytest.fixture
def frame():
    need("PyNvVideoCodec")
    import PyNvVideoCodec as nvc
    decoder = nvc.SimpleDecoder(str(CLIP), gpu_id=0, use_device_memory=True, output_color_type=nvc.OutputColorType.NATIVE)
    out = decoder[0]
    torch.cuda.synchronize()
    yield out
    del out, decoder


@pytest.mark.row("PyNvVideoCodec", "in", "NV12 planes")
def test_pynvvideocodec_planes(frame):
    planes = [plane.__cuda_array_interface__ if hasattr(plane, "__cuda_array_interface__") else plane for plane in frame.cuda()]
    luma, chroma = frame.cuda()
    y = torch.from_dlpack(pane.reformat(luma, producer="pynvvideocodec")).cpu().numpy()
    uv = torch.from_dlpack(pane.reformat(chroma, producer="pynvvideocodec")).cpu().numpy()
    print(planes)
    assert y.shape == (144, 192, 1) and uv.shape == (72, 96, 2)
    assert hashlib.sha256(y.tobytes() + uv.tobytes()).hexdigest() == FIRST_FRAME


@pytest.mark.row("PyNvVideoCodec", "in", "fused preprocess")
def test_pynvvideocodec_preprocess(frame):
    """The planes where the decoder put them -> a batch: the same as from a copy on the CPU."""
    luma, chroma = frame.cuda()
    batch = pane.preprocess((luma, chroma), (96, 128), format="nv12", producer="pynvvideocodec")
    y = torch.from_dlpack(pane.reformat(luma, producer="pynvvideocodec")).cpu().numpy()
    uv = torch.from_dlpack(pane.reformat(chroma, producer="pynvvideocodec")).cpu().numpy()
    reference = pane.preprocess((y, uv), (96, 128), format="nv12")
    np.testing.assert_allclose(download(batch), np.asarray(reference), atol=1e-6)
    assert np.asarray(reference).std() > 0.1


@pytest.mark.row("PyNvVideoCodec", "in, DLPack", "NV12 surface")
def test_pynvvideocodec_dlpack(frame):
    tall = torch.from_dlpack(pane.reformat(frame)).cpu().numpy()
    assert hashlib.sha256(tall.tobytes()).hexdigest() == FIRST_FRAME


# ---- the C interface -------------------------------------------------------------------------------------


def test_c_library_by_json():
    """examples/python/ctypes_example.py on a GPU: the dictionary travels as JSON, the stream as a number."""
    import ctypes
    import json
    path = pathlib.Path(os.environ.get("PANE_PYTHON_DIR", ".")) / "libpane_c.so"
    if not path.exists():
        pytest.skip("needs libpane_c.so beside the module")
    library = ctypes.CDLL(str(path))
    library.pane_resize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int]
    source = torch.arange(48, dtype=torch.uint8, device="cuda").reshape(4, 4, 3)
    out = torch.zeros(4, 4, 3, dtype=torch.uint8, device="cuda")
    stream = quiet_stream()
    torch.cuda.synchronize()
    error = ctypes.create_string_buffer(1000)
    text = [json.dumps(t.__cuda_array_interface__).encode() for t in (source, out)]
    assert library.pane_resize(*text, stream.cuda_stream, error, 1000) == 0, error.value
    stream.synchronize()
    assert torch.equal(source, out)
    broken = json.dumps(out.__cuda_array_interface__ | {"shape": [4, -4, 3]}).encode()
    assert library.pane_resize(text[0], broken, 1, error, 1000) == 1
    assert b"negative_extent" in error.value
