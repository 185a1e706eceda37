"""The best and the last model of a training -> files under ``checkpoints/``, each written aside and renamed.

``keras.callbacks.ModelCheckpoint`` writes in place, so that a kill leaves half a file, and once an epoch, which costs
more than an epoch of a small network. Here the files are at most ``every_seconds`` behind and both of one moment, and
each has the weights and the optimizer's state of its own epoch, whenever it was written.
"""

# ruff: noqa: ARG002 - Keras names the arguments

import time
from pathlib import Path
from typing import Any

import keras

from nnrecipes.training.save import write_model
from nnrecipes.training.variables import assign_variables, read_variables


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]
    """Keep ``best.keras`` and ``last.keras``, or ``*.weights.h5``.

    Args:
        folder: Where the files go; made when the first one is written.
        monitor: The logged name that says which model is best.
        mode: ``min`` or ``max``.
        best: Whether the best model is kept.
        last: Whether the last model is kept.
        weights_only: Whether only weights are written. A model that Keras cannot write whole, such as one of a class
            without ``get_config``, gets weights in any case.
        initial_value_threshold: The value that the first best model has to beat.
        every_seconds: The files are this far behind at most; 0 writes at every epoch.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        monitor: str = "val_loss",
        mode: str = "min",
        best: bool = True,
        last: bool = True,
        weights_only: bool = False,
        initial_value_threshold: float | None = None,
        every_seconds: float = 5.0,
    ) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.monitor = monitor
        self.mode = mode
        self.best = best
        self.last = last
        self.weights_only = weights_only
        self.initial_value_threshold = initial_value_threshold
        self.every_seconds = every_seconds
        self.best_value_: float | None = None
        self.best_epoch_: int | None = None
        self._best: list[Any] | None = None
        self._written = float("-inf")
        self._stale = False
        self._weights_only = weights_only

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Forget an earlier training."""
        self.best_value_, self.best_epoch_ = self.initial_value_threshold, None
        self._best, self._written, self._weights_only = None, float("-inf"), self.weights_only

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training needs; the best model is part of it until its file is written."""
        return {
            "best_value": self.best_value_,
            "best_epoch": self.best_epoch_,
            "best": self._best,
            "weights_only": self._weights_only,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Take it back. Files may be of a later epoch than the state, which comes to write them again."""
        self.best_value_, self.best_epoch_, self._best = state["best_value"], state["best_epoch"], state["best"]
        self._weights_only, self._stale = state["weights_only"], True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take the weights of a better model, and write when it is time."""
        value = (logs or {}).get(self.monitor)
        if self.best and value is not None and self._improves(value):
            self.best_value_, self.best_epoch_ = value, epoch
            self._best = read_variables(self._variables())
        self._stale = True
        if time.monotonic() - self._written >= self.every_seconds:
            self._write()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Write what is not written yet."""
        if self._stale:
            self._write()

    def _improves(self, value: float) -> bool:
        if self.best_value_ is None:
            return value == value  # NaN is never the best
        return value < self.best_value_ if self.mode == "min" else value > self.best_value_

    def _write(self) -> None:
        if self._best is not None:
            variables = self._variables()
            current = read_variables(variables)
            assign_variables(variables, self._best)
            self._save("best")
            assign_variables(variables, current)
            self._best = None
        if self.last:
            self._save("last")
        self._written, self._stale = time.monotonic(), False

    def _variables(self) -> list[Any]:
        optimizer = None if self._weights_only else getattr(self.model, "optimizer", None)
        return [*self.model.weights, *(optimizer.variables if optimizer else ())]

    def _save(self, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._weights_only:
            try:
                write_model(self.model, self.folder / f"{name}.keras")
            except (NotImplementedError, TypeError, ValueError):
                self._weights_only = True
        if self._weights_only:
            write_model(self.model, self.folder / f"{name}.weights.h5")
