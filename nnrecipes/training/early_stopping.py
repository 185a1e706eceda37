"""Keras' EarlyStopping, for which a NaN is no value.

Keras keeps a NaN of the first epoch as the best value for ever, and brings that epoch's weights back at the end.
"""

import math

import keras


class EarlyStopping(keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """``keras.callbacks.EarlyStopping`` with all its arguments; the best value is never NaN."""

    best: float | None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the epoch's value, and forget it if it is NaN."""
        super().on_epoch_end(epoch, logs)
        if self.best is not None and math.isnan(self.best):
            self.best = None
