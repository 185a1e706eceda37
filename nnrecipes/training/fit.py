"""A compiled model and arrays -> a trained model and its history, with ``Model.fit`` as the trainer.

Any trainer has this contract: the rows of an epoch in the same order
(:func:`~nnrecipes.training.randomness.epoch_order`), the random layers in the same state
(:func:`~nnrecipes.training.randomness.reset_generators`), Keras' callbacks with their logs, and the history as a dict
of lists.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrecipes.data.spec import Arrays, derive_seed
from nnrecipes.models.seeded import seeded
from nnrecipes.models.unwrap import unwrap
from nnrecipes.training.randomness import EpochRandomness, epoch_order

History = dict[str, list[float]]
EVALUATION_ROWS = 1024


def updates(rows: int, batch_size: int, epochs: int) -> int:
    """Return the number of weight updates.

    Example:
        >>> updates(10_000, 200, 20)
        1000
    """
    return math.ceil(rows / batch_size) * epochs


def fit_keras(
    model: keras.Model,
    train: Arrays,
    validation: Arrays | None = None,
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    initial_epoch: int = 0,
) -> History:
    """Train ``model`` in place and return what each epoch logged.

    Args:
        model: A compiled model. A subclassed one is built here, but its layers drew their seeds where they were made:
            for equal weights ``keras.utils.set_random_seed`` has to stand before that.
        train: Training rows.
        validation: Rows that are scored after each epoch, without weights being changed.
        epochs: The epoch to stop before.
        batch_size: Rows an update.
        shuffle: Whether each epoch takes the rows in an order of its own.
        seed: Of the run.
        callbacks: Any Keras callbacks; they see the logs in this order, and the history is taken after them.
        initial_epoch: The epoch to start with; an epoch's order and dropout depend on its number alone.

    Returns:
        Name -> value of each epoch.
    """
    build(model, train, seed)
    order = tf.Variable(np.arange(len(train)), dtype=tf.int64, trainable=False)
    draw = partial(epoch_order, train, seed)
    randomness = EpochRandomness(seed=seed, draw=draw, order=order if shuffle else None)
    history = model.fit(
        _batches(train, order, batch_size),
        epochs=epochs,
        initial_epoch=initial_epoch,
        validation_data=None if validation is None else rows_of(validation),
        validation_batch_size=max(batch_size, EVALUATION_ROWS),
        callbacks=[randomness, *callbacks],
        shuffle=False,
        verbose=0,
    )
    return {name: [float(value) for value in values] for name, values in history.history.items()}


def build(model: keras.Model, train: Arrays, seed: int) -> None:
    """Give a model that its class builds at its first call its weights."""
    if not model.built:
        with seeded(derive_seed(seed, "init")):
            model(unwrap({name: keras.ops.convert_to_tensor(values[:1]) for name, values in train.x.items()}))


def rows_of(arrays: Arrays) -> tuple[Any, ...]:
    """``(x, y)`` or ``(x, y, sample weights)``; an output without weights of its own gets ones."""
    if not arrays.weights:
        return unwrap(arrays.x), unwrap(arrays.y)
    ones = np.ones(len(arrays), dtype="float32")
    return unwrap(arrays.x), unwrap(arrays.y), unwrap({name: arrays.weights.get(name, ones) for name in arrays.y})


def _batches(arrays: Arrays, order: Any, batch_size: int) -> Any:
    """A ``tf.data.Dataset`` that reads the rows by ``order``, which a callback may change between two epochs."""
    tensors = tf.nest.map_structure(tf.constant, rows_of(arrays))
    count = len(arrays)

    def batch(number: Any) -> Any:
        rows = order[number * batch_size : tf.minimum((number + 1) * batch_size, count)]
        return tf.nest.map_structure(lambda values: tf.gather(values, rows), tensors)

    numbers = tf.data.Dataset.range(math.ceil(count / batch_size))
    return numbers.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)
