"""A model, rows and callbacks -> the reason why an epoch cannot be one program, if there is one."""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.data.spec import Arrays

BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end", "on_test_batch_begin",
               "on_test_batch_end")  # fmt: skip
GIB = 2**30


def obstacle(model: keras.Model, arrays: Sequence[Arrays], callbacks: Sequence[Any], memory_limit: float) -> str | None:
    """Return what keeps a training from the compiled trainer, in words; None where nothing does.

    Args:
        model: A compiled model.
        arrays: The rows that would stay in memory as tensors.
        callbacks: Those of the training.
        memory_limit: Of all these tensors, in GiB.
    """
    if model.run_eagerly:
        return "the model runs eagerly"
    for callback in callbacks:
        if needs_batches(callback):
            return f"{type(callback).__name__} acts at batches"
    tables = [values for rows in arrays for part in (rows.x, rows.y, rows.weights) for values in part.values()]
    if any(values.dtype.kind in "OSU" for values in tables):
        return "the network takes text"
    size = sum(values.nbytes for values in tables) / GIB
    if size > memory_limit:
        return (
            f"the rows take {size:.2g} GiB and training.memory_limit is {memory_limit:g} (Parquet and CSV files "
            "stream with data.stream: true)"
        )
    return None


def needs_batches(callback: Any) -> bool:
    """Whether a callback does something at batches.

    Keras' TensorBoard and ModelCheckpoint have such hooks for options only, and this package's own for a bar that
    moves within an epoch.

    Example:
        >>> needs_batches(keras.callbacks.TerminateOnNaN()), needs_batches(keras.callbacks.EarlyStopping())
        (True, False)
    """
    kinds = keras.callbacks
    if isinstance(callback, kinds.TensorBoard):
        every_epoch = callback.update_freq == "epoch" and not callback.write_steps_per_second
        return not every_epoch or bool(getattr(callback, "_start_batch", 0))
    if isinstance(callback, kinds.ModelCheckpoint):
        return callback.save_freq != "epoch" or type(callback) is not kinds.ModelCheckpoint
    if type(callback).__module__.startswith("nnrecipes."):
        return False
    return any(_overridden(callback, name) for name in BATCH_HOOKS)


def _overridden(callback: Any, name: str) -> bool:
    return name in vars(callback) or getattr(type(callback), name, None) is not getattr(keras.callbacks.Callback, name)
