# SPDX-License-Identifier: MIT
"""Object -> view -> kernel -> object, and tensor -> object -> framework: every framework, every form, values equal."""
import frameworks
import numpy as np
import pane
import pytest
from frameworks import CASES, NotExpressible, Raw, case_name, download, values

KERNELS = [(f, form, dtype) for f in frameworks.here() for form, dtype in CASES]


def rows(direction, protocols=None):
    out = []
    for f, form, dtype in KERNELS:
        for protocol in (protocols(f) if protocols else [None]):
            case = case_name(form, dtype)
            name = direction if protocol is None else f"{direction}, {protocol}"
            out.append(pytest.param(f, form, dtype, protocol, id=f"{f.name}-{protocol or 'any'}-{case}".replace(" ", "_"),
                                    marks=pytest.mark.row(f.name, name, case)))
    return out


@pytest.mark.parametrize("name", [n for n in frameworks.MODULES])
def test_framework_is_here(name):
    if frameworks.why_missing(name):
        pytest.skip(frameworks.why_missing(name))


@pytest.mark.parametrize("framework, form, dtype, protocol", rows("in"))
def test_in(framework, form, dtype, protocol):
    try:
        source = framework.make(form, dtype)
    except NotExpressible as why:
        pytest.skip(f"not expressible: {why}")
    expected = framework.expected(form, dtype) if hasattr(framework, "expected") else values(form, dtype)
    view = pane.asarray(source)
    assert view.shape == expected.shape
    assert view.dtype == getattr(framework, "dtype", dtype)
    if form != "zero size":
        assert view.readonly == (form in ("read-only", "broadcast") or framework.name == "jax")
    out = pane.reformat(source)
    np.testing.assert_array_equal(download(out), expected)
    if form == "contiguous" and expected.ndim == 3 and dtype != "bool":  # a second kernel, which interpolates
        double = pane.resize(source, (8, 12), layout="HWC")
        same = pane.resize(source, (4, 6), layout="HWC")
        assert double.shape == (8, 12, 3)
        np.testing.assert_array_equal(download(same), expected)


@pytest.mark.parametrize("framework, form, dtype, protocol", rows("out", lambda f: f.takers()))
def test_out(framework, form, dtype, protocol, record_property):
    why = getattr(framework, "taken_not", {}).get((protocol, case_name(form, dtype)))
    if why and (framework.name, form) == ("numba-cuda", "broadcast"):  # it would read past the end of the memory
        pytest.skip(f"not expressible: {why}")
    host = framework.name == "numpy"
    try:
        source = framework.make(form, dtype) if host else Raw(form, dtype)
    except NotExpressible as why_not:
        pytest.skip(f"not expressible: {why_not}")
    if not host and form == "contiguous":  # what a kernel wrote
        twin = Raw(form, dtype)
        source.memory.zero_()
        pane.reformat(twin, source)
    array = pane.asarray(source)
    name = framework.name.replace("nvimgcodec", "nvimagecodec").replace("-cuda", "").replace(".", "_")
    refused = case_name(form, dtype) in framework.refuses
    if refused:
        with pytest.raises((ValueError, BufferError)) as error:
            exported = array.export(name)
            exported.__cuda_array_interface__
        record_property("refused", str(error.value).rsplit(": ", 1)[-1][:120])
        return
    expected = values(form, dtype)
    if why:  # the framework says so itself
        try:
            result = framework.to_float(framework.takers()[protocol](array.export(name)))
        except Exception:
            result = None
        if result is None or result.shape != expected.shape or (result != expected).any():
            pytest.skip(f"not expressible: {why}")
        return
    result = framework.to_float(framework.takers()[protocol](array.export(name)))
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


def test_out_default_export_is_safe(gpu):
    """An Array that nobody exported for anyone: no key `stream`, version 3, None for C order, no negative strides."""
    import torch
    array = pane.reformat(torch.arange(12, device="cuda").reshape(3, 4))
    assert array.stream is not None
    cai = array.__cuda_array_interface__
    assert sorted(cai) == ["data", "shape", "strides", "typestr", "version"]
    assert cai["version"] == 3 and cai["strides"] is None and cai["data"] == (array.pointer, False)
    assert isinstance(cai["shape"], tuple) and cai["typestr"] == "<i8"
    named = array.export("cupy").__cuda_array_interface__
    assert named["stream"] == array.stream
    with pytest.raises(ValueError, match="negative"):
        pane.asarray(Raw("flipped", "f32")).__cuda_array_interface__
    with pytest.raises(ValueError, match="negative"):
        pane.asarray(Raw("flipped", "f32")).__dlpack__(max_version=(1, 0))


ALL_TYPES = ("u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f16", "f32", "f64", "bool")


@pytest.mark.parametrize("dtype", ALL_TYPES)
def test_every_type_in_and_out_of_numpy(dtype):
    kind = np.dtype({"bool": "?"}.get(dtype) or dtype.replace("s", "i").replace("u", "u")[0] + str(int(dtype[1:]) // 8))
    array = np.arange(24).reshape(2, 3, 4).astype(kind)
    out = np.zeros((4, 3, 2), kind)
    assert pane.reformat(array, out, layout="HWC", to="CWH") is out
    np.testing.assert_array_equal(out, array.transpose(2, 1, 0))
    assert pane.asarray(array).dtype == dtype
    if dtype != "bool" or frameworks.numpy_version >= (1, 25):
        assert np.from_dlpack(pane.asarray(array)).dtype == kind


@pytest.mark.parametrize("dtype", ALL_TYPES + ("bf16", "f8_e4m3", "f8_e5m2"))
def test_every_type_in_and_out_of_torch(gpu, dtype):
    import torch
    kind = {"u8": torch.uint8, "s8": torch.int8, "u16": torch.uint16, "s16": torch.int16, "u32": torch.uint32,
            "s32": torch.int32, "u64": torch.uint64, "s64": torch.int64, "f16": torch.float16, "bf16": torch.bfloat16,
            "f32": torch.float32, "f64": torch.float64, "bool": torch.bool, "f8_e4m3": torch.float8_e4m3fn,
            "f8_e5m2": torch.float8_e5m2}[dtype]
    tensor = (torch.arange(24).reshape(2, 3, 4) % (2 if dtype == "bool" else 16)).to("cuda").to(kind)
    assert pane.asarray(tensor).dtype == dtype
    out = torch.from_dlpack(pane.reformat(tensor))
    assert out.dtype == kind
    assert torch.equal(out.view(torch.uint8), tensor.view(torch.uint8))
