"""What trainers cost on this machine -> the table by which ``auto`` chooses (``nnrecipes/training/costs.json``).

    python benchmarks/measure_costs.py [--out FILE] [--rounds 3]

Networks of several depths, widths and kinds are trained by each trainer: the seconds before the first epoch has ended
and those of a later one, medians over the rounds. Nonnegative least squares of the relative errors give what a step, a
variable, a number, a step in time and a bent number cost. An idle machine is needed; on two cores a round takes about
four minutes.
"""

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scipy.optimize import nnls

from nnrecipes.data.spec import Arrays
from nnrecipes.layers.lstm import LSTM
from nnrecipes.layers.parametric_activation import ParametricActivation
from nnrecipes.training.choose import work_of
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.costs import TABLE, Work
from nnrecipes.training.program import PROGRAMS
from nnrecipes.training.together import Member, fit_together

STEPS = 20  # an epoch, and a shorter one behind them, as most data have
MEMBERS = 4
STEP_COSTS = ("step", "step_variable", "member_variable", "number", "turn", "bent")
BEGIN_COSTS = ("begin", "begin_variable", "begin_turns")


@dataclass(frozen=True)
class Network:
    """A network to measure: dense layers, maybe with parametric activations, or an LSTM over ``turns`` steps."""

    layers: int
    units: int
    batch: int
    turns: int = 0
    bent: bool = False

    def model(self, seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        stack: list[Any] = [keras.Input((self.turns, 8) if self.turns else (8,))]
        for _ in range(self.layers):
            stack += [LSTM(self.units) if self.turns else keras.layers.Dense(self.units, "relu")]
            stack += [ParametricActivation("mish")] if self.bent else []
        model = keras.Sequential([*stack, keras.layers.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
        return model

    def rows(self) -> Arrays:
        random, count = np.random.default_rng(0), STEPS * self.batch + self.batch // 2
        shape = (count, self.turns, 8) if self.turns else (count, 8)
        x = random.normal(size=shape).astype("float32")
        return Arrays({"x": x}, {"y": random.integers(0, 3, count).astype("int32")}, np.arange(count))


NETWORKS = (
    Network(1, 16, 8), Network(3, 32, 32), Network(6, 16, 16), Network(6, 64, 128), Network(2, 128, 256),
    Network(3, 256, 256), Network(4, 512, 128), Network(3, 128, 256, bent=True), Network(3, 64, 64, bent=True),
    Network(1, 16, 32, turns=20), Network(1, 32, 64, turns=60),
)  # fmt: skip


class Clock(keras.callbacks.Callback):
    """Notes the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = [time.perf_counter()]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(time.perf_counter())

    def times(self) -> tuple[float, float]:
        """Seconds of the beginning, and of a step."""
        spans = np.diff(self.ends)
        later = float(np.quantile(spans[1:], 0.2))  # what else the machine does is no cost of ours
        return float(spans[0]) - later, later / (STEPS + 1)


def measure(network: Network, kind: str) -> tuple[float, float]:
    """Return the seconds of the beginning and of a step."""
    rows, xla, clock = network.rows(), kind.startswith("xla"), Clock()
    epochs = 30 if network.units < 256 and not network.turns else 8
    if not kind.endswith("_members"):
        model, clock = network.model(0), Clock()
        fit_compiled(model, rows, epochs=epochs, batch_size=network.batch, callbacks=[clock], xla=xla)
        return clock.times()
    models = [network.model(seed) for seed in range(MEMBERS)]
    clock = Clock()
    members = [Member(model, rows, None, seed, [] if seed else [clock]) for seed, model in enumerate(models)]
    fit_together(members, epochs=epochs, batch_size=network.batch, xla=xla)
    return clock.times()


def factors(work: Work, kind: str) -> list[float]:
    """What the costs of a step are multiplied by."""
    side = MEMBERS if kind.endswith("_members") else 1
    return [1, work.variables, work.variables * side if side > 1 else 0, work.numbers * side, work.turns * side,
            work.bent * side]  # fmt: skip


def fitted(rows: list[list[float]], seconds: list[float], names: tuple[str, ...]) -> dict[str, float]:
    """Nonnegative least squares of the relative errors."""
    values = np.array(seconds)
    costs, _ = nnls(np.array(rows) / values[:, None], np.ones(len(values)))
    return {name: float(f"{cost:.3g}") for name, cost in zip(names, costs, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    table: dict[str, dict[str, float]] = {}
    kinds = ("graph", "xla", "graph_members", "xla_members")
    taken: dict[tuple[Network, str], list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        for network in NETWORKS:
            for kind in kinds[:2] if network.turns else kinds:  # recurrent layers have no form for several networks
                PROGRAMS.clear()  # as in a process that begins
                taken.setdefault((network, kind), []).append(measure(network, kind))
                begin, step = taken[network, kind][-1]
                what = f"{network.layers} x {network.units:<4} batch {network.batch:<4} turns {network.turns:<3}"
                print(f"{kind:<14}{what} bent {network.bent:<2}: {begin:.2f} s, {1e6 * step:.0f} us a step", flush=True)
    measured: dict[str, list[tuple[Work, float, float]]] = {kind: [] for kind in kinds}
    for (network, kind), times in taken.items():
        begin, step = (statistics.median(column) for column in zip(*times, strict=True))
        measured[kind].append((work_of(network.model(0), network.batch), begin, step))
    for kind, found in measured.items():
        begins = [[1.0, work.variables, float(bool(work.turns))] for work, _, _ in found]
        table[kind] = fitted(begins, [max(begin, 0.01) for _, begin, _ in found], BEGIN_COSTS)
        steps = [factors(work, kind) for work, _, _ in found]
        table[kind] |= fitted(steps, [step for _, _, step in found], STEP_COSTS)
    written = {
        "versions": {name: version(name) for name in ("tensorflow", "keras")},
        "machine": {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "seconds": table,
    }
    options.out.write_text(json.dumps(written, indent=1) + "\n")
    print(json.dumps(table, indent=1))


def processor() -> str:
    """The processor's name as Linux tells it, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
