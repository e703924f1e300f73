# SPDX-License-Identifier: MIT
"""Finds the module, and writes what happened as a table.

  PANE_PYTHON_DIR=<folder of the built module> pytest tests/python [--results FILE.json]

A second run adds its rows to those of the file.

A test of the matrix carries the mark `row(framework, direction, case)`. Its verdict is passed, refused (Pane refuses the
case by a rule and says so, which is what the test expects), not expressible (the framework has no such arrays; never
passed), or failed.
"""
import datetime
import json
import os
import platform
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
if os.environ.get("PANE_PYTHON_DIR"):
    sys.path.insert(0, os.environ["PANE_PYTHON_DIR"])

pane = pytest.importorskip("pane", reason="needs the module pane: set PANE_PYTHON_DIR", exc_type=ImportError) \
    if tuple(int(n) for n in pytest.__version__.split(".")[:2]) >= (8, 2) else pytest.importorskip("pane")

import frameworks  # noqa: E402

rows = []


def pytest_addoption(parser):
    parser.addoption("--results", help="write the verdicts of the matrix to this file")


def pytest_configure(config):
    config.addinivalue_line("markers", "row(framework, direction, case): a row of the table of verdicts")


@pytest.fixture
def gpu():
    if not frameworks.has_gpu():
        pytest.skip("needs a GPU, a module built with CUDA, and PyTorch")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    mark = item.get_closest_marker("row")
    if mark is None or report.when == "teardown":
        return
    verdict, note = None, ""
    if report.skipped:
        note = str(report.longrepr[2]).removeprefix("Skipped: ")
        if note.startswith("not expressible: "):
            verdict, note = "not expressible", note[len("not expressible: "):]
        else:
            verdict = "not run"
    elif report.failed:
        verdict, note = "failed", str(call.excinfo.value).splitlines()[0][:200] if call.excinfo else ""
    elif report.when == "call":
        refused = dict(item.user_properties).get("refused")
        verdict, note = ("refused", refused) if refused else ("passed", "")
    if verdict:
        framework, direction, case = mark.args
        rows.append({"framework": framework, "direction": direction, "case": case, "verdict": verdict, "note": note})


def pytest_sessionfinish(session):
    path = session.config.getoption("--results")
    if not path:
        return
    new = {(r["framework"], r["direction"], r["case"]) for r in rows}
    old = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            old = [r for r in json.load(file)["rows"] if (r["framework"], r["direction"], r["case"]) not in new]
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": frameworks.machine(),
        "python": platform.python_version(),
        "pane": pane.__version__,
        "versions": frameworks.versions(),
        "missing": frameworks.missing(),
        "rows": old + rows,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
