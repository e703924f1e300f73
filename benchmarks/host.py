#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times the CPU path against OpenCV and Pillow and writes benchmarks/results/host.json and its table in NOTES.md.

usage: benchmarks/host.py BENCH [BENCH_V3] [--table-only]
BENCH     host_bench, compiled as everybody compiles it: -O3
BENCH_V3  the same, compiled with -march=x86-64-v3
Pillow is timed where it is installed, on one thread, after its result was compared with Pane's.
--table-only writes the table from the committed results again.
"""
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
RESULTS = ROOT / "results/host.json"


def bench(program, folder=None):
    """{case: {"1" or "all": counters}} of one run of a program."""
    environment = dict(os.environ, **({"PANE_BENCH_DUMP": str(folder)} if folder else {}))
    out = subprocess.run([program, "--benchmark_format=json"], env=environment, check=True, capture_output=True, text=True)
    cases = {}
    for b in json.loads(out.stdout)["benchmarks"]:
        if b.get("error_occurred"):
            raise SystemExit(f"host.py: {b['name']}: {b['error_message']}")
        name, threads = re.match(r"(\w+)/threads:(\d+)", b["name"]).groups()
        keep = {k: round(b[k], 4) for k in ("ms", "opencv_ms", "ratio", "worst") if k in b}
        cases.setdefault(name, {})["1" if threads == "1" else "all"] = keep
    return cases


def pillow(folder):
    """{case: {"ms", "worst"}}: the cases that Pillow has too, each compared with Pane's result first."""
    try:
        import numpy as np
        import PIL
        from PIL import Image, ImageFilter
    except ImportError as missing:
        return None, f"not run: {missing}"
    bilinear = Image.Resampling.BILINEAR
    turn = Image.Transform.AFFINE

    def rotation(degrees):
        import math
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = 1920 - c * 1920 - s * 1080, 1080 + s * 1920 - c * 1080
        # Pillow samples at (x + 0.5, y + 0.5) and takes half a pixel off afterwards.
        return (c, s, x + 0.5 - 0.5 * (c + s), -s, c, y + 0.5 + 0.5 * (s - c))

    def rotated(degrees):
        return lambda picture: picture.transform((3840, 2160), turn, rotation(degrees), bilinear)

    # what it does, and how far it may be from Pane; None: it means something else and is not compared
    cases = {
        "p6_u8": (lambda p: p.reduce(2), 1),
        "antialias_u8_224x224": (lambda p: p.resize((224, 224), bilinear), 1),
        "antialias_u8_1080x1920": (lambda p: p.resize((1920, 1080), bilinear), 1),
        "warp_affine_u8_2_degrees": (rotated(2.0), 3),
        "warp_affine_u8_30_degrees": (rotated(30.0), 3),
        "p8a_u8": (lambda p: p.filter(ImageFilter.GaussianBlur(1.5)), None),
    }
    result = {}
    for name, (f, allowed) in cases.items():
        source = Image.fromarray(np.load(folder / f"{name}.in.npy"))
        ours = np.load(folder / f"{name}.out.npy").astype(int)
        theirs = np.asarray(f(source)).astype(int)
        off = np.abs(ours - theirs)
        row = {}
        if allowed is not None:
            # Pillow does not fade into the fill at the border of a rotation: two values of a thousand.
            few = 2e-3 if name.startswith("warp") else 0.0
            if np.mean(off > allowed) > few or ours.shape != theirs.shape:
                raise SystemExit(f"host.py: {name}: Pillow differs by {off.max()}, {np.mean(off > allowed):.2g} of the values")
            row = {"worst": int(np.quantile(off, 1 - few))}
        best = 1e9
        end = time.monotonic() + 2
        rounds = 0
        while rounds < 8 or (rounds < 100 and time.monotonic() < end):
            begin = time.thread_time()
            f(source)
            best = min(best, time.thread_time() - begin)
            rounds += 1
        result[name] = dict(row, ms=round(best * 1e3, 4))
    return result, PIL.__version__


def cpu():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    field = lambda key: re.search(rf"^{key}\s*:\s*(.*)$", text, re.MULTILINE).group(1)
    return f"{field('model name')}, family {field('cpu family')} model {field('model')}, {os.cpu_count()} cores"


def opencv_version():
    for header in ("/usr/include/opencv4/opencv2/core/version.hpp", "/usr/local/include/opencv4/opencv2/core/version.hpp"):
        if os.path.exists(header):
            text = pathlib.Path(header).read_text()
            return ".".join(re.search(rf"CV_VERSION_{p}\s+(\d+)", text).group(1) for p in ("MAJOR", "MINOR", "REVISION"))
    return "not here"


def table(run):
    show = lambda v: "-" if v is None else f"{v:.2f}" if v < 10 else f"{v:.1f}"
    out = ["| case | Pane, ms | OpenCV, ms | Pane / OpenCV | the same, -march=x86-64-v3 | all cores: Pane, OpenCV, ms | Pillow, ms |",
           "|---|---|---|---|---|---|---|"]
    for name, case in sorted(run["cases"].items(), key=lambda c: -c[1]["1"].get("ratio", 0)):
        one, every = case["1"], case["all"]
        v3 = case.get("v3", {}).get("1", {})
        out.append(f"| {name} | {show(one['ms'])} | {show(one.get('opencv_ms'))} | {show(one.get('ratio'))} | "
                   f"{show(v3.get('ratio', v3.get('ms') if 'ratio' not in one else None)) if 'ratio' in one else '-'} | "
                   f"{show(every['ms'])}, {show(every.get('opencv_ms'))} | {show(case.get('pillow', {}).get('ms'))} |")
    c = run["context"]
    out += ["", f"{c['cpu']}; {c['compiler']}, {c['flags']}; OpenCV {c['opencv']}, Pillow {c['pillow']}; {c['date']}. One thread: "
            "its CPU time; all cores: by the clock; the shortest of many rounds, in turns."]
    return "\n".join(out) + "\n"


def main():
    programs = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--table-only" not in sys.argv:
        if not programs:
            raise SystemExit(__doc__)
        with tempfile.TemporaryDirectory() as folder:
            cases = bench(programs[0], folder)
            if len(programs) > 1:
                for name, case in bench(programs[1]).items():
                    cases[name]["v3"] = case
            timed, version = pillow(pathlib.Path(folder))
            for name, row in (timed or {}).items():
                cases[name]["pillow"] = row
        compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
        context = {"cpu": cpu(), "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]), "compiler": compiler, "flags": "-std=c++20 -O3 -DNDEBUG",
                   "opencv": opencv_version(), "pillow": version, "date": datetime.date.today().isoformat()}
        RESULTS.write_text(json.dumps({"context": context, "cases": cases}, indent=1) + "\n")
    notes = ROOT / "NOTES.md"
    text = notes.read_text()
    new, count = re.subn(r"(<!-- generated: host -->\n).*?(<!-- end -->)",
                         lambda m: m.group(1) + table(json.loads(RESULTS.read_text())) + m.group(2), text, flags=re.DOTALL)
    if count != 1:
        raise SystemExit("host.py: NOTES.md must have one part `generated: host`")
    notes.write_text(new)


main()
