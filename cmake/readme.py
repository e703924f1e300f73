#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fills the generated parts of README.md: the example, the tables of views, of speed and of frameworks.

usage: readme.py [--check]
--check changes nothing and fails when README.md is not what the code says.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True
from benchmarks.peers import results  # noqa: E402


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
    """One row for each case of the committed run: losses first, then the narrowest wins."""
    return results.readme_table(json.loads((ROOT / "benchmarks/results/h200.json").read_text()))


def interop():
    """One row a framework: its version, how many cases of the committed run passed, in and out, and what did not run."""
    run = json.loads((ROOT / "tests/python/results/h200.json").read_text())

    def count(framework, direction):
        rows = [r for r in run["rows"] if r["framework"] == framework and r["direction"].split(",")[0] == direction]
        verdicts = [r["verdict"] for r in rows]
        parts = [f"{verdicts.count(v)} {v}" for v in ("passed", "refused", "failed", "not run") if v in verdicts]
        return ", ".join(parts) or "-"

    def note(framework):
        if framework in run["missing"]:
            return "not run: " + run["missing"][framework]
        cases = {}
        for row in run["rows"]:
            if row["framework"] == framework and row["verdict"] == "not expressible":
                cases.setdefault(row["direction"].replace("out, ", "out by "), []).append(row["case"])
        return "; ".join(f"{direction}: {', '.join(names)}" for direction, names in sorted(cases.items()))

    names = list(run["versions"]) + list(run["missing"])
    out = ["| framework | version | in | out | what it cannot express |", "|---|---|---|---|---|"]
    out += [f"| {n} | {run['versions'].get(n, '-')} | {count(n, 'in')} | {count(n, 'out')} | {note(n)} |" for n in names]
    out += ["", f"{run['machine']}, Python {run['python']}, {run['date']}. Passed: the values are equal, or the order or the lifetime "
            "held where the same test without Pane's part fails. Refused: Pane says by which rule. The reasons are in "
            "`tests/python/results/h200.json`."]
    return "\n".join(out) + "\n"


EXAMPLES = [
    ("DLPack", "tests/interop/readme_test.cpp", "dlpack"),
    ("NumPy's interface", "tests/interop/readme_test.cpp", "array_interface"),
    (".npy", "tests/interop/readme_test.cpp", "npy"),
    ("PyTorch", "tests/interop/torch_test.cpp", "readme"),
    ("OpenCV", "tests/interop/readme_test.cpp", "opencv"),
    ("mdspan", "tests/interop/readme_test.cpp", "mdspan"),
    ("RMM", "tests/interop/rmm_test.cpp", "readme"),
    ("NPP", "tests/interop/npp_test.cu", "readme"),
    ("nvJPEG", "tests/interop/nvjpeg_test.cu", "readme"),
    ("nvImageCodec", "tests/interop/nvimgcodec_test.cu", "readme"),
    ("NVDEC", "tests/interop/nvcodec_test.cu", "readme"),
    ("TensorRT", "tests/interop/tensorrt_test.cpp", "readme"),
    ("CV-CUDA", "tests/interop/nvcv_test.cpp", "readme"),
]


def examples():
    """The marked lines of the tests, without their indentation."""
    out = []
    for title, path, tag in EXAMPLES:
        fence, *lines = snippet(path, tag).splitlines()
        indent = min(len(line) - len(line.lstrip()) for line in lines[:-1] if line.strip())
        out.append("\n".join([f"{title}:", "", fence, *(line[indent:] for line in lines[:-1]), lines[-1], ""]))
    return "\n" + "\n".join(out)


def main():
    path = ROOT / "README.md"
    text = path.read_text()
    parts = {"example": snippet("examples/quick_start.cu", "chain"), "views": views(), "speed": speed(),
             "examples": examples(),
             "interop": interop()}
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
