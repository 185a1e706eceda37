"""A curve epoch -> multiplier -> a callback that sets the learning rate and logs it."""

# ruff: noqa: ARG002 - Keras names the arguments

from collections.abc import Callable

import keras


class EpochSchedule(keras.callbacks.Callback):  # type: ignore[misc]
    """Set the learning rate of each epoch to ``base * multiplier(epoch)`` and log it as ``learning_rate``.

    Args:
        multiplier: Epoch, counted from 0 -> multiplier.
        base: The base rate; the optimizer's own at the start of the training where it is None.
    """

    def __init__(self, multiplier: Callable[[int], float], base: float | None = None) -> None:
        super().__init__()
        self.multiplier = multiplier
        self.base = base
        self.base_ = 0.0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Take the base rate."""
        self.base_ = (
            float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)) if self.base is None else self.base
        )

    def get_state(self) -> dict[str, float]:
        """Return what a resumed training needs."""
        return {"base": self.base_}

    def set_state(self, state: dict[str, float]) -> None:
        """Take it back: the optimizer's rate is no longer the base rate."""
        self.base_ = state["base"]

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set the epoch's rate."""
        self.model.optimizer.learning_rate = self.base_ * self.multiplier(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Log the epoch's rate."""
        if logs is not None:
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
