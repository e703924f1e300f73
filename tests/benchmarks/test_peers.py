# SPDX-License-Identifier: MIT
"""The Python side of the benchmarks without a GPU: what it says of the cases, its references, its tables."""
import os
import pathlib
import py_compile
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from benchmarks.peers import results  # noqa: E402
from benchmarks.peers.specs import SPECS, Spec, letterbox_place  # noqa: E402


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").rglob("*.py")), ids=lambda p: p.name)
def test_every_program_compiles(path, tmp_path):
    py_compile.compile(str(path), cfile=str(tmp_path / "out.pyc"), doraise=True)


def row(name, median, library="torch", **more):
    times = {"median": median, "q1": median, "q3": median}
    kernels = {"kernels": 1, "registers": 40, "local_bytes": 0, "shared_bytes": 0}
    return {"name": name, "library": library, "differs": "", "error": 0.5, "bound": 1.0, "counted": True, "graph": True,
            "why_no_graph": "", "rotated_us": times, "hot_us": times, "cold_us": times, "submit_us": 2.0,
            "kernels": kernels} | more


@pytest.fixture
def run():
    """Three cases: a win over a peer, a loss, and one without a peer that counts."""
    wrong = row("other geometry", 1.0, counted=False, error=9.0)
    broken = {"name": "broken", "library": "npp", "differs": "", "counted": False, "failed": "NppStatus -21"}
    ours = row("Pane", 10.0, "pane")
    rows = {"won": (8.0, [ours, row("slow", 40.0), row("near", 20.0, "triton"), wrong]),
            "alone": (9.0, [ours, wrong, broken]),
            "lost": (9.0, [ours, row("fast", 9.5)])}
    cases = [{"name": name, "floor_us": floor, "copy_GBps": 3990.0 if name == "lost" else 4000.0, "rows": its}
             for name, (floor, its) in rows.items()]
    context = {"gpu": "a GPU", "driver": "1", "cuda": "13.0", "date": "2026-01-02T03:04:05", "copy_GBps": 4000.0,
               "empty_us": {"rotated": 0.5, "cold": 6.0}, "empty_submit_us": 3.0}
    return {"context": context, "libraries": {"torch": "2"}, "missing": {"DALI": "not here"}, "cases": cases}


def test_losses_come_first_and_cases_without_a_peer_last(run):
    assert [case["name"] for case in results.by_loss(run)] == ["lost", "won", "alone"]


def test_the_best_peer_is_the_fastest_that_counts(run):
    won = run["cases"][0]
    assert [peer["name"] for peer in results.counted(won)] == ["near", "slow"]
    assert results.ratio(won, results.counted(won)[0]) == 2.0
    assert [peer["name"] for peer in results.others(won)] == ["other geometry"]


def test_the_scores_are_geometric_means_over_the_cases_with_a_peer(run):
    ours, theirs = results.scores(run)
    assert ours == pytest.approx((0.85 * 0.95) ** 0.5)
    assert theirs == pytest.approx((8.5 / 20 * 9.5 / 9.5) ** 0.5)


def test_the_readme_table_has_a_line_a_case(run):
    lines = results.readme_table(run).splitlines()
    assert lines[2] == "| lost | 9.0 | 10.0 | 0.90 | fast 9.5 | fast 9.5 | 0.95 |"
    assert lines[3] == "| won | 8.0 | 10.0 | 0.80 | near 20.0 | slow 40.0 | 2.00 |"
    assert lines[4] == "| alone | 9.0 | 10.0 | 0.90 | - | - | - |"
    assert "2026-01-02. Copy rate 3990 to 4000 GB/s" in lines[-1]


def test_the_report_names_what_failed_and_what_is_missing(run):
    text = results.report(run)
    assert "failed: NppStatus -21" in text
    assert "- DALI: not here" in text
    assert "outside the bound" in text
    assert "| won | 8.0 | 10.0 | 0.80 | 0.85 |" in text  # (0.5 + 8) / 10


def test_a_letterbox_lies_in_the_middle():
    assert letterbox_place(SPECS["p1_f16"]) == (140, 0, 360, 640)
    assert letterbox_place(SPECS["p1_f16_to_600"]) == (131, 0, 338, 600)


@pytest.fixture(scope="module")
def cases():
    """libpane_cases.so, which a build with nvcc makes; it loads without a GPU."""
    path = os.environ.get("PANE_BENCHMARK_LIBRARY", "")
    if not path:
        pytest.skip("needs libpane_cases.so (a build with CUDA): PANE_BENCHMARK_LIBRARY")
    from benchmarks.peers.library import Library
    return Library(path)


