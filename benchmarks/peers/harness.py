# SPDX-License-Identifier: MIT
"""How every contender is timed, Pane included: CUDA graphs of its calls, replayed between two events, in an order that
moves on by one each round; the same buffers for everybody, on one stream.

rotated  a graph of calls that go through sets of buffers larger than three times the L2 cache
hot      the same number of calls on one set
cold     one call after the L2 cache was filled with something else
submit   how long one call keeps the host, the GPU idle
A contender that cannot be captured is timed by its calls between the events, and the result says so."""
import contextlib
import dataclasses
import gc
import statistics
import time
import typing

import torch

ROUNDS = 30
ROUND_BUDGET_US = 3000.0  # a contender's share of a round: slow ones get fewer calls
MOST_LAUNCHES = 96
ENOUGH = 200 << 20
# Where a buffer lies in the memory of the GPU makes 3 % of a pointwise case, for one program more than for another: the
# mean of a few places says more than one of two.
FEWEST_SETS, MOST_BYTES = 6, 16 << 30
FLUSH_BYTES = 256 << 20
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"  # the CPU: for tests of what the contenders compute
DTYPES = {"u8": torch.uint8, "f16": torch.float16, "f32": torch.float32}


@dataclasses.dataclass
class Contender:
    """`call(in, out)` enqueues the case from flat bytes to a flat result on the current stream, or returns a result of
    its own. `differs` says what it computes otherwise. `submit_us(in, out)` replaces the measurement from Python."""
    name: str
    library: str
    call: typing.Callable
    differs: str = ""
    submit_us: typing.Callable | None = None


def per_buffers(make):
    """A call for libraries that wrap memory in objects of their own: `make(data, out)` wraps a pair of buffers, once, and
    returns what enqueues the case on them."""
    made = {}

    def call(data, out):
        key = data.data_ptr(), out.data_ptr()
        if key not in made:
            made[key] = make(data, out)
        made[key]()
    return call


def spread(times):
    q1, median, q3 = statistics.quantiles(times, n=4)
    return {"median": median, "q1": q1, "q3": q3}


class Buffers:
    """Sets of input and output of one case."""

    def __init__(self, shape, fill):
        one = shape.frames * (shape.in_bytes + shape.out_count * DTYPES[shape.element].itemsize)
        sets = min(max(-(-ENOUGH // one), min(FEWEST_SETS, MOST_BYTES // one), 2), 32)
        self.inputs = [torch.empty(shape.frames * shape.in_bytes, dtype=torch.uint8, device=DEVICE) for _ in range(sets)]
        self.outputs = [torch.empty(shape.frames * shape.out_count, dtype=DTYPES[shape.element], device=DEVICE)
                        for _ in range(sets)]
        self.fill(fill)

    def fill(self, fill):
        for i, data in enumerate(self.inputs):
            data.copy_(fill(data.numel(), i))

    def __len__(self):
        return len(self.inputs)


class Timed:
    """A contender's graphs for one case, or its calls where it cannot be captured."""

    def __init__(self, contender, buffers, stream):
        self.contender, self.buffers, self.stream = contender, buffers, stream
        self.results = [None] * len(buffers)
        self.times = {"rotated": [], "hot": [], "cold": [], "natural": []}
        self.why_no_graph = ""

    def call(self, i):
        self.results[i] = self.contender.call(self.buffers.inputs[i], self.buffers.outputs[i])

    def last_frame(self, frames):
        result = self.results[0]
        return (self.buffers.outputs[0] if result is None else result).reshape(-1).chunk(frames)[-1]

    def prepare(self):
        """Counts the calls that fit into a round and captures them."""
        for _ in range(2):  # the second time nothing is compiled or allocated any more
            for i in range(len(self.buffers)):
                self.call(i)
        self.stream.synchronize()
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        self.call(0)
        end.record()
        end.synchronize()
        sets = len(self.buffers)
        fit = int(ROUND_BUDGET_US / (1e3 * begin.elapsed_time(end)))
        self.launches = max(min(fit, MOST_LAUNCHES) // sets * sets, sets)
        torch.cuda.empty_cache()  # a graph has a pool of its own
        plans = {"rotated": [i % sets for i in range(self.launches)], "hot": [0] * self.launches, "cold": [0]}
        try:
            self.play = {name: self.captured(plan) for name, plan in plans.items()}
        except Exception as error:  # whatever a library raises: the contender is then timed without a graph
            self.why_no_graph = str(error).splitlines()[0] if str(error) else type(error).__name__
            torch.cuda.synchronize()
            self.play = {name: self.looped(plan) for name, plan in plans.items()}
        self.play["natural"] = self.play["rotated"]

    def captured(self, plan):
        """A graph of the calls of the plan. torch.cuda.graph would collect garbage each time, which takes longer than the
        capture; here nothing is collected while it lasts."""
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        gc.disable()
        try:
            graph.capture_begin()
            try:
                for i in plan:
                    self.call(i)
            except Exception:
                with contextlib.suppress(RuntimeError):  # what went wrong first is what counts
                    graph.capture_end()
                raise
            graph.capture_end()
        finally:
            gc.enable()
        graph.replay()
        return graph.replay

    def looped(self, plan):
        def play():
            for i in plan:
                self.call(i)
        return play

    def enqueue(self, what, flush=None):
        """One timed replay; the events are read by `collect`."""
        if flush is not None:
            flush.zero_()
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        self.play[what]()
        end.record()
        return what, begin, end

    def collect(self, replay):
        what, begin, end = replay
        self.times[what].append(1e3 * begin.elapsed_time(end) / (1 if what == "cold" else self.launches))

    def submit(self):
        """Median microseconds of the host for one call."""
        arguments = self.buffers.inputs[0], self.buffers.outputs[0]
        if self.contender.submit_us:
            return self.contender.submit_us(*arguments)
        times, deadline = [], time.perf_counter() + 0.2
        while len(times) < 200 and (len(times) < 5 or time.perf_counter() < deadline):
            self.stream.synchronize()
            begin = time.perf_counter()
            self.contender.call(*arguments)
            times.append(1e6 * (time.perf_counter() - begin))
        self.stream.synchronize()
        return statistics.median(times)

    def summary(self):
        out = {f"{name}_us": spread(times) for name, times in self.times.items() if len(times) > 1}
        return out | {"launches": self.launches, "graph": not self.why_no_graph, "why_no_graph": self.why_no_graph}


def rounds(timed, what, count, flush=None):
    """`count` rounds over all contenders, each round begun by another one."""
    for r in range(count):
        order = timed[r % len(timed):] + timed[:r % len(timed)]
        replays = [(t, t.enqueue(what, flush)) for t in order]
        torch.cuda.synchronize()
        for t, replay in replays:
            t.collect(replay)


def measure(timed, flush):
    """All columns that need the random images."""
    rounds(timed, "rotated", ROUNDS)
    rounds(timed, "hot", ROUNDS // 3)
    rounds(timed, "cold", ROUNDS, flush)
