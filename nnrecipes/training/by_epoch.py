"""What trains one epoch -> a training: Keras' callbacks around it, and the history."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from nnrecipes.training.fit import History
from nnrecipes.training.randomness import EpochRandomness

Logs = dict[str, float]


def train_by_epoch(
    model: keras.Model,
    one: Callable[[int, Any], Logs],
    *,
    epochs: int,
    steps: int,
    seed: int,
    callbacks: Sequence[Any],
    initial_epoch: int = 0,
) -> History:
    """Train epoch after epoch until the last one, or until a callback stops it, and return what each logged.

    Args:
        model: A compiled model.
        one: Trains an epoch, and scores it where there are validation rows: its number and Keras' list of callbacks
            -> logs.
        epochs: The epoch to stop before.
        steps: Updates of an epoch, for callbacks that show them.
        seed: Of the run.
        callbacks: Keras callbacks that act at epochs.
        initial_epoch: The epoch to start with.
    """
    listening = keras.callbacks.CallbackList(
        [EpochRandomness(seed=seed), *callbacks], add_history=True, model=model, epochs=epochs, verbose=0, steps=steps
    )
    model.stop_training = False
    listening.on_train_begin()
    logs: Logs | None = None
    for epoch in range(initial_epoch, epochs):
        listening.on_epoch_begin(epoch)
        logs = one(epoch, listening)
        listening.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    if isinstance(model.optimizer, keras.optimizers.Optimizer) and epochs > 0:
        model.optimizer.finalize_variable_values(model.trainable_weights)
    listening.on_train_end(logs)
    return {name: [float(value) for value in values] for name, values in model.history.history.items()}


def scored(listening: Any, score: Callable[[], Logs]) -> Logs:
    """Score the validation rows while callbacks listen; the logs begin with ``val_``."""
    listening.on_test_begin()
    found = score()
    listening.on_test_end({name.removeprefix("val_"): value for name, value in found.items()})
    return found


def acts_at_tests(callback: Any) -> bool:
    """Whether a callback acts before or behind the validation."""
    base = keras.callbacks.Callback
    return any(
        getattr(callback, name) is not None and getattr(type(callback), name) is not getattr(base, name)
        for name in ("on_test_begin", "on_test_end")
    )
