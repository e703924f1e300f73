#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""plot.py run.json out.svg: every case's time over its floor, Pane and its best peer that computes the same."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from benchmarks.peers.results import by_loss, counted, machine, pane  # noqa: E402


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    try:
        import matplotlib
    except ImportError:
        print("skipped the plot: needs matplotlib")
        return
    matplotlib.use("svg")
    from matplotlib import pyplot
    run = json.loads(source.read_text())
    cases = by_loss(run)[::-1]
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(cases) + 1.5), layout="constrained")
    for y, case in enumerate(cases):
        for row, offset, colour in [(pane(case), 0.18, "tab:blue")] + [(r, -0.18, "tab:gray") for r in counted(case)[:1]]:
            over = row["rotated_us"]["median"] / case["floor_us"]
            axes.plot([1.0, over], [y + offset] * 2, color=colour, linewidth=1)
            axes.plot(over, y + offset, "o", color=colour, markersize=5)
            axes.annotate(f"{row['name']} {row['rotated_us']['median']:.1f} us", (over, y + offset), xytext=(6, 0),
                          textcoords="offset points", va="center", fontsize=7)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(cases)), [case["name"] for case in cases], fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("time / floor (1: the copy rate); gray: the best peer that computes the same")
    axes.set_title(machine(run).split(". ")[0], fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target)


if __name__ == "__main__":
    main()
