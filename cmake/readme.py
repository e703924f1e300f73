#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fills the generated parts of README.md: the example, the table of views, the table of speed.

usage: readme.py [--check]
--check changes nothing and fails when README.md is not what the code says.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def snippet(path, tag):
    """The lines between two `//! [tag]` marks."""
    parts = (ROOT / path).read_text().split(f"//! [{tag}]\n")
    if len(parts) != 3:
        raise SystemExit(f"readme.py: {path} must have the mark [{tag}] twice")
    return "```cpp\n" + parts[1].rstrip() + "\n```\n"


def views():
    """One row for each public factory of a view: its name, its first sentence, the library that it matches."""
    rows = []
    for path in sorted((ROOT / "include/pane/views").glob("*.hpp")):
        blocks = re.findall(r"^namespace views {\n(.*?)^}  // namespace views", path.read_text(), re.MULTILINE | re.DOTALL)
        text = "\n".join(blocks)
        pattern = r"((?:^///.*\n)+)(?:template <[^\n]*>\n)?(?:  requires[^\n]*\n(?:[^\n]*\n)??)?(?:inline )?auto (\w+)\("
        for match in re.finditer(pattern, text, re.MULTILINE):
            name = match.group(2)
            lines = [line[3:].strip() for line in match.group(1).splitlines()]
            comment = " ".join(lines).strip()
            first = re.split(r"(?<=\.)\s", comment + " ", maxsplit=1)[0].rstrip(".; ")
            if any(row[0] == name for row in rows):
                continue
            matches = re.search(r"Matches\s+(.*?)(?:@|Errors |Elements |Shapes |$)", comment)
            rows.append((name, first, matches.group(1).strip() if matches else "", path.name))
    if len(rows) < 15:
        raise SystemExit(f"readme.py: only {len(rows)} views found: has the form of the headers changed?")
    out = ["| view | what it does | matches |", "|---|---|---|"]
    out += [f"| [`{n}`](include/pane/views/{f}) | {d} | {m} |" for n, d, m, f in sorted(rows)]
    return "\n".join(out) + "\n"


def speed():
    """One row for each case of the committed run, the ones furthest from the copy rate first."""
    run = json.loads((ROOT / "benchmarks/results/h200.json").read_text())
    cases = sorted(run["benchmarks"], key=lambda case: case["of_copy"])
    out = ["| case | floor, us | time, us | floor / time |", "|---|---|---|---|"]
    for case in cases:
        name = case["name"].split("/")[0]
        out.append(f"| {name} | {case['floor_us']:.1f} | {case['us']:.1f} | {case['of_copy']:.2f} |")
    rate = max(case["copy_GBps"] for case in cases)
    context = run["context"]
    out += ["", f"{context['gpu']}, driver {context['driver']}, CUDA {context['cuda']}, {context['date'][:10]}. "
            f"Copy rate of the same run: {rate:.0f} GB/s; an empty launch in a graph: {cases[0]['empty_us']:.2f} us."]
    return "\n".join(out) + "\n"


def main():
    path = ROOT / "README.md"
    text = path.read_text()
    parts = {"example": snippet("examples/quick_start.cu", "chain"), "views": views(), "speed": speed()}
    for name, content in parts.items():
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(pattern, lambda m: m.group(1) + content + m.group(2), text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"readme.py: README.md must have one part `generated: {name}`")
    if "--check" in sys.argv[1:]:
        if text != path.read_text():
            raise SystemExit("readme.py: README.md is not what the code says; run cmake/readme.py")
        print("README.md is what the code says")
    else:
        path.write_text(text)


main()
