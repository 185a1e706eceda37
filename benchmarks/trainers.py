"""Trainers side by side: Model.fit, Model.fit as one execution under XLA, PyTorch by hand, scikit-learn, ours.

    python benchmarks/trainers.py [--json FILE] [--only iris,mlp] [--seeds 5]

Every contender has a process of its own; they take turns, ``--seeds`` of them, and the median counts. On a machine that
does something else as well the ratios mean nothing: the load is printed first. PyTorch is left out where it is absent.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from rows import Row, arguments, finish
from trainer_stream import measure_stream
from trainer_works import WORKS, Work

HERE = Path(__file__).parent
LONGEST = 30.0  # seconds that the whole runs of fit may take; long ones are timed once
SKLEARN = ("mlp",)


class Contender:
    """A process that trains when it is told to."""

    def __init__(self, name: str, work: str) -> None:
        self.name = name
        command = [sys.executable, str(HERE / "trainer_worker.py"), name, work]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = self._answer()
        self.epochs: list[float] = []
        self.memory = 0.0

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name}: the process ended with {self.process.wait()}")
        return json.loads(line)


def gemm_rate(seconds: float = 1.0) -> float:
    """Return what the machine multiplies at best, FLOP/s, in float32 matrices of 2048."""
    a = np.random.default_rng(0).random((2048, 2048), dtype="float32")
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - started)
    return 2 * 2048**3 / best


def measure(name: str, work: Work, turns: int, rate: float) -> list[Row]:
    names = ["ours", "fit", "fit_compiled"]
    names += ["torch"] if importlib.util.find_spec("torch") else []
    names += ["sklearn"] if name in SKLEARN else []
    contenders = {contender: Contender(contender, name) for contender in names}
    for _ in range(turns):
        for contender, process in contenders.items():
            count = work.epochs if contender.startswith("fit") else 2 * work.epochs
            process.epochs.append(statistics.median(process.ask(f"epochs {count}")))
    later = {contender: statistics.median(process.epochs) for contender, process in contenders.items()}
    print(f"\n{name}: {work.rows:,} rows, batches of {work.batch_size}")
    print(f"{'':<14}{'first epoch, s':>15}{'later, ms':>11}{'MiB':>7}")
    for contender, process in contenders.items():
        process.memory = process.ask("memory")
        print(f"{contender:<14}{process.first:>15.2f}{1e3 * later[contender]:>11.2f}{process.memory:>7.0f}")
    rows = [
        Row(name, f"epoch_ratio_to_{peer}", later[peer] / later["ours"], spread(contenders, peer), turns, peer)
        for peer in names
        if peer != "ours"
    ]
    share = 6 * work.multiplications * work.rows / rate / later["ours"]
    rows.append(Row(name, "gemm_share", share, seeds=turns))
    for contender, process in contenders.items():
        named = "" if contender == "ours" else f"_{contender}"
        rows.append(Row(name, f"first_epoch_seconds{named}", process.first, peer=contender))
        rows.append(Row(name, f"peak_memory_mib{named}", process.memory, peer=contender))
    rows += whole(name, contenders["ours"], contenders["fit"], turns, later["fit"])
    for process in contenders.values():
        process.end()
    return rows


def spread(contenders: dict[str, Contender], peer: str) -> float:
    """Standard deviation of the ratio over the turns."""
    turns = zip(contenders["ours"].epochs, contenders[peer].epochs, strict=True)
    return float(np.std([theirs / ours for ours, theirs in turns], ddof=1))


def whole(name: str, ours: Contender, theirs: Contender, turns: int, epoch: float) -> list[Row]:
    """Whole runs: build, compile, train; ``epoch`` is the seconds of one of fit's."""
    rows = []
    for epochs in (10, 100):
        turns = max(1, min(turns, int(LONGEST / (epochs * epoch))))
        times = [(ours.ask(f"run {epochs}"), theirs.ask(f"run {epochs}")) for _ in range(turns)]
        mine, other = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{epochs} epochs with build and compilation: ours {mine:.2f} s, fit {other:.2f} s")
        rows.append(Row(name, f"run{epochs}_ratio_to_fit", other / mine, seeds=turns, peer="fit"))
    return rows


def main() -> None:
    options = arguments("Trainers side by side.", [*WORKS, "stream"], seeds=5)
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    rate = gemm_rate()
    print(f"matrix multiplication: {rate / 1e9:.0f} GFLOP/s")
    rows: list[Row] = []
    for name in options.only:
        rows += measure_stream() if name == "stream" else measure(name, WORKS[name], options.seeds, rate)
    print()
    finish(rows, options.json)


if __name__ == "__main__":
    main()
