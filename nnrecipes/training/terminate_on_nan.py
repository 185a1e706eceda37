"""A loss that is not a finite number -> the end of the training.

Keras' own callback of this name looks at every batch, which costs a fifth of a small network's training time. The loss
that is logged at the end of an epoch is the mean over its batches, so a NaN or an infinity in any of them shows there.
"""

# ruff: noqa: ARG002 - Keras names the arguments

import math

import keras


class TerminateOnNaN(keras.callbacks.Callback):  # type: ignore[misc]
    """Stop at the end of the epoch whose training loss is NaN or infinite; ``stopped_epoch_`` says which."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped_epoch_: int | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Forget an earlier training."""
        self.stopped_epoch_ = None

    def get_state(self) -> dict[str, int | None]:
        """Return what a resumed training needs."""
        return {"stopped_epoch": self.stopped_epoch_}

    def set_state(self, state: dict[str, int | None]) -> None:
        """Take it back."""
        self.stopped_epoch_ = state["stopped_epoch"]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the loss."""
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            self.stopped_epoch_ = epoch
            self.model.stop_training = True
