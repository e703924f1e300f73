# SPDX-License-Identifier: MIT
"""Times Pane and its peers on this machine's GPU: python3 -m benchmarks.peers --library libpane_cases.so --out run.json
Without --npp NPP is left out; libraries that cannot be imported are left out; the result names both."""
import argparse
import datetime
import gc
import importlib
import json
import pathlib
import re
import subprocess
import time

import torch

from benchmarks.peers import harness, images
from benchmarks.peers.harness import Buffers, Contender, Timed
from benchmarks.peers.library import Library
from benchmarks.peers.reference import reference
from benchmarks.peers.results import report
from benchmarks.peers.specs import SPECS

MODULES = ("torch_peer", "torchvision_peer", "triton_peer", "cupy_peer", "cvcuda_peer")


def smi(*fields):
    query = subprocess.run(["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"],
                           capture_output=True, text=True, check=True)
    return dict(zip(fields, query.stdout.splitlines()[0].split(", ")))


def of_library(library, name, label, key, differs=""):
    """A contender behind the C interface."""
    def call(data, out):
        library.enqueue(name, torch.cuda.current_stream().cuda_stream, data.data_ptr(), out.data_ptr())

    def submit(data, out):
        return library.submit_us(name, torch.cuda.current_stream().cuda_stream, data.data_ptr(), out.data_ptr())
    return Contender(label, key, call, differs, submit)


def wanted(library, name, buffers, shape):
    """The last frame in float64, and what a result may be off: by the reference, else by the library's own CPU."""
    frame = buffers.inputs[0].chunk(shape.frames)[-1]
    if name in SPECS:
        return reference(SPECS[name], frame), SPECS[name].bound
    out = torch.zeros(shape.out_count, dtype=harness.DTYPES[shape.element])
    frame = frame.cpu()
    library.on_host(name, frame.data_ptr(), out.data_ptr())
    return out.double().to(harness.DEVICE), 1.0 if shape.element == "u8" else 2.0 ** -10


def google_times(folder):
    """{case: microseconds} of the C++ programs."""
    files = sorted(folder.glob("*.json")) if folder else ()
    rows = [row for path in files for row in json.loads(path.read_text())["benchmarks"]]
    return {row["name"].split("/")[0]: row["us"] for row in rows if "us" in row}


def importance(name):
    """Cases with peers first, their twins next, then Pane alone; by their numbers."""
    number = re.search(r"\d+", name)
    return name not in SPECS or SPECS[name].twin, name not in SPECS, int(number[0]) if number else 99, name


