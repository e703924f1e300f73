# SPDX-License-Identifier: MIT
"""What needs no GPU: NumPy in and out, refusals, lifetimes, streams as arguments."""
import gc
import sys
import threading
import weakref

import numpy as np
import pane
import pytest


def test_values_of_the_kernels():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    planar = np.zeros((3, 2, 4), np.float32)
    pane.reformat(image, planar, layout="HWC", to="CHW")
    np.testing.assert_array_equal(planar, image.transpose(2, 0, 1))
    batch = pane.preprocess(image, (2, 4), scale=1.0, mean=(1, 2, 3), std=(2, 2, 2))
    assert batch.shape == (1, 3, 2, 4) and batch.dtype == "f32" and batch.layout == ""
    wanted = (image.transpose(2, 0, 1) - np.array([1, 2, 3]).reshape(3, 1, 1)) / 2
    np.testing.assert_allclose(np.asarray(batch)[0], wanted, rtol=1e-6)
    gray = np.full((6, 4), 128, np.uint8)
    gray[:4] = 16  # black: Y 16, U and V 128
    out = np.ones((1, 3, 4, 4), np.float16)
    assert pane.preprocess(gray, out=out, format="nv12") is out
    np.testing.assert_allclose(out, 0, atol=1e-6)
    pair = pane.preprocess((gray[:4], gray[4:].reshape(2, 2, 2)), (4, 4), format="nv12")
    np.testing.assert_allclose(np.asarray(pair), 0, atol=1e-6)


def test_resize_into_a_view_of_the_caller():
    canvas = np.zeros((8, 8, 3), np.uint8)
    pane.resize(np.full((2, 2, 3), 7, np.uint8), out=canvas[2:6, ::-1][:, 1:5], layout="HWC")
    assert canvas.sum() == 7 * 4 * 4 * 3
    assert (canvas[2:6, 3:7] == 7).all()


@pytest.mark.parametrize("make, error, text", [
    (lambda: pane.asarray(5), TypeError, "int is no array"),
    (lambda: pane.asarray(np.zeros(3, ">f4")), pane.ArrayImportError, "foreign_byte_order"),
    (lambda: pane.asarray(np.zeros(3, "c8")), pane.ArrayImportError, "dtype_mismatch"),
    (lambda: pane.asarray(np.zeros(3, "U2")), pane.ArrayImportError, "unsupported_kind"),
    (lambda: pane.reformat(np.zeros((2, 3)), np.zeros((2, 4))), ValueError, "the shapes must agree"),
    (lambda: pane.reformat(np.zeros((2, 3), np.int32), dtype="f32"), TypeError, "compiled in"),
    (lambda: pane.reformat(np.zeros((1,) * 5)), TypeError, "at most 4 axes"),
    (lambda: pane.resize(np.zeros((2, 3, 3), np.int64), (4, 4), layout="HWC"), TypeError, "compiled in"),
    (lambda: pane.resize(np.zeros((2, 3, 3), np.uint8)), ValueError, "size=(height, width) or out"),
    (lambda: pane.reformat(np.zeros(3), np.broadcast_to(np.zeros(1), (3,))), pane.ArrayImportError, "read_only"),
    (lambda: pane.reformat(np.zeros(3), layout="W", to="H"), ValueError, "each axis is named once"),
    (lambda: pane.asarray(np.zeros(3)).export("nobody"), ValueError, "is no consumer; they are any, torch"),
])
def test_errors(make, error, text):
    with pytest.raises(error) as raised:
        make()
    assert text in str(raised.value)
    if error is pane.ArrayImportError:
        assert raised.value.code in str(raised.value)
    assert isinstance(raised.value, ValueError) == (error is not TypeError)


def test_overlap_is_refused_with_both_arrays_in_the_text():
    a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    with pytest.raises(ValueError, match="overlaps src") as error:
        pane.reformat(a[:2], a[1:])
    assert str(error.value).count("u8 [1, 2, 4]") == 2


class Interface:
    def __init__(self, base, **changes):
        self.base = base
        self.__array_interface__ = dict(base.__array_interface__) | changes


@pytest.mark.parametrize("changes, code", [
    ({"shape": (True, 4)}, "bad_shape_type"),
    ({"shape": (2.0, 4)}, "bad_shape_type"),
    ({"shape": (2**64 + 3, 4)}, "int_out_of_range"),
    ({"shape": (-2, 4)}, "negative_extent"),
    ({"shape": (2**40, 2**40)}, "size_overflow"),
    ({"shape": "ab"}, "bad_shape_type"),
    ({"data": (2**64, False)}, "int_out_of_range"),
    ({"data": (True, False)}, "bad_data"),
    ({"data": None}, "bad_data"),
    ({"strides": (4.0, 1)}, "bad_strides_type"),
    ({"strides": (1,)}, "strides_rank_mismatch"),
    ({"typestr": "<f4\0"}, "bad_typestr"),
    ({"typestr": 3}, "bad_typestr"),
    ({"version": True}, "bad_version_type"),
    ({"version": 2}, "unsupported_version"),
    ({"mask": np.zeros(1)}, "masked"),
])
def test_dictionaries_are_not_believed(changes, code):
    base = np.zeros((2, 4), np.uint8)
    with pytest.raises(pane.ArrayImportError) as error:
        pane.asarray(Interface(base, **changes))
    assert error.value.code == code


