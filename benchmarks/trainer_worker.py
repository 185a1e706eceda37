"""One contender on one work in a process of its own; it trains when it is told to on its standard input.

    python benchmarks/trainer_worker.py CONTENDER WORK

First it answers with the seconds from before the model is built to the end of the first epoch. Then

    epochs N    -> the seconds of each of N further epochs, without the one before them
    run N       -> the seconds from before a new model is built to the end of its N epochs
    memory      -> the largest resident memory so far, in MiB
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from trainer_works import WORKS, Work

from nnrecipes.data.spec import Arrays
from nnrecipes.training.choose import choose
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.program import PROGRAMS

Train = Callable[[int], list[float]]
LONG = 10_000  # epochs of the training that a burst is part of; whole runs are planned as they are


class Clock(keras.callbacks.Callback):
    """Notes the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(time.perf_counter())


def by_torch(name: str, work: Work, data: Arrays) -> Train:
    """The loop by hand."""
    from trainer_torch import Loop

    loop = Loop(name, data, work.batch_size)
    return lambda epochs: [(loop.epoch(), time.perf_counter())[1] for _ in range(epochs)]


def by_fit(work: Work, data: Arrays, **options: Any) -> Train:
    """``Model.fit`` as a user writes it."""
    model = work.compiled(ours=False, **options)
    x, y = (part if len(part) > 1 else next(iter(part.values())) for part in (data.x, data.y))

    def train(epochs: int) -> list[float]:
        clock = Clock()
        model.fit(x, y, batch_size=work.batch_size, epochs=epochs, callbacks=[clock], verbose=0)
        return clock.ends

    return train


def by_ours(work: Work, data: Arrays, kind: str, planned: int) -> Train:
    """The compiled trainer: ``auto`` as in a training of so many epochs, or ``graph`` or ``xla``."""
    model = work.compiled()
    if kind == "ours":
        kind = choose(model, [data], epochs=planned, batch_size=work.batch_size).kind

    def train(epochs: int) -> list[float]:
        clock = Clock()
        fit_compiled(model, data, epochs=epochs, batch_size=work.batch_size, callbacks=[clock], xla=kind == "xla")
        return clock.ends

    return train


def by_sklearn(work: Work, data: Arrays) -> Train:
    """scikit-learn's MLP, one epoch a call of ``partial_fit``."""
    from sklearn.neural_network import MLPClassifier

    model, y = MLPClassifier((64,), batch_size=work.batch_size, random_state=0), data.y["y"]
    classes = np.unique(y)
    return lambda epochs: [
        (model.partial_fit(data.x["x"], y, classes=classes), time.perf_counter())[1] for _ in range(epochs)
    ]


def begin(contender: str, name: str, data: Arrays, planned: int = LONG) -> Train:
    """Build and compile; the function trains some epochs and returns when each ended."""
    work = WORKS[name]
    if contender == "torch":
        return by_torch(name, work, data)
    if contender == "sklearn":
        return by_sklearn(work, data)
    if contender == "fit":
        return by_fit(work, data)
    if contender == "fit_compiled":
        return by_fit(work, data, steps_per_execution=-(-work.rows // work.batch_size), jit_compile=True)
    return by_ours(work, data, contender, planned)


def answer(contender: str, name: str, data: Arrays, train: Train, line: str) -> Any:
    command, *number = line.split()
    if command == "memory":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    if command == "epochs":
        ends = train(int(number[0]) + 1)
        return [b - a for a, b in pairwise(ends)]
    PROGRAMS.clear()  # as in a process that begins
    started = time.perf_counter()
    epochs = int(number[0])
    return begin(contender, name, data, epochs)(epochs)[-1] - started


def main() -> None:
    contender, name = sys.argv[1:]
    data = WORKS[name].data()
    started = time.perf_counter()
    train = begin(contender, name, data)
    print(json.dumps(train(1)[0] - started), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(contender, name, data, train, line)), flush=True)


if __name__ == "__main__":
    main()
