"""A monitored name that no epoch logs -> an error after the first epoch, where Keras would only warn."""

# ruff: noqa: ARG002 - Keras names the arguments

import keras

from nnrecipes.errors import ConfigError, did_you_mean


class RequireMonitor(keras.callbacks.Callback):  # type: ignore[misc]
    """Raise when the logs of an epoch lack the name that other callbacks watch.

    Args:
        monitor: The name.

    Raises:
        ConfigError: At the end of the first epoch.
    """

    def __init__(self, monitor: str) -> None:
        super().__init__()
        self.monitor = monitor

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look the name up."""
        names = list(logs or {})
        if self.monitor not in names:
            hint = did_you_mean(self.monitor, names)
            expected = f"one of {', '.join(names)}"
            raise ConfigError(f"training.callbacks.monitor: expected {expected}. Received: {self.monitor!r}.{hint}")
