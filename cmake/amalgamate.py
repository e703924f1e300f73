#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Joins the headers of Pane into one file: amalgamate.py INCLUDE_DIR pane/pane.hpp OUT.

Our own includes are replaced by their text, once each, in the order in which a compiler would meet them. System
includes stay. Of a header that stands under an #if only its own text does; what it includes is joined above the #if.
"""
import pathlib
import re
import sys

OURS = re.compile(r"^\s*#\s*include\s*<(pane/[^>]+)>")
OPEN = re.compile(r"^\s*#\s*if")
CLOSE = re.compile(r"^\s*#\s*endif")


class Joined:
    """The text so far, and which headers are in it: for every compiler, or under somebody's #if."""

    def __init__(self, include):
        self.include = include
        self.out = []
        self.always = set()
        self.sometimes = set()

    def lines(self, name):
        return (self.include / name).read_text(encoding="utf-8").splitlines()

    def add(self, name, conditional=False):
        """Appends the header <name>, unless it is there."""
        if name in self.always or (conditional and name in self.sometimes):
            return
        if name in self.sometimes:
            sys.exit(f"<{name}> is needed by all, but was joined under an #if before: include it earlier")
        (self.sometimes if conditional else self.always).add(name)
        text = self.lines(name)
        depth = 0
        self.out.append(f"// ---- {name}")
        for number, line in enumerate(text):
            if OPEN.match(line) and depth == 0 and not conditional:
                self.add_needs_of_branch(text[number + 1:])
            depth += bool(OPEN.match(line)) - bool(CLOSE.match(line))
            if match := OURS.match(line):
                self.add(match[1], conditional=conditional or depth > 0)
            elif line.strip() != "#pragma once" and "SPDX-License-Identifier" not in line:
                self.out.append(line)
        self.out.append(f"// ---- end of {name}")

    def add_needs_of_branch(self, lines):
        """Joins what the headers of ours between an #if and its #endif include themselves, but for each other."""
        depth = 1
        branch = []
        for line in lines:
            depth += bool(OPEN.match(line)) - bool(CLOSE.match(line))
            if depth == 0:
                break
            if match := OURS.match(line):
                branch.append(match[1])
        for name in branch:
            for inner in filter(None, map(OURS.match, self.lines(name))):
                if inner[1] not in branch:
                    self.add(inner[1])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    include, name, target = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    licence = (include.parent / "LICENSE").read_text(encoding="utf-8").splitlines()
    joined = Joined(include)
    joined.add(name)
    head = ["// SPDX-License-Identifier: MIT", "//", *(f"// {line}".rstrip() for line in licence), "", "#pragma once", ""]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(head + joined.out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
