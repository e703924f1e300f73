# SPDX-License-Identifier: MIT
"""Runs the snippets of examples/python/README.md."""
import pathlib
import re

import frameworks
import pytest

README = pathlib.Path(__file__).parent / "../../examples/python/README.md"
if not README.exists():
    README = pathlib.Path(__file__).parent / "README.md"
NAMES = {"PyTorch": "torch", "CuPy": "cupy", "Numba": "numba-cuda", "JAX": "jax", "PyCUDA": "pycuda", "NumPy": "numpy",
         "nvImageCodec": "nvimgcodec", "CV-CUDA": "cvcuda", "RMM": "rmm"}
SNIPPETS = re.findall(r"^### (.+?)\n+```python\n(.+?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_there_are_snippets():
    assert len(SNIPPETS) == 11


@pytest.mark.parametrize("title, code", SNIPPETS, ids=[title for title, _ in SNIPPETS])
def test_snippet(title, code):
    why = frameworks.why_missing(NAMES.get(title, title))
    if why:
        pytest.skip(why)
    scope = {"path": str(pathlib.Path(__file__).parent / "data" / "clip.mp4")}
    exec(code, scope)
    if title != "NumPy":
        import torch
        torch.cuda.synchronize()
    if title == "PyTorch":
        assert torch.equal(scope["planar"], scope["frame"].permute(2, 0, 1))
    if title == "CuPy":
        assert scope["mean"] == 7
    if title == "Numba":
        assert scope["host"].shape == (3, 1080, 1920) and (scope["host"] == 7).all()
    if title == "NumPy":
        assert (scope["flipped"] == scope["frame"]).all()
    if title == "PyCUDA":
        assert (scope["small"].get() == 7).all()
    if title == "RMM":
        assert scope["copy"].tobytes() == bytes(range(64))
