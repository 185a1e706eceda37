"""Rows, a step and callbacks -> a trained model, on every replica the same, and its history.

The contract is that of :func:`~nnrecipes.training.fit.fit_keras`: order of rows, callbacks and logs are the same. Only
layers with random generators differ: each replica draws for its own rows.
"""

# ruff: noqa: ARG002 - Keras names the arguments

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import keras
import numpy as np

from nnrecipes.data.spec import Arrays, derive_seed
from nnrecipes.distributed.parts import shares
from nnrecipes.distributed.rows import Rows
from nnrecipes.distributed.step import Step, first_replica, local_results
from nnrecipes.training.ensemble import take
from nnrecipes.training.fit import EVALUATION_ROWS, History
from nnrecipes.training.progress import Progress
from nnrecipes.training.randomness import generator_states


class Position(Protocol):
    """Where a training begins or goes on, and what keeps it safe."""

    epoch: int
    step: int

    def begin(self) -> None:
        """Put back what was kept, after the callbacks have forgotten what they knew."""
        ...

    def restore(self) -> None:
        """Put back what a replica has of its own in the middle of an epoch."""
        ...

    def keep(self, epoch: int, step: int) -> None:
        """Keep the state: of an epoch's end where ``step`` is 0."""
        ...


def fit_on_replicas(
    step: Step,
    rows: Rows,
    validation: Arrays | None,
    position: Position,
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    callbacks: Sequence[Any],
    every: int = 0,
) -> History:
    """Train the step's model in place, on this process' replicas, and return what each epoch logged.

    Args:
        step: Of the model.
        rows: Training rows; all replicas have the same ones here.
        validation: Rows that are scored after each epoch, by all replicas together.
        position: Where to begin.
        epochs: The epoch to stop before.
        batch_size: Rows an update, of all replicas.
        shuffle: Whether each epoch takes the rows in an order of its own.
        seed: Of the run.
        callbacks: Keras callbacks that act at epochs and decide by the logs alone, so that all replicas do the same.
        every: Updates between two times that the state is kept in the middle of an epoch; 0 for none.
    """
    model, strategy, first = step.model, step.strategy, position.epoch
    parts = rows.parts(batch_size)
    randomness = ReplicaRandomness(seed, strategy)
    listening = keras.callbacks.CallbackList([randomness, *callbacks], add_history=True, model=model, epochs=epochs,
                                             verbose=0, steps=len(parts))  # fmt: skip
    model.stop_training = False
    listening.on_train_begin()
    position.begin()
    logs: dict[str, float] = {}
    for epoch in range(first, epochs):
        listening.on_epoch_begin(epoch)
        step.reset()
        begin = position.step if epoch == first else 0
        if begin:
            position.restore()
        feed = [rows.epoch(replica, seed, epoch, batch_size, shuffle=shuffle, first=begin)
                for replica in randomness.replicas]  # fmt: skip
        _updates(step, feed, parts, begin, callbacks, partial(_keep, position, every, epoch))
        logs = step.logs()
        step.average_statistics()
        logs |= score(step, validation, max(batch_size, EVALUATION_ROWS), randomness.replicas)
        listening.on_epoch_end(epoch, logs)
        position.keep(epoch + 1, 0)
        if model.stop_training:
            break
    listening.on_train_end(logs)
    return {name: [float(value) for value in values] for name, values in model.history.history.items()}


def score(step: Step, rows: Arrays | None, batch_size: int, replicas: Sequence[int]) -> dict[str, float]:
    """Return the logs of rows that all replicas score together; they begin with ``val_``."""
    if rows is None:
        return {}
    step.reset()
    for start in range(0, len(rows), batch_size):
        count = min(batch_size, len(rows) - start)
        ends = start + np.cumsum([0, *shares(count, step.replicas)])
        step.test([take(rows, np.arange(ends[place], ends[place + 1])) for place in replicas], count)
    return {f"val_{name}": value for name, value in step.logs().items()}


def _updates(
    step: Step, feed: Sequence[Any], parts: Any, begin: int, callbacks: Sequence[Any], keep: Callable[[int], None]
) -> None:
    bars = [callback for callback in callbacks if isinstance(callback, Progress)]
    try:
        for number in range(begin, len(parts)):
            step.train([next(rows, None) for rows in feed], int(parts[number].sum()))
            for bar in bars:
                bar.on_train_batch_begin(number + 1)
            if number + 1 < len(parts):
                keep(number + 1)
    finally:
        for rows in feed:
            rows.close()


def _keep(position: Position, every: int, epoch: int, done: int) -> None:
    if every and done % every == 0:
        position.keep(epoch, done)


class ReplicaRandomness(keras.callbacks.Callback):  # type: ignore[misc]
    """Set the seed generators of all layers when an epoch begins: by seed, epoch and replica.

    Args:
        seed: Of the run; the first replica draws by it, as one process does.
        strategy: Whose replicas of this process are meant.
    """

    def __init__(self, seed: int, strategy: Any) -> None:
        super().__init__()
        self.seed, self.strategy = seed, strategy
        self.replicas: list[int] = []

    def set_model(self, model: keras.Model) -> None:
        """Find the replicas."""
        super().set_model(model)
        first, here = first_replica(self.strategy), len(local_results(self.strategy, model.variables[0].value))
        self.replicas = list(range(first, first + here))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set them."""
        for place, state in enumerate(generator_states(self.model)):
            for replica, part in zip(self.replicas, local_results(self.strategy, state.value), strict=True):
                own = derive_seed(self.seed, f"replica {replica}") if replica else self.seed
                part.assign(np.array([derive_seed(own, f"layer {place}", epoch), 0], dtype="uint32"))
