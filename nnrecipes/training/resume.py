"""The end of every epoch -> ``checkpoints/resume-<epochs>.npz``, from which a training that was killed goes on.

The file holds the variables of the model and of its optimizer, the history, and what callbacks have to remember. The
row order and the random layers of an epoch follow from (seed, epoch), so they need no state. It is one more callback:
any trainer that calls Keras' callbacks and takes ``initial_epoch`` can be resumed.

A callback of your own is resumed if it offers two methods::

    def get_state(self) -> dict: ...          # plain values and numpy arrays; taken at the end of each epoch
    def set_state(self, state) -> None: ...   # given back after on_train_begin
"""

# ruff: noqa: ARG002 - Keras names the arguments

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from nnrecipes.errors import RunError, cannot_write
from nnrecipes.training.state import read_state, write_state
from nnrecipes.training.variables import assign_variables, read_variables

FOLDER = "checkpoints"
State = dict[str, Any]
KEPT: tuple[tuple[type, tuple[str, ...]], ...] = (
    (keras.callbacks.EarlyStopping, ("best", "best_epoch", "best_weights", "wait", "stopped_epoch")),
    (keras.callbacks.ReduceLROnPlateau, ("best", "wait", "cooldown_counter")),
    (keras.callbacks.ModelCheckpoint, ("best", "_batches_seen_since_last_saving", "_last_batch_seen")),
    (keras.callbacks.History, ("epoch", "history")),
)
"""What the callbacks of Keras remember from one epoch to the next."""


class Resume(keras.callbacks.Callback):  # type: ignore[misc]
    """Keep the state of a training at the end of each epoch; it stands behind every other callback.

    Each epoch has a file of its own, and the one before is removed then: to rename a file to the name of another makes
    ext4 write to the disk at once, which takes milliseconds.

    Args:
        folder: The run folder.
        watched: The callbacks to keep the state of, in their order.
        state: What :func:`load_resume` read, to go on from there.
        share: How many networks train at once; the time of each is that part of the whole.
    """

    def __init__(
        self, folder: str | Path, watched: Sequence[Any], state: Mapping[str, Any] | None = None, *, share: int = 1
    ) -> None:
        super().__init__()
        self.folder = Path(folder) / FOLDER
        self.watched = list(watched)
        self.state = state
        self.share = share
        self._older = resume_files(folder)
        self._began = (time.monotonic(), time.process_time())

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Put everything back, after the other callbacks have forgotten what they knew."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from None
        if self.state is None:
            return
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        _assign(self.model.variables, self.state["model"], "a model")
        _assign(optimizer.variables, self.state["optimizer"], "an optimizer")
        restore(self.watched, self.state["callbacks"])
        for item in self.watched:
            if isinstance(item, keras.callbacks.History):
                self.model.history = item  # as History itself does, but only at the end of an epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write."""
        earlier = self.state or {"seconds": 0.0, "cpu_seconds": 0.0}
        path = self.folder / f"resume-{epoch + 1:06d}.npz"
        write_state(path, {
            "epochs": epoch + 1,
            "stopped": bool(self.model.stop_training),
            "seconds": earlier["seconds"] + (time.monotonic() - self._began[0]) / self.share,
            "cpu_seconds": earlier["cpu_seconds"] + (time.process_time() - self._began[1]) / self.share,
            "model": read_variables(self.model.variables),
            "optimizer": read_variables(self.model.optimizer.variables),
            "callbacks": states_of(self.watched),
        })  # fmt: skip
        for older in self._older:
            older.unlink(missing_ok=True)
        self._older = [path]


def load_resume(folder: str | Path) -> State | None:
    """Read what a run needs to go on; None where no epoch was completed.

    Raises:
        RunError: The file is damaged.
    """
    files = resume_files(folder)
    return read_state(files[-1]) if files else None


def resume_files(folder: str | Path) -> list[Path]:
    """The files of a run that hold its state, the latest last; there is one, or two after a kill between two epochs."""
    return sorted((Path(folder) / FOLDER).glob("resume-*.npz"))


def forgetful(callbacks: Sequence[Any]) -> list[str]:
    """Names of the callbacks of a user's own that cannot be resumed, as they offer no state."""
    return [
        type(item).__name__
        for item in callbacks
        if not _keeps(item) and not type(item).__module__.startswith(("keras.", "nnrecipes."))
    ]


def _keeps(callback: Any) -> bool:
    offers = hasattr(callback, "get_state") and hasattr(callback, "set_state")
    return offers or isinstance(callback, tuple(kind for kind, _ in KEPT))


def _state(callback: Any) -> State:
    if hasattr(callback, "get_state"):
        return dict(callback.get_state())
    names = next(names for kind, names in KEPT if isinstance(callback, kind))
    return {name: getattr(callback, name) for name in names if hasattr(callback, name)}


def states_of(callbacks: Sequence[Any]) -> list[State]:
    """What the callbacks have to remember, of those that offer it."""
    return [{"name": type(item).__name__, "state": _state(item)} for item in callbacks if _keeps(item)]


def restore(callbacks: Sequence[Any], states: Sequence[Mapping[str, Any]]) -> None:
    """Give it back to the same callbacks.

    Raises:
        RunError: They are others.
    """
    callbacks = [item for item in callbacks if _keeps(item)]
    names, received = [state["name"] for state in states], [type(item).__name__ for item in callbacks]
    if names != received:
        raise RunError(f"resume: expected the callbacks {', '.join(names)}. Received: {', '.join(received)}.")
    for callback, kept in zip(callbacks, states, strict=True):
        if hasattr(callback, "set_state"):
            callback.set_state(kept["state"])
        else:
            vars(callback).update(kept["state"])


def _assign(variables: Sequence[Any], values: Sequence[Any], what: str) -> None:
    expected, received = [value.shape for value in values], [tuple(variable.shape) for variable in variables]
    if expected != received:
        raise RunError(f"resume: expected {what} with variables of the shapes {expected}. Received: {received}.")
    assign_variables(variables, values)
