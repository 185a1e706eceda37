"""A callback that tells a search what each epoch came to, and stops a training that the search gives up."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


class Pruning(keras.callbacks.Callback):  # type: ignore[misc]
    """Report the objective after each epoch.

    Args:
        objective: A name that an epoch logs.
        report: Called with the epoch and the value; True stops the training.
    """

    def __init__(self, objective: str, report: Callable[[int, float], bool]) -> None:
        super().__init__()
        self.objective = objective
        self.report = report
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report, and stop where the search says so."""
        if self.objective in (logs or {}) and self.report(epoch, float((logs or {})[self.objective])):
            self.pruned = True
            self.model.stop_training = True
