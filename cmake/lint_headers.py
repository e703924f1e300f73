#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the rules of the source tree that no compiler checks: lint_headers.py [ROOT].

Layers, umbrellas, includes, macro names, file sizes, a test for every header, licence lines. Prints one line a
fault and exits 1 if there is any.
"""
import pathlib
import re
import sys

# What each layer may include besides itself. `top` is include/pane/fmt.hpp and its like.
MAY_USE = {
    "core": set(),
    "interop": {"core"},
    "kernels": {"core"},
    "views": {"core", "kernels"},
    "ops": {"core", "kernels", "views"},
    "top": {"core", "interop", "kernels", "views", "ops"},
}
UMBRELLAS = {
    "pane.hpp": {"core", "interop", "kernels", "views", "ops"},
    "core.hpp": {"core"},
    "interop.hpp": {"core", "interop"},
    "views.hpp": {"core", "kernels", "views"},
    "ops.hpp": {"core", "kernels", "views", "ops"},
}
NOT_IN_HEADERS = re.compile(r"(iostream|ranges|regex|cuda/|cub/|thrust/|cooperative_groups|catch2/)")
REPORT_LINES, FAIL_LINES = 400, 600
SOURCES = ("*.hpp", "*.cpp", "*.cu", "*.cmake", "*.in", "*.py", "*.sh", "CMakeLists.txt", "run")
FOLDERS = ("include", "tests", "examples", "benchmarks", "cmake", ".ci")

INCLUDE = re.compile(r'^\s*#\s*include\s*(\S+)')
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)")


def layer_of(path):
    """core/detail/x.hpp -> core; fmt.hpp -> top; version.hpp -> None, since everything may include it."""
    parts = pathlib.PurePosixPath(path).parts
    if len(parts) > 1:
        return parts[0]
    return None if path == "version.hpp" else "top"


def check_include(name, target):
    """Yields what is wrong with `#include target` in the header include/pane/<name>."""
    if target.startswith('"'):
        yield f"includes {target} in quotes: use <pane/...>"
        return
    target = target.strip("<>")
    if not target.startswith("pane/"):
        if NOT_IN_HEADERS.match(target):
            yield f"includes <{target}>, which public headers do not use"
        if target.startswith("fmt/") and name != "fmt.hpp":
            yield f"includes <{target}>: only pane/fmt.hpp may"
        return
    target = target[len("pane/"):]
    if target in UMBRELLAS:
        if name != "pane.hpp":
            yield f"includes the umbrella <pane/{target}>: umbrellas are for users"
        return
    used = layer_of(target)
    allowed = UMBRELLAS.get(name) or MAY_USE.get(layer_of(name), set()) | {layer_of(name)}
    if used is not None and used not in allowed:
        yield f"includes <pane/{target}>: {name} may not use the layer {used}"


def check_header(root, path):
    """Yields the faults of one header."""
    name = path.relative_to(root / "include/pane").as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > FAIL_LINES and not path.stem.endswith("_table"):
        yield f"has {len(lines)} lines, over {FAIL_LINES}: split it"
    elif len(lines) > REPORT_LINES and not path.stem.endswith("_table"):
        print(f"note: include/pane/{name} has {len(lines)} lines, over {REPORT_LINES}: look for a split")
    if lines[1:2] != ["#pragma once"]:
        yield "the second line must be `#pragma once`"
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            for fault in check_include(name, match[1]):
                yield f"{number}: {fault}"
        if (match := DEFINE.match(line)) and not match[1].startswith("PANE_"):
            yield f"{number}: defines the macro {match[1]} without the prefix PANE_"
    layer = layer_of(name)
    if layer is not None and layer not in MAY_USE:
        yield f"is in the folder {layer}, which is no layer"
    elif name.count("/") == 1:  # core/x.hpp, not core/detail/x.hpp
        tests = root / "tests" / layer
        if not any((tests / f"{path.stem}_test{end}").is_file() for end in (".cpp", ".cu")):
            yield f"has no test tests/{layer}/{path.stem}_test.cpp or .cu"


def includes_of(path):
    """The names in the include lines of a file, without brackets."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [match[1].strip("<>") for match in map(INCLUDE.match, lines) if match]


def check_umbrella(root, layer):
    """Yields the headers that no include line leads to from the layer's umbrella. A third party's stay out of it."""
    reached, todo = set(), [f"pane/{layer}.hpp"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [n for n in includes_of(root / "include" / name) if n.startswith("pane/")]
    for path in sorted((root / "include/pane" / layer).glob("*.hpp")):
        third_party = any(re.search(r"[./]", n) and not n.startswith(("pane/", "cuda")) for n in includes_of(path))
        if not third_party and f"pane/{layer}/{path.name}" not in reached:
            yield f"is missing the line `#include <pane/{layer}/{path.name}>`"


def check_licence(path):
    """Yields a fault when neither of the first two lines is the SPDX line."""
    with path.open(encoding="utf-8") as file:
        head = [file.readline(), file.readline()]
    if not any(re.match(r"(//|#) SPDX-License-Identifier: MIT$", line.strip()) for line in head):
        yield "lacks the line `SPDX-License-Identifier: MIT` at its top"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    headers = sorted((root / "include/pane").rglob("*.hpp"))
    faults = []
    for path in headers:
        faults += [(path, fault) for fault in check_header(root, path)]
    for path in sorted((root / "include").rglob("*")):
        if path.is_file() and path not in headers:
            faults.append((path, "is no .hpp file under include/pane"))
    for layer in ("core", "interop", "views", "ops"):
        faults += [(root / f"include/pane/{layer}.hpp", fault) for fault in check_umbrella(root, layer)]
    sources = {path for folder in FOLDERS for kind in SOURCES for path in (root / folder).rglob(kind)}
    for path in sorted(path for path in sources | {root / "CMakeLists.txt"} if path.is_file()):
        faults += [(path, fault) for fault in check_licence(path)]
    for path, fault in faults:
        print(f"{path.relative_to(root).as_posix()}:{'' if fault[0].isdigit() else ' '}{fault}")
    print(f"{len(headers)} headers, {len(faults)} faults")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
