"""Flat keywords -> the Keras callbacks of a training, in the order in which they have to run."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras

from nnrecipes.config.monitor import resolve_mode
from nnrecipes.errors import ConfigError
from nnrecipes.training import schedules
from nnrecipes.training.checkpoint import Checkpoint
from nnrecipes.training.early_stopping import EarlyStopping
from nnrecipes.training.epoch_schedule import EpochSchedule
from nnrecipes.training.fade import Fade
from nnrecipes.training.progress import Progress
from nnrecipes.training.require_monitor import RequireMonitor
from nnrecipes.training.terminate_on_nan import TerminateOnNaN

Options = Mapping[str, Any]
Schedule = Options | Callable[[int, float], float]
CURVES: dict[str, Callable[..., float]] = {
    "step": schedules.step,
    "exponential": schedules.exponential,
    "milestones": schedules.milestones,
    "given": schedules.given,
    "cosine": schedules.cosine,
    "one_cycle": schedules.one_cycle,
    "coslog": schedules.coslog,
}


def build_callbacks(
    *,
    epochs: int,
    folder: str | Path | None = None,
    monitor: str = "val_loss",
    mode: str = "auto",
    early_stopping: Options | None = None,
    checkpoint: Options | None = None,
    schedule: Schedule | None = None,
    fade: Options | None = None,
    tensorboard: Options | None = None,
    terminate_on_nan: bool = True,
    progress: bool = True,
) -> list[Any]:
    """Return the callbacks.

    Args:
        epochs: Epochs of the training; schedules and progress need the number.
        folder: The run folder; ``checkpoints/`` and ``tensorboard/`` are made in it.
        monitor: The logged name that early stopping, checkpoints and ``reduce_on_plateau`` watch.
        mode: ``min``, ``max``, or ``auto`` to follow from the name.
        early_stopping: Arguments of ``keras.callbacks.EarlyStopping``; best weights come back by default.
        checkpoint: Arguments of :class:`~nnrecipes.training.checkpoint.Checkpoint`.
        schedule: ``{"kind": "cosine", ...}`` with the arguments of a function in
            :mod:`nnrecipes.training.schedules`, ``{"kind": "reduce_on_plateau", ...}`` with those of
            ``keras.callbacks.ReduceLROnPlateau``, or a function ``(epoch, learning rate) -> learning rate``.
        fade: Arguments of :class:`~nnrecipes.training.fade.Fade`.
        tensorboard: Arguments of ``keras.callbacks.TensorBoard``.
        terminate_on_nan: Whether a NaN or infinite loss ends the training.
        progress: Whether progress is shown on standard error.

    Raises:
        ConfigError: No direction follows from ``monitor``, a folder is missing, or Keras refuses an argument.

    Example:
        >>> [type(item).__name__ for item in build_callbacks(epochs=5, early_stopping={"patience": 3}, progress=False)]
        ['RequireMonitor', 'EarlyStopping', 'TerminateOnNaN']
    """
    best = bool(checkpoint is not None and checkpoint.get("best", True))
    plateau = isinstance(schedule, Mapping) and schedule.get("kind") == "reduce_on_plateau"
    watched: dict[str, Any] = {"monitor": monitor}
    callbacks: list[Any] = []
    if best or plateau or early_stopping is not None:
        watched["mode"] = _direction(monitor, mode)
        callbacks.append(RequireMonitor(monitor))
    if schedule is not None:
        callbacks.append(_schedule(schedule, epochs, watched))
    if fade is not None:
        callbacks.append(_call("fade", Fade, {**fade, "epochs": fade.get("epochs") or epochs}))
    if checkpoint is not None:  # before early stopping, which puts the best weights back at the end
        place = _place(folder, "checkpoint", "checkpoints")
        callbacks.append(_call("checkpoint", partial(Checkpoint, place), {**watched, **checkpoint}))
    if early_stopping is not None:
        options = {**watched, "restore_best_weights": True, **early_stopping}
        callbacks.append(_call("early_stopping", EarlyStopping, options))
    if terminate_on_nan:
        callbacks.append(TerminateOnNaN())
    if tensorboard is not None:
        options = {"log_dir": str(_place(folder, "tensorboard", "tensorboard")), "profile_batch": 0, **tensorboard}
        callbacks.append(_call("tensorboard", keras.callbacks.TensorBoard, options))
    return [*callbacks, Progress(epochs)] if progress else callbacks


def _direction(monitor: str, mode: str) -> str:
    found = resolve_mode(monitor) if mode == "auto" else mode
    if found not in {"min", "max"}:
        expected = f"min or max, as {monitor!r} does not tell its direction"
        raise ConfigError(f"training.callbacks.mode: expected {expected}. Received: {mode!r}.")
    return found


def _schedule(schedule: Schedule, epochs: int, watched: Options) -> Any:
    if not isinstance(schedule, Mapping):
        return keras.callbacks.LearningRateScheduler(schedule)
    options = dict(schedule)
    kind = options.pop("kind", None)
    if kind == "reduce_on_plateau":
        return _call("schedule", keras.callbacks.ReduceLROnPlateau, {**watched, **options})
    if kind not in CURVES:
        expected = f"one of {', '.join([*CURVES, 'reduce_on_plateau'])}"
        raise ConfigError(f"training.callbacks.schedule.kind: expected {expected}. Received: {kind!r}.")
    if kind in {"cosine", "one_cycle", "coslog"}:
        options = {"epochs": epochs, **options}
    curve = partial(CURVES[kind], **options)
    _call("schedule", curve, {"epoch": 0})
    return EpochSchedule(curve)


def _place(folder: str | Path | None, key: str, name: str) -> Path:
    if folder is None:
        raise ConfigError(f"training.callbacks.{key}: expected a run folder to write to. Received: none.")
    return Path(folder) / name


def _call(key: str, function: Callable[..., Any], options: Options) -> Any:
    try:
        return function(**options)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"training.callbacks.{key}: expected arguments that fit. Received: {error}.") from error