def test_lists_and_numpy_integers_are_tolerated():
    base = np.arange(8, dtype=np.uint8).reshape(2, 4)
    odd = Interface(base, shape=[np.int64(2), 4], strides=[4, 1])
    np.testing.assert_array_equal(np.asarray(pane.reformat(odd)), base)


def test_nesting_without_end():
    base = np.zeros((2, 4), np.uint8)
    loop = []
    loop.append(loop)
    deep = ()
    for _ in range(100000):
        deep = (deep,)
    for value in (loop, deep, (0,) * 100000):
        with pytest.raises(pane.ArrayImportError):
            pane.asarray(Interface(base, shape=value))


def test_reading_the_attribute_raises():
    class Broken:
        @property
        def __array_interface__(self):
            raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        pane.asarray(Broken())


# ---- DLPack --------------------------------------------------------------------------------------------


class Dlpack:
    """Hands out a capsule of a NumPy array."""

    def __init__(self, array, **versions):
        self.array = array
        self.capsule = array.__dlpack__(**versions)
        self.asked = []

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, **arguments):
        self.asked.append(arguments)
        return self.capsule


class OldDlpack(Dlpack):
    def __dlpack__(self, stream=None):
        self.asked.append({"stream": stream})
        return self.capsule


class TypeErrorInside(Dlpack):
    def __dlpack__(self, *, stream=None, max_version=None):
        self.asked.append({})
        raise TypeError("a mistake of its own")


newer_numpy = pytest.mark.skipif(tuple(map(int, np.__version__.split(".")[:2])) < (2, 1),
                                 reason="needs NumPy 2.1, whose DLPack has versions")


def test_dlpack_is_taken_once():
    array = np.arange(6, dtype=np.float32)
    source = Dlpack(array)
    before = sys.getrefcount(array)
    view = pane.asarray(source)
    np.testing.assert_array_equal(np.asarray(view), array)
    assert "used_dltensor" in repr(source.capsule)
    with pytest.raises(pane.ArrayImportError) as error:
        pane.asarray(source)
    assert error.value.code == "consumed"
    del view
    source.capsule = None
    gc.collect()
    assert sys.getrefcount(array) == before - 1  # the capsule's own reference is gone too, and only once


def test_refused_capsule_is_left_to_its_producer():
    array = np.zeros(3, np.complex64)
    source = Dlpack(array)
    before = sys.getrefcount(array)
    with pytest.raises(pane.ArrayImportError):
        pane.asarray(source)
    assert "used" not in repr(source.capsule)
    source.capsule = None
    assert sys.getrefcount(array) == before - 1


def test_max_version_is_asked_for_where_it_is_known():
    new, old = Dlpack(np.zeros(2)), OldDlpack(np.zeros(2))
    pane.asarray(new)
    pane.asarray(old)
    assert new.asked[0]["max_version"] == (1, 1)
    assert old.asked == [{"stream": None}]
    wrong = TypeErrorInside(np.zeros(2))
    with pytest.raises(TypeError, match="a mistake of its own"):
        pane.asarray(wrong)
    assert len(wrong.asked) == 1


@pytest.mark.parametrize("answer", [None, 5, "dltensor", object()])
def test_no_capsule(answer):
    source = Dlpack(np.zeros(2))
    source.capsule = answer
    with pytest.raises(pane.ArrayImportError) as error:
        pane.asarray(source)
    assert error.value.code == "not_a_dlpack_capsule"


def test_legacy_dlpack_is_read_only_until_the_caller_writes():
    array = np.zeros(2)
    assert pane.asarray(Dlpack(array)).readonly
    assert not pane.asarray(Dlpack(array), writable=True).readonly


@newer_numpy
def test_read_only_flag():
    array = np.zeros(2)
    array.flags.writeable = False
    source = Dlpack(array, max_version=(1, 0))
    with pytest.raises(pane.ArrayImportError) as error:
        pane.asarray(source, writable=True)
    assert error.value.code == "read_only"
    view = pane.asarray(array)
    assert view.readonly
    with pytest.raises(BufferError):
        view.__dlpack__()
    assert "dltensor_versioned" in repr(view.__dlpack__(max_version=(1, 0)))
    assert not np.from_dlpack(view).flags.writeable


def test_dlpack_arguments():
    view = pane.asarray(np.zeros((2, 3), np.float32))
    assert view.__dlpack_device__() == (1, 0)
    assert '"dltensor"' in repr(view.__dlpack__())
    assert '"dltensor_versioned"' in repr(view.__dlpack__(max_version=(1, 0)))
    assert '"dltensor"' in repr(view.__dlpack__(max_version=(0, 8)))
    assert '"dltensor"' in repr(view.__dlpack__(dl_device=(1, 0), copy=False))
    for arguments, error in (({"stream": 1}, ValueError), ({"copy": True}, BufferError), ({"dl_device": (2, 0)}, BufferError),
                             ({"max_version": 1}, ValueError)):
        with pytest.raises(error):
            view.__dlpack__(**arguments)
    with pytest.raises(TypeError):
        view.__dlpack__(None)