def test_two_libraries_have_cases_of_their_own(cases, tmp_path):
    from benchmarks.peers.library import Library
    second = shutil.copy(os.environ["PANE_BENCHMARK_LIBRARY"], tmp_path / "libsecond.so")
    assert Library(second).count == len(cases.names) == cases.count


@pytest.mark.parametrize("name", list(SPECS))
def test_a_spec_says_what_the_case_does(cases, name):
    spec, shape = SPECS[name], cases.shape(name)
    assert (spec.frames, spec.in_bytes, spec.out_count, spec.element) == (
        shape.frames, shape.in_bytes, shape.out_count, shape.element)


@pytest.mark.parametrize("name", ["p1_f16_to_600", "p2_f32", "p3_f32_128x64", "p4_f32_256x224", "p5_u8_single",
                                  "p6_u8_1079x1919", "p9_f16_without_matrix", "p12a_f32"])
def test_the_float64_reference_agrees_with_the_cpu(cases, name):
    torch = pytest.importorskip("torch")
    from benchmarks.peers.reference import reference
    spec = SPECS[name]
    types = {"u8": torch.uint8, "f16": torch.float16, "f32": torch.float32}
    frame = torch.randint(0, 256, (spec.in_bytes,), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    got = torch.zeros(spec.out_count, dtype=types[spec.element])
    cases.on_host(name, frame.data_ptr(), got.data_ptr())
    worst = (got.double() - reference(spec, frame)).abs().max().item()
    assert worst <= spec.bound
    assert got.double().std() > 0.1  # a result that says something


SMALL = (
    Spec("letterbox", "letterbox", 2, 54, 96, 32, 32, "f16", nv12=True),
    Spec("antialias", "antialias", 2, 64, 96, 14, 14, "f32", nv12=True),
    Spec("crops", "boxes", 1, 64, 80, 24, 16, "f32", boxes=((0, 3, 5, 10, 20), (0, 30, 20, 40, 30))),
    Spec("flipped", "boxes", 2, 64, 80, 24, 24, "f16", boxes=((0, 3, 5, 10, 20), (1, 30, 20, 40, 30)), flip=True),
    Spec("planar", "planar", 3, 17, 19, 17, 19, "f32"),
    Spec("to_rgb", "nv12_to_rgb", 2, 18, 22, 18, 22, "u8", nv12=True),
    Spec("to_rgb_packed", "nv12_to_rgb", 2, 18, 24, 18, 24, "u8", nv12=True),
    Spec("to_nv12", "rgb_to_nv12", 2, 18, 22, 18, 22, "u8"),
    Spec("resize", "resize", 2, 33, 47, 19, 21, "u8"),
    Spec("resize_packed", "resize", 2, 33, 47, 19, 20, "u8"),
    Spec("gaussian", "gaussian", 2, 33, 47, 33, 47, "u8"),
)


class Untuned:
    """A Triton kernel with a fixed block size, for Triton's interpreter. `key` is when to tune again."""

    def __init__(self, kernel, blocks=((256, 4),), key=()):
        self.kernel, self.block = kernel, blocks[0][0]

    def __getitem__(self, grid):
        return lambda *args, **named: self.kernel[grid({"BLOCK": self.block})](*args, BLOCK=self.block, **named)


@pytest.mark.parametrize("module", ["torch_peer", "torchvision_peer", "triton_peer"])
@pytest.mark.parametrize("spec", SMALL, ids=lambda s: s.name)
def test_contenders_compute_the_case(monkeypatch, module, spec):
    """On the CPU, uncompiled; Triton's kernels in its interpreter."""
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a GPU: the benchmark itself compares there")
    pytest.importorskip(module.removesuffix("_peer"))
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    import importlib
    from benchmarks.peers.harness import DTYPES
    from benchmarks.peers.reference import reference
    peer = importlib.import_module(f"benchmarks.peers.{module}")
    if module == "triton_peer":
        if spec.kind == "antialias":
            pytest.skip("needs a GPU: the interpreter has no loop with bounds of its own")
        monkeypatch.setattr(peer, "_tuned", Untuned)
    data = torch.randint(0, 256, (spec.frames * spec.in_bytes,), dtype=torch.uint8)
    want = reference(spec, data[-spec.in_bytes:])
    for contender in peer.contenders(spec):
        if contender.differs or contender.name == "torch.compile":
            continue
        out = torch.full((spec.frames * spec.out_count,), 77, dtype=DTYPES[spec.element])
        result = contender.call(data, out)
        got = (out if result is None else result).reshape(-1)[-want.numel():].double()
        assert (got - want).abs().max().item() <= spec.bound, contender.name
