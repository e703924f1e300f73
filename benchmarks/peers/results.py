# SPDX-License-Identifier: MIT
"""Reads what a run wrote: which rows count, who is the best peer, and the tables of the report and of README.md."""
import statistics


def pane(case):
    return next(row for row in case["rows"] if row["library"] == "pane")


def peers(case):
    return [row for row in case["rows"] if row["library"] != "pane"]


def counted(case):
    """The peers that compute the same result, best first."""
    return sorted((row for row in peers(case) if row["counted"]), key=lambda row: row["rotated_us"]["median"])


def others(case):
    """Peers that were timed but compute something else."""
    return [row for row in peers(case) if "rotated_us" in row and not row["counted"]]


def ratio(case, row):
    """The row's time in units of Pane's."""
    return row["rotated_us"]["median"] / pane(case)["rotated_us"]["median"]


def by_loss(run):
    """Losses first, then the narrowest wins; cases without a peer last, the furthest from the floor first."""
    def key(case):
        best = counted(case)
        return (not best, ratio(case, best[0]) if best else case["floor_us"] / pane(case)["rotated_us"]["median"])
    return sorted(run["cases"], key=key)


def scores(run):
    """Geometric means of (empty + floor) / time over the cases with a peer that counts: Pane's, the best peers'."""
    empty = run["context"]["empty_us"]["rotated"]
    cases = [case for case in run["cases"] if counted(case)]

    def mean(row_of):
        return statistics.geometric_mean((empty + c["floor_us"]) / row_of(c)["rotated_us"]["median"] for c in cases)
    return (mean(pane), mean(lambda case: counted(case)[0])) if cases else None


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _us(times):
    return f"{times['median']:.1f}" if times else "-"


def machine(run):
    c = run["context"]
    rates = sorted(case["copy_GBps"] for case in run["cases"])
    copy = f"{rates[0]:.0f}" if round(rates[0]) == round(rates[-1]) else f"{rates[0]:.0f} to {rates[-1]:.0f}"
    # Records from before it was measured are without it.
    submit = f", by itself {c['empty_submit_us']:.1f} us of the host" if "empty_submit_us" in c else ""
    return (f"{c['gpu']}, driver {c['driver']}, CUDA {c['cuda']}, {c['date'][:10]}. Copy rate {copy} GB/s; "
            f"an empty launch in a graph {c['empty_us']['rotated']:.2f} us{submit}. "
            + ", ".join(f"{name} {version}" for name, version in sorted(run["libraries"].items())) + ".")


def readme_table(run):
    """One row a case: floor, time, share, the best peer that computes the same, the best that is no kernel of ours."""
    rows = []
    for case in by_loss(run):
        time = pane(case)["rotated_us"]["median"]
        best = counted(case)[:1]
        library = [row for row in counted(case) if row["library"] != "triton"][:1]
        named = [f"{row[0]['name']} {_us(row[0]['rotated_us'])}" if row else "-" for row in (best, library)]
        rows.append([case["name"], f"{case['floor_us']:.1f}", f"{time:.1f}", f"{case['floor_us'] / time:.2f}", *named,
                     f"{ratio(case, best[0]):.2f}" if best else "-"])
    head = ("case", "floor, us", "Pane, us", "floor / time", "best exact peer, us", "best library, us", "best peer / Pane")
    return table(head, rows) + "\n" + machine(run) + "\n"


def report(run):
    """The whole Markdown report."""
    empty = run["context"]["empty_us"]["rotated"]
    overview, details = [], []
    for case in by_loss(run):
        row, best = pane(case), counted(case)
        time = row["rotated_us"]["median"]
        overview.append([
            case["name"], f"{case['floor_us']:.1f}", f"{time:.1f}", f"{case['floor_us'] / time:.2f}",
            f"{(empty + case['floor_us']) / time:.2f}", _us(row.get("hot_us")), _us(row.get("cold_us")),
            _us(row.get("natural_us")), f"{row['submit_us']:.1f}", f"{row['error']:.1e}",
            "{registers} / {local_bytes}".format(**row["kernels"]),
            f"{best[0]['name']} {_us(best[0]['rotated_us'])}" if best else "-",
            f"{ratio(case, best[0]):.2f}" if best else "-"])
        details.append(f"### {case['name']}\n\n" + _detail(case))
    score = scores(run)
    summary = ("Geometric means of (empty + floor) / time over the cases with a peer that counts: Pane {:.2f}, the best peer "
               "of each case {:.2f}.\n".format(*score) if score else "")
    missing = "".join(f"- {name}: {why}\n" for name, why in sorted(run["missing"].items()))
    return "\n".join([
        "# Pane beside other libraries", "", machine(run), "",
        "Times in microseconds, medians of rounds in which every contender had its turn. `time` is with rotating buffers; "
        "`empty` an empty launch. A peer is counted when its result is within the bound of float64.", "",
        table(("case", "floor", "time", "floor/time", "(empty+floor)/time", "hot", "cold", "natural image", "host submit",
               "error", "registers / local bytes", "best exact peer", "its time / ours"), overview),
        summary, "Not in this run:\n" + missing if missing else "", *details])


def _detail(case):
    rows = []
    for row in sorted(case["rows"], key=lambda r: r.get("rotated_us", {"median": float("inf")})["median"]):
        if "rotated_us" not in row:
            rows.append([row["name"], *["-"] * 7, f"failed: {row['failed']}"])
            continue
        spread = row["rotated_us"]
        note = row["differs"] if row["differs"] else "" if row["counted"] else "outside the bound"
        if row["library"] == "pane" and case.get("google_us"):
            note += f"Google Benchmark: {case['google_us']:.1f}"
        if not row["graph"]:
            note += f"{'; ' if note else ''}no graph: {row['why_no_graph'][:60]}"
        rows.append([row["name"], f"{spread['median']:.1f}", f"{spread['q1']:.1f} to {spread['q3']:.1f}",
                     _us(row["hot_us"]), _us(row["cold_us"]), f"{row['submit_us']:.1f}",
                     f"{row['error']:.1e} of {row['bound']:.1e}", f"{ratio(case, row):.2f}" if row["counted"] else "-",
                     note.replace("|", "/")])
    return table(("contender", "time", "quartiles", "hot", "cold", "host submit", "error", "time / Pane's", "note"), rows)