# ---- lifetimes -----------------------------------------------------------------------------------------


class Array(np.ndarray):
    """Weakly referable."""


def test_view_keeps_the_object():
    array = np.arange(5).view(Array)
    alive = weakref.ref(array)
    view = pane.asarray(array)
    del array
    gc.collect()
    np.testing.assert_array_equal(np.asarray(view), np.arange(5))
    del view
    gc.collect()
    assert alive() is None


def test_consumer_keeps_the_object():
    array = np.arange(5).view(Array)
    alive = weakref.ref(array)
    consumer = np.from_dlpack(pane.asarray(array))
    other = np.asarray(pane.reformat(array))
    del array
    gc.collect()
    np.testing.assert_array_equal(consumer, other)
    assert alive() is not None
    del consumer
    gc.collect()
    pane.collect()
    assert alive() is None


def test_unused_capsule_frees():
    array = np.arange(5).view(Array)
    alive = weakref.ref(array)
    capsule = pane.asarray(array).__dlpack__()
    del array
    gc.collect()
    assert alive() is not None
    del capsule
    gc.collect()
    assert alive() is None


def test_many_threads():
    array = np.arange(600, dtype=np.uint8).reshape(10, 20, 3)
    before = sys.getrefcount(array)
    wrong = []

    def work():
        for _ in range(50):
            if not (np.asarray(pane.reformat(array)) == array).all():
                wrong.append(1)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert sys.getrefcount(array) == before


def test_drop_without_the_gil_and_at_the_end_of_the_interpreter():
    """A DLPack deleter may run anywhere. NumPy's array is dropped by a C thread, and one outlives the interpreter."""
    import subprocess
    code = """
import ctypes, gc, sys, threading, weakref
import numpy as np, pane
class Array(np.ndarray): pass
array = np.arange(4).view(Array)
alive = weakref.ref(array)
capsule = pane.asarray(array).__dlpack__()
get = ctypes.pythonapi.PyCapsule_GetPointer
get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
rename = ctypes.pythonapi.PyCapsule_SetName
rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
managed = get(capsule, b"dltensor")
used = b"used_dltensor"
rename(capsule, used)
deleter = ctypes.cast(managed + 56, ctypes.POINTER(ctypes.c_void_p))[0]
del array
ctypes.CFUNCTYPE(None, ctypes.c_void_p)(deleter)(managed)  # ctypes lets the GIL go for the call
pane.collect()
gc.collect()
assert alive() is None
# one that is dropped when the interpreter has ended
array = np.arange(4)
capsule = pane.asarray(array).__dlpack__()
managed = get(capsule, b"dltensor")
rename(capsule, used)
deleter = ctypes.cast(managed + 56, ctypes.POINTER(ctypes.c_void_p))[0]
libc = ctypes.CDLL(None)
libc.on_exit.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
# void on_exit(void (*f)(int, void*), void*): the deleter takes its argument first, so a call by __cxa_atexit fits
libc.__cxa_atexit.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
libc.__cxa_atexit(deleter, managed, None)
print("end")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment())
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["end"]


def _environment():
    import os
    return dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, [os.environ.get("PANE_PYTHON_DIR"),
                                                                     os.environ.get("PYTHONPATH")])))


# ---- streams as arguments ------------------------------------------------------------------------------


class Stream:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Protocol:
    def __init__(self, answer):
        self.answer = answer

    def __cuda_stream__(self):
        return self.answer


@pytest.mark.parametrize("stream, handle", [
    (None, 1), (0, 1), (1, 1), (2, 2), (94265387014832, 94265387014832), (2**64 - 1, 2**64 - 1), (np.int64(7), 7),
    (Stream(cuda_stream=0), 1), (Stream(cuda_stream=77), 77), (Stream(ptr=78), 78), (Stream(handle=79), 79),
    (Protocol((0, 0)), 1), (Protocol((0, 80)), 80),
])
def test_streams(stream, handle):
    assert pane.stream_handle(stream) == handle


@pytest.mark.parametrize("stream, error", [
    (True, TypeError), (1.0, TypeError), ("1", TypeError), (object(), TypeError), ((0, 1), TypeError), (-1, ValueError),
    (2**64, ValueError), (-(2**70), ValueError), (Stream(cuda_stream=-1), ValueError), (Protocol((1, 5)), ValueError),
    (Protocol((0, -1)), ValueError), (Protocol(5), ValueError), (Protocol((0, True)), ValueError), (Stream(ptr=None), TypeError),
])
def test_no_streams(stream, error):
    with pytest.raises(error):
        pane.stream_handle(stream)


def test_repr():
    text = repr(pane.asarray(np.zeros((2, 3), np.float32)))
    assert text == "pane.Array(shape=[2, 3], dtype=f32, strides=[12, 4], device=cpu)"
