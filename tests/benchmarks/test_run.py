# SPDX-License-Identifier: MIT
"""The program that times everybody, with a GPU that is only acted: its events tell a clock of the host, its graphs do
nothing when they are replayed. What is tested is what ends up in the rows."""
import argparse
import contextlib
import ctypes
import json
import pathlib
import sys
import time
import types

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
torch = pytest.importorskip("torch")
if torch.cuda.is_available():
    pytest.skip("needs a machine without a GPU: benchmarks/run is the test there", allow_module_level=True)
from benchmarks.peers import __main__ as program  # noqa: E402
from benchmarks.peers import harness  # noqa: E402
from benchmarks.peers.harness import Contender  # noqa: E402
from benchmarks.peers.library import Shape  # noqa: E402
from benchmarks.peers.reference import reference  # noqa: E402
from benchmarks.peers.specs import Spec  # noqa: E402

SPEC = Spec("p1_small", "planar", 2, 6, 10, 6, 10, "f32")


class Event:
    def __init__(self, enable_timing):
        self.at = 0.0

    def record(self):
        self.at = time.perf_counter()

    def synchronize(self):
        pass

    def elapsed_time(self, other):
        return 1e3 * (other.at - self.at) + 1e-3


class Graph:
    capturing = False

    def capture_begin(self):
        Graph.capturing = True

    def capture_end(self):
        Graph.capturing = False

    def replay(self):
        pass


def exact(data, out):
    frames = [reference(SPEC, frame) for frame in data.chunk(SPEC.frames)]
    out.copy_(torch.cat(frames))


class Pane:
    """A library of one case with peers and one without."""
    names = [SPEC.name, "p9_alone"]
    differs = {}

    def __init__(self, path):
        pass

    def shape(self, name):
        return Shape(SPEC.frames, SPEC.in_bytes, SPEC.out_count, SPEC.element, 1e6)

    def enqueue(self, name, stream, in_pointer, out_pointer):
        def at(pointer, kind, count):
            return torch.frombuffer((kind * count).from_address(pointer), dtype=getattr(torch, dtypes[kind]))
        dtypes = {ctypes.c_uint8: "uint8", ctypes.c_float: "float32"}
        exact(at(in_pointer, ctypes.c_uint8, SPEC.frames * SPEC.in_bytes),
              at(out_pointer, ctypes.c_float, SPEC.frames * SPEC.out_count))

    def on_host(self, name, in_pointer, out_pointer):
        data = torch.frombuffer((ctypes.c_uint8 * SPEC.in_bytes).from_address(in_pointer), dtype=torch.uint8)
        out = torch.frombuffer((ctypes.c_float * SPEC.out_count).from_address(out_pointer), dtype=torch.float32)
        out.copy_(reference(SPEC, data))

    def submit_us(self, name, stream, in_pointer, out_pointer):
        return 3.0

    def kernels(self, name, in_pointer, out_pointer):
        return {"kernels": 1, "registers": 32, "local_bytes": 0, "shared_bytes": 0}

    def copy_rate(self):
        return 1e12

    def empty(self, stream):
        pass

    def empty_submit_us(self, stream):
        return 2.0


def peers(spec):
    def uncapturable(data, out):
        if Graph.capturing:
            raise RuntimeError("not while capturing")
        exact(data, out)

    def broken(data, out):
        raise ValueError("no such function")
    yield Contender("good", "good", exact)
    yield Contender("returns", "good", lambda data, out: torch.cat([reference(SPEC, f) for f in data.chunk(2)]).float())
    yield Contender("wrong", "wrong", lambda data, out: out.zero_())
    yield Contender("says so", "wrong", exact, "other geometry")
    yield Contender("uncapturable", "good", uncapturable)
    yield Contender("broken", "broken", broken)


@pytest.fixture
def result(monkeypatch, tmp_path):
    stream = types.SimpleNamespace(cuda_stream=0, synchronize=lambda: None)
    for name, value in {"Event": Event, "CUDAGraph": Graph, "Stream": lambda: stream, "current_stream": lambda: stream,
                        "stream": lambda s: contextlib.nullcontext(), "synchronize": lambda: None,
                        "empty_cache": lambda: None}.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(program, "Library", Pane)
    monkeypatch.setattr(program, "MODULES", ())
    monkeypatch.setattr(program, "SPECS", {SPEC.name: SPEC})
    monkeypatch.setattr(program, "smi", lambda *fields: {field: "1" for field in fields})
    monkeypatch.setattr(harness, "ENOUGH", 3 * SPEC.frames * (SPEC.in_bytes + 4 * SPEC.out_count))
    monkeypatch.setattr(harness, "FLUSH_BYTES", 1024)
    path = tmp_path / "library.so"
    path.write_bytes(b"1234")
    args = argparse.Namespace(library=str(path), npp="", out=tmp_path / "run.json", google=None, only="", no_peers=False,
                              limit=100.0, more=False)
    run = program.Run(args)
    run.modules.append(types.SimpleNamespace(contenders=peers, __name__="acted"))
    run.all()
    return json.loads(args.out.read_text()), args, path.with_name("run.md").read_text()


def rows(case):
    return {row["name"]: row for row in case["rows"]}


def test_every_contender_gets_a_row_that_says_what_became_of_it(result):
    run, _, report = result
    case, alone = run["cases"]
    assert (case["name"], alone["name"]) == ("p1_small", "p9_alone")
    got = rows(case)
    assert [name for name in got if got[name]["counted"]] == ["Pane", "good", "returns", "uncapturable"]
    assert got["wrong"]["error"] > got["wrong"]["bound"]
    assert got["says so"]["error"] <= got["says so"]["bound"] and not got["says so"]["counted"]
    assert got["broken"]["failed"] == "no such function" and "rotated_us" not in got["broken"]
    assert not got["uncapturable"]["graph"] and got["uncapturable"]["why_no_graph"] == "not while capturing"
    assert got["Pane"]["graph"] and got["Pane"]["submit_us"] == 3.0 and got["good"]["submit_us"] > 0
    assert case["floor_us"] == pytest.approx(1.0)
    assert run["context"]["empty_submit_us"] == 2.0
    assert {"rotated_us", "hot_us", "cold_us", "natural_us"} <= set(got["good"])
    assert "natural_us" not in rows(alone)["Pane"] and "failed" not in rows(alone)["Pane"]
    assert "| p1_small | 1.0 |" in report and "failed: no such function" in report


def test_a_run_is_continued_where_it_stopped(result):
    run, args, _ = result
    args.more = True
    more = program.Run(args)
    assert [case["name"] for case in more.result["cases"]] == [case["name"] for case in run["cases"]]
    more.all()
    assert len(json.loads(args.out.read_text())["cases"]) == 2


def test_what_the_limit_leaves_out_is_named(result):
    _, args, _ = result
    args.limit = -1.0
    again = program.Run(args)
    assert not again.all()["cases"]
    assert "limit" in again.missing["p1_small"]


def test_buffers_lie_in_six_places_where_they_fit(monkeypatch):
    shape = Pane("").shape(SPEC.name)
    one = shape.frames * (shape.in_bytes + 4 * shape.out_count)

    def sets(enough, most):
        monkeypatch.setattr(harness, "ENOUGH", enough)
        monkeypatch.setattr(harness, "MOST_BYTES", most)
        return len(harness.Buffers(shape, lambda count, i: torch.zeros(count, dtype=torch.uint8)))
    assert [sets(1, most) for most in (one, 3 * one, 100 * one)] == [2, 3, 6]
    assert [sets(enough * one, one) for enough in (5, 9, 100)] == [5, 9, 32]
