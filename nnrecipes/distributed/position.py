"""Where the workers of a Ray training stand <-> checkpoints of Ray Train, from which all of them go on.

A checkpoint has ``state.npz`` of the first worker: what all workers share, and the position in the data (epochs that
are done, updates of the present one). In the middle of an epoch each worker adds a file of what is its own: seed
generators, statistics of batches, and what its metrics have seen.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from nnrecipes.distributed.step import Step, assign_local, read_local
from nnrecipes.training.resume import State, restore, states_of
from nnrecipes.training.state import read_state, write_state
from nnrecipes.training.variables import assign_variables, read_variables

STATE, FINAL = "state.npz", "final.npz"


class RayPosition:
    """The position of one worker.

    Args:
        step: Of its model.
        callbacks: Those that it has.
        epochs: Of the training.
        rank: Of the worker; the first one writes what is shared.
    """

    def __init__(self, step: Step, callbacks: Sequence[Any], epochs: int, rank: int) -> None:
        from ray import train

        self.model, self.strategy, self.callbacks, self.rank = step.model, step.strategy, list(callbacks), rank
        self.state, self.own = _latest(train.get_checkpoint(), rank)
        stopped = self.state is not None and self.state["stopped"]
        self.epoch = epochs if stopped else int(self.state["epochs"]) if self.state else 0
        self.step = int(self.state["step"]) if self.state and not stopped else 0
        self._began = (time.monotonic(), time.process_time())

    def begin(self) -> None:
        """Put back what all workers share."""
        if self.state is None:
            return
        assign_variables(self.model.variables, self.state["model"])
        assign_variables(self.model.optimizer.variables, self.state["optimizer"])
        names = {type(item).__name__ for item in self.callbacks}
        restore(self.callbacks, [kept for kept in self.state["callbacks"] if kept["name"] in names])
        for item in self.callbacks:
            if isinstance(item, keras.callbacks.History):
                self.model.history = item

    def restore(self) -> None:
        """Put back what is the worker's own."""
        if self.own is not None:
            assign_local(self.strategy, self.model.non_trainable_variables, self.own["variables"])
            assign_local(self.strategy, self.model.metrics_variables, self.own["metrics"])

    def keep(self, epoch: int, step: int) -> None:
        """Write a checkpoint, all workers at the same moment."""
        files = {}
        if self.rank == 0:
            files[STATE] = self._shared(epoch, step)
        if step:
            files[_file(self.rank)] = {
                "variables": read_local(self.strategy, self.model.non_trainable_variables),
                "metrics": read_local(self.strategy, self.model.metrics_variables),
            }
        _report(files, {"epoch": epoch, "step": step})

    def finish(self, history: dict[str, list[float]]) -> None:
        """Write what the training has come to."""
        final = {"model": read_variables(self.model.variables), "history": history}
        epochs = len(next(iter(history.values()), []))
        _report({FINAL: final, STATE: self._shared(epochs, 0)} if self.rank == 0 else {}, {"epoch": epochs, "step": 0})

    def _shared(self, epoch: int, step: int) -> State:
        earlier = self.state or {"seconds": 0.0, "cpu_seconds": 0.0}
        return {
            "epochs": epoch,
            "step": step,
            "stopped": bool(self.model.stop_training),
            "seconds": earlier["seconds"] + time.monotonic() - self._began[0],
            "cpu_seconds": earlier["cpu_seconds"] + time.process_time() - self._began[1],
            "model": read_variables(self.model.variables),
            "optimizer": read_variables(self.model.optimizer.variables),
            "callbacks": states_of(self.callbacks),
        }


def _report(files: dict[str, State], metrics: dict[str, int]) -> None:
    from ray import train

    if not files:
        train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, tree in files.items():
            write_state(Path(folder) / name, tree)
        train.report(metrics, checkpoint=train.Checkpoint.from_directory(folder))


def _latest(checkpoint: Any, rank: int) -> tuple[State | None, State | None]:
    if checkpoint is None:
        return None, None
    with checkpoint.as_directory() as folder:
        own = Path(folder) / _file(rank)
        return read_state(Path(folder) / STATE), read_state(own) if own.is_file() else None


def _file(rank: int) -> str:
    return f"worker-{rank:05d}.npz"