class Run:
    def __init__(self, args):
        self.pane = Library(args.library)
        self.args = args
        self.missing, self.modules, libraries = {}, [], {}
        self.npp = None
        try:
            self.npp = Library(args.npp) if args.npp else None
        except OSError as error:
            self.missing["NPP"] = str(error)
        if not args.npp:
            self.missing["NPP"] = "no libnpp_cases.so in this build"
        for module in MODULES:
            try:
                self.modules.append(importlib.import_module(f"benchmarks.peers.{module}"))
                libraries[module.removesuffix("_peer")] = self.modules[-1].VERSION
            except Exception as error:  # a library that is not there, or does not load here
                self.missing[module.removesuffix("_peer")] = str(error).splitlines()[0]
        self.missing["DALI"] = self.missing["FKL"] = "no contender is written for it"
        self.stream = torch.cuda.Stream()
        self.flush = torch.empty(harness.FLUSH_BYTES, dtype=torch.uint8, device=harness.DEVICE)
        self.result = {"context": self.context(), "libraries": libraries, "missing": self.missing, "cases": []}
        if args.more:
            self.result["cases"] = json.loads(args.out.read_text())["cases"]

    def context(self):
        state = smi("name", "driver_version")
        copy = self.pane.copy_rate()
        with torch.cuda.stream(self.stream):
            shape = type("Shape", (), {"frames": 1, "in_bytes": 1 << 20, "out_count": 1 << 20, "element": "u8"})
            empty = Timed(Contender("empty", "pane", lambda *_: self.pane.empty(self.stream.cuda_stream)),
                          Buffers(shape, images.random_bytes), self.stream)
            empty.prepare()
            harness.measure([empty], self.flush)
        times = {what: value["median"] for what, value in ((w, empty.summary()[f"{w}_us"]) for w in ("rotated", "cold"))}
        return {"gpu": state["name"], "driver": state["driver_version"], "cuda": torch.version.cuda,
                "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "copy_GBps": copy * 1e-9, "empty_us": times,
                "empty_submit_us": self.pane.empty_submit_us(self.stream.cuda_stream),
                "library_bytes": pathlib.Path(self.args.library).stat().st_size}

    def contenders(self, name):
        yield of_library(self.pane, name, "Pane", "pane")
        for other in self.npp.names if self.npp else ():
            case, _, variant = other.partition(".")
            if case == name:
                yield of_library(self.npp, other, f"NPP {variant}".strip(), "npp", self.npp.differs[other])
        if name in SPECS and not self.args.no_peers:
            for module in self.modules:
                try:
                    yield from module.contenders(SPECS[name])
                except Exception as error:  # its set-up failed: another machine's libraries may lack a function
                    self.missing[f"{module.__name__.split('.')[-1]} in {name}"] = str(error).splitlines()[0]

    def case(self, name):
        shape = self.pane.shape(name)
        buffers = Buffers(shape, images.random_bytes)
        want, bound = wanted(self.pane, name, buffers, shape)
        timed, rows = [], []
        for contender in self.contenders(name):
            row = {"name": contender.name, "library": contender.library, "differs": contender.differs, "counted": False}
            begin = time.perf_counter()
            try:
                this = Timed(contender, buffers, self.stream)
                buffers.outputs[0].fill_(77)
                this.call(0)
                self.stream.synchronize()
                got = this.last_frame(shape.frames).double()
                error = (got - want).abs().max().item()
                this.prepare()
            except Exception as error:  # a peer that cannot do a case says why in its row
                if contender.library == "pane":
                    raise
                row["failed"] = (str(error) or type(error).__name__).splitlines()[0][:300]
            else:
                row |= {"error": error, "bound": bound, "counted": not contender.differs and error <= bound}
                timed.append((this, row))
            row["prepare_s"] = time.perf_counter() - begin
            rows.append(row)
        harness.measure([t for t, _ in timed], self.flush)
        if name in SPECS:
            buffers.fill(images.natural(SPECS[name]))
            harness.rounds([t for t, _ in timed], "natural", harness.ROUNDS // 3)
        for this, row in timed:
            row |= this.summary() | {"submit_us": this.submit()}
        pointers = buffers.inputs[0].data_ptr(), buffers.outputs[0].data_ptr()
        rows[0]["kernels"] = self.pane.kernels(name, *pointers)
        if not rows[0]["error"] <= bound:
            rows[0]["failed"] = f"wrong result: off by {rows[0]['error']}, allowed {bound}"
        copy = self.result["context"]["copy_GBps"]
        return {"name": name, "frames": shape.frames, "bytes": shape.bytes, "copy_GBps": copy,
                "floor_us": shape.bytes / (copy * 1e9) * 1e6, "rows": rows,
                "state": smi("clocks.sm", "clocks.mem", "temperature.gpu", "power.draw")}

    def all(self):
        start = time.perf_counter()
        google = google_times(self.args.google)
        there = {case["name"] for case in self.result["cases"]}
        names = [name for name in self.pane.names if re.search(self.args.only, name) and name not in there]
        for name in sorted(names, key=importance):
            if time.perf_counter() - start > self.args.limit:
                self.missing[name] = f"the run's limit of {self.args.limit} s was reached"
                continue
            begin = time.perf_counter()
            with torch.cuda.stream(self.stream):
                case = self.case(name)
            torch._dynamo.reset()
            gc.collect()
            torch.cuda.empty_cache()
            case["google_us"] = google.get(name)
            case["seconds"] = time.perf_counter() - begin
            self.result["cases"].append(case)
            print(f"{case['seconds']:5.1f} s  {name}", flush=True)
            self.args.out.write_text(json.dumps(self.result, indent=1) + "\n")
            self.args.out.with_suffix(".md").write_text(report(self.result))
        return self.result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", required=True)
    parser.add_argument("--npp", default="")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--google", type=pathlib.Path, help="folder of Google Benchmark's JSON files, joined as google_us")
    parser.add_argument("--only", default="", help="a regular expression for names of cases")
    parser.add_argument("--more", action="store_true", help="keep the cases that --out has and run those that it lacks")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--limit", type=float, default=400.0, help="seconds after which no new case begins")
    args = parser.parse_args()
    result = Run(args).all()
    if not result["cases"]:
        raise SystemExit("no case ran")
    wrong = [case["name"] for case in result["cases"] if "failed" in case["rows"][0]]
    if wrong:
        raise SystemExit(f"wrong results: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
