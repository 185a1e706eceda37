"""A compiled model and arrays -> a trained model, by the trainer that is fastest from the first moment to the last."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.training.choose import Choice, choose
from nnrecipes.training.compiled import fit_compiled
from nnrecipes.training.fit import History, fit_keras


def fit(
    model: keras.Model,
    train: Arrays | Blocks,
    validation: Arrays | None = None,
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    initial_epoch: int = 0,
    trainer: str = "auto",
    memory_limit: float = 4.0,
    say: Callable[[str], None] | None = None,
) -> History:
    """Train ``model`` in place and return what each epoch logged.

    Args:
        model: A compiled model.
        train: Training rows, or blocks of them, which ``Model.fit`` cannot train on.
        validation: Rows that are scored after each epoch.
        epochs: The epoch to stop before.
        batch_size: Rows an update.
        shuffle: Whether each epoch takes the rows in an order of its own.
        seed: Of the run.
        callbacks: Any Keras callbacks.
        initial_epoch: The epoch to start with.
        trainer: ``auto``, ``compiled`` or ``keras``.
        memory_limit: Of the rows as tensors, in GiB; beyond it ``auto`` takes ``Model.fit``.
        say: Called with a line that names the trainer and the reason.

    Raises:
        ConfigError: ``compiled`` is asked for and cannot be.
    """
    arrays = [part for part in (train, validation) if part is not None]
    choice = choose(model, arrays, trainer=trainer, epochs=epochs, batch_size=batch_size, callbacks=callbacks,
                    memory_limit=memory_limit)  # fmt: skip
    return fit_by(choice, model, train, validation, epochs=epochs, batch_size=batch_size, shuffle=shuffle, seed=seed,
                  callbacks=callbacks, initial_epoch=initial_epoch, say=say)  # fmt: skip


def fit_by(
    choice: Choice,
    model: keras.Model,
    train: Arrays | Blocks,
    validation: Arrays | None,
    *,
    say: Callable[[str], None] | None = None,
    **arguments: Any,
) -> History:
    """Train by the trainer that was chosen; the arguments are those of :func:`fit`."""
    if say:
        say(f"trainer {choice.kind}: {choice.reason}")
    if choice.kind == "keras" and isinstance(train, Arrays):
        return fit_keras(model, train, validation, **arguments)
    if choice.kind == "scan" and isinstance(train, Arrays):
        from nnrecipes.training.scanned import fit_scanned

        return fit_scanned(model, train, validation, **arguments)
    return fit_compiled(model, train, validation, **arguments, xla=choice.kind == "xla", say=say)
