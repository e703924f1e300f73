#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault after another in a small clean tree: lint_headers.py must accept the tree and name each fault."""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(__file__).with_name("lint_headers.py")
LICENCE = "// SPDX-License-Identifier: MIT\n"
HEAD = LICENCE + "#pragma once\n"

CLEAN = {
    "CMakeLists.txt": "# SPDX-License-Identifier: MIT\n",
    "include/pane/version.hpp": HEAD + "#define PANE_VERSION_MAJOR 0\n",
    "include/pane/pane.hpp": HEAD + "#include <pane/core.hpp>\n#include <pane/ops.hpp>\n",
    "include/pane/core.hpp": HEAD + "#include <pane/core/shape.hpp>\n",
    "include/pane/interop.hpp": HEAD + "#include <pane/interop/npy.hpp>\n",
    "include/pane/views.hpp": HEAD + "#include <pane/views/crop.hpp>\n",
    "include/pane/ops.hpp": HEAD + "#include <pane/ops/crop.hpp>\n",
    "include/pane/fmt.hpp": HEAD + "#include <pane/core/shape.hpp>\n#include <fmt/format.h>\n",
    "include/pane/core/shape.hpp": HEAD + "#include <cstdint>\n#include <pane/version.hpp>\n",
    "include/pane/core/detail/part.hpp": HEAD,
    "include/pane/interop/npy.hpp": HEAD + "#include <pane/core/shape.hpp>\n",
    "include/pane/interop/torch.hpp": HEAD + "#include <torch/types.h>  // at::Tensor\n",
    "include/pane/kernels/map.hpp": HEAD + "#include <pane/core/shape.hpp>\n",
    "include/pane/views/crop.hpp": HEAD + "#include <pane/kernels/map.hpp>\n",
    "include/pane/ops/crop.hpp": HEAD + "#include <pane/views/crop.hpp>\n",
    **{f"tests/{name}_test.cpp": LICENCE for name in
       ("core/shape", "interop/npy", "interop/torch", "kernels/map", "views/crop")},
    "tests/ops/crop_test.cu": LICENCE,
    "tests/run": "#!/usr/bin/env bash\n# SPDX-License-Identifier: MIT\n",
}

# (file, text added to it or None to delete it, what must be printed)
PLANTED = [
    ("include/pane/core/shape.hpp", "#include <pane/views/crop.hpp>\n", "may not use the layer views"),
    ("include/pane/interop/npy.hpp", "#include <pane/views/crop.hpp>\n", "may not use the layer views"),
    ("include/pane/views/crop.hpp", "#include <pane/interop/npy.hpp>\n", "may not use the layer interop"),
    ("include/pane/kernels/map.hpp", "#include <pane/views/crop.hpp>\n", "may not use the layer views"),
    ("include/pane/views/crop.hpp", "  #  include <pane/ops/crop.hpp>\n", "may not use the layer ops"),
    ("include/pane/core.hpp", "#include <pane/views/crop.hpp>\n", "may not use the layer views"),
    ("include/pane/ops/crop.hpp", "#include <pane/core.hpp>\n", "umbrellas are for users"),
    ("include/pane/core/shape.hpp", '#include "pane/version.hpp"\n', "in quotes"),
    ("include/pane/core/shape.hpp", "#include <iostream>\n", "public headers do not use"),
    ("include/pane/core/shape.hpp", "#include <fmt/core.h>\n", "only pane/fmt.hpp may"),
    ("include/pane/core/shape.hpp", "#define SHAPE 1\n", "macro SHAPE without the prefix"),
    ("include/pane/core/shape.hpp", "//\n" * 600, "over 600"),
    ("include/pane/core/extra.hpp", HEAD, "is missing the line `#include <pane/core/extra.hpp>`"),
    ("include/pane/kernels/extra.hpp", HEAD, "has no test tests/kernels/extra_test.cpp"),
    ("include/pane/other/extra.hpp", HEAD, "which is no layer"),
    ("include/pane/core/extra.inl", LICENCE, "is no .hpp file"),
    ("include/pane/core/detail/more.hpp", LICENCE + "\n", "must be `#pragma once`"),
    ("tests/ops/crop_test.cu", None, "has no test tests/ops/crop_test.cpp or .cu"),
    ("examples/hello.cpp", "int main() {}\n", "lacks the line `SPDX-License-Identifier"),
]


def lint(files):
    """Writes the files to a fresh folder; returns the exit status and the output of the lint."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, LINT, folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def main():
    failures = 0
    status, output = lint(CLEAN)
    if status != 0:
        print(f"the clean tree is refused:\n{output}")
        failures += 1
    for name, text, expected in PLANTED:
        files = dict(CLEAN)
        if text is None:
            del files[name]
        else:
            files[name] = files.get(name, "") + text
        status, output = lint(files)
        if status != 1 or expected not in output or " 1 faults" not in output and "extra" not in name:
            print(f"planted in {name}: expected `{expected}`, exit status {status}, output:\n{output}")
            failures += 1
    print(f"{len(PLANTED)} faults planted, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
