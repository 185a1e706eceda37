"""Epochs -> a bar with metrics on a terminal, or plain lines in a log. Nothing reaches standard output."""

# ruff: noqa: ARG002 - Keras names the arguments

import shutil
import sys
import time
from typing import TextIO

import keras

WIDTH = 20  # columns of the bar
REFRESH = 0.1  # seconds between two drawings of the bar
LINES = 20  # of a log, at about this many epochs at equal distances
SILENCE = 30.0  # seconds after which a log gets a line in any case


class Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Show how far the training is.

    Args:
        epochs: How many epochs are planned.
        stream: Standard error by default.
    """

    def __init__(self, epochs: int, stream: TextIO | None = None) -> None:
        super().__init__()
        self.epochs = epochs
        self.stream = stream
        self._drawn = float("-inf")
        self._shown = -1
        self._latest = (0, "")

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Find out what standard error is now."""
        self._out = self.stream or sys.stderr
        self._terminal = self._out.isatty()
        self._drawn, self._shown, self._latest = time.monotonic(), -1, (0, "")

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Draw the part of an epoch that is done; in a log, say it after a long silence."""
        steps = (self.params or {}).get("steps") or 0
        part, silent = batch / steps if steps else 0.0, time.monotonic() - self._drawn
        if self._terminal and silent >= REFRESH:
            self._draw(self._latest[0] + part, self._latest[1])
        elif not self._terminal and part and silent >= SILENCE:
            self._out.write(f"epoch {self._latest[0] + 1}/{self.epochs}  {part:.0%}\n")
            self._out.flush()
            self._drawn = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Show the epoch's numbers."""
        losses_first = sorted((logs or {}).items(), key=lambda item: item[0] not in {"loss", "val_loss"})
        self._latest = (epoch + 1, "  ".join(f"{name} {value:.4g}" for name, value in losses_first))
        if self._terminal:
            if time.monotonic() - self._drawn >= REFRESH:
                self._draw(*self._latest)
        elif self._due(epoch):
            self._line()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Show the last epoch, and end the bar's line."""
        if self._terminal:
            self._draw(*self._latest)
            self._out.write("\n")
            self._out.flush()
        elif self._shown != self._latest[0] and self._latest[0]:
            self._line()

    def _due(self, epoch: int) -> bool:
        every = max(1, round(self.epochs / LINES))
        return epoch == 0 or (epoch + 1) % every == 0 or time.monotonic() - self._drawn >= SILENCE

    def _line(self) -> None:
        epoch, numbers = self._latest
        self._out.write(f"epoch {epoch}/{self.epochs}  {numbers}\n")
        self._out.flush()
        self._drawn, self._shown = time.monotonic(), epoch

    def _draw(self, done: float, numbers: str) -> None:
        filled = min(WIDTH, int(WIDTH * done / max(self.epochs, 1)))
        bar = "━" * filled + "─" * (WIDTH - filled)
        part = f" {done % 1:.0%}" if done % 1 else ""
        line = f"epoch {int(done)}/{self.epochs}{part} {bar} {numbers}"
        self._out.write(
            f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}"
        )  # a line that wraps cannot be redrawn
        self._out.flush()
        self._drawn = time.monotonic()
