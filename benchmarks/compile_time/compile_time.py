#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what including Pane costs a compiler: seconds of wall time over an empty file, median of several runs.

compile_time.py [--cxx g++] [--nvcc nvcc] [--runs 5] [--arch 90]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / "include"
CASES = ("empty", "core", "pane", "chain")
# The design's budget in seconds: over an empty file; the chain over pane.hpp.
WHAT = {"core": "core.hpp, budget 0.5", "pane": "pane.hpp, budget 2", "chain": "pane.hpp and one fused chain, budget 4"}


def seconds(command):
    """Wall time of one run of the command. A compiler that fails ends the program with what it said."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{done.stderr}")
    return time.perf_counter() - start


def measure(command, runs, out):
    """{case: [seconds]}; the cases take turns, so that a busy moment of the machine hits all of them."""
    times = {case: [] for case in CASES}
    for number in range(runs + 1):
        for case in CASES:
            took = seconds([*command, "-I", str(INCLUDE), "-c", str(HERE / f"{case}.cu"), "-o", f"{out}/{case}.o"])
            if number > 0:  # the first round warms the file cache
                times[case].append(took)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cxx", default="g++")
    parser.add_argument("--nvcc", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--arch", default="90")
    parser.add_argument("--json", type=pathlib.Path, help="write the seconds of all runs here too")
    args = parser.parse_args()

    compilers = {args.cxx: [args.cxx, "-std=c++20", "-O2", "-x", "c++"]}
    if args.nvcc:
        compilers[args.nvcc] = [args.nvcc, "-std=c++20", "-O2", f"-arch=sm_{args.arch}"]
    recorded = {}
    with tempfile.TemporaryDirectory() as out:
        for name, command in compilers.items():
            times = recorded[name] = measure(command, args.runs, out)
            empty = statistics.median(times["empty"])
            print(f"{name}: empty file {empty:.2f} s, median of {args.runs}")
            for case in CASES[1:]:
                median = statistics.median(times[case])
                print(f"  +{median - empty:.2f} s  (runs {min(times[case]):.2f} to {max(times[case]):.2f})  {WHAT[case]}")
    if args.json:
        args.json.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
