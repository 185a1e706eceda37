"""A compiled model and sparse histories -> a trained model and its history; an epoch is one ``tf.function``.

The contract is that of :mod:`nnrecipes.training.fit`: rows in :func:`~nnrecipes.training.randomness.row_order`, random
layers reset by (seed, epoch), Keras' callbacks with their logs, the history as a dict of lists. Rows are read from a
CSR matrix inside the graph, so no dense matrix of users and items ever exists, and no step returns to Python.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix

from nnrecipes.data.spec import derive_seed
from nnrecipes.training.fit import History
from nnrecipes.training.history_losses import log_inclusion, masked_mse, multinomial_nll, sampled_nll
from nnrecipes.training.randomness import EpochRandomness, row_order
from nnrecipes.training.sparse_rows import SparseRows
from nnrecipes.training.weight_average import WeightAverage

Loss = Literal["multinomial", "masked_mse"]
Validate = Callable[[], Mapping[str, float]]
Step = Callable[[Any, Any], Any]


def fit_histories(
    model: keras.Model,
    histories: csr_matrix,
    *,
    loss: Loss = "multinomial",
    epochs: int,
    batch_size: int,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    initial_epoch: int = 0,
    validate: Validate | None = None,
    sampled_items: int | None = None,
) -> History:
    """Train ``model`` in place to rebuild its input, and return what each epoch logged.

    Args:
        model: A model ``(batch, items)`` -> ``(batch, items)`` with an optimizer (``model.compile(optimizer=...)``).
        histories: CSR ``(users, items)``.
        loss: ``multinomial``, or ``masked_mse`` of the values that a row has.
        epochs: The epoch to stop before.
        batch_size: Users an update.
        shuffle: Whether each epoch takes the users in an order of its own.
        seed: Of the run.
        callbacks: Any Keras callbacks; those of batches are not called. A ``WeightAverage`` comes before ``validate``.
        initial_epoch: The epoch to start with; an epoch's order, dropout and samples depend on its number alone.
        validate: Called after each epoch; what it returns is logged as well.
        sampled_items: Items that an update draws beside those of its users, in place of the softmax over all items;
            the model's last layer is then an ``ItemScores`` named ``scores``, and the optimizer a lazy one.

    Returns:
        Name -> value of each epoch.
    """
    rows = SparseRows(histories)
    order = tf.Variable(np.arange(len(rows.starts) - 1), dtype=tf.int64, trainable=False)
    draw = partial(row_order, len(rows.starts) - 1, seed)
    randomness = EpochRandomness(seed=seed, draw=draw, order=order if shuffle else None)
    history = keras.callbacks.History()
    listed = [randomness, *callbacks]
    listed += [] if any(isinstance(item, keras.callbacks.History) for item in listed) else [history]
    history = next(item for item in listed if isinstance(item, keras.callbacks.History))
    steps = math.ceil(histories.shape[0] / batch_size)
    watching = keras.callbacks.CallbackList(
        listed, add_history=False, model=model, epochs=epochs, steps=steps, verbose=0
    )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    step = (
        _sampled_step(model, rows, histories, batch_size, sampled_items) if sampled_items else _step(model, rows, loss)
    )
    run_epoch = _epoch(step, order, batch_size)
    model.stop_training = False
    watching.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        watching.on_epoch_begin(epoch)
        total = run_epoch(tf.constant(derive_seed(seed, "candidates", epoch), tf.int32))
        for item in listed:
            if isinstance(item, WeightAverage):
                item.average()
        logs = {"loss": float(total) / histories.shape[0], **(validate() if validate else {})}
        watching.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    watching.on_train_end()
    return {name: [float(value) for value in values] for name, values in history.history.items()}


def _epoch(step: Step, order: Any, batch_size: int) -> Any:
    """The whole epoch as one graph: ``seed`` -> the sum over rows of the loss."""
    count = order.shape[0]

    @tf.function  # type: ignore[untyped-decorator]
    def run(seed: Any) -> Any:
        total = tf.constant(0.0)
        for number in tf.range(math.ceil(count / batch_size)):
            rows = order[number * batch_size : tf.minimum((number + 1) * batch_size, count)]
            total += step(rows, tf.stack([seed, number])) * tf.cast(tf.size(rows), tf.float32)
        return total

    return run


def _step(model: keras.Model, rows: SparseRows, loss: Loss) -> Step:
    measure = multinomial_nll if loss == "multinomial" else masked_mse

    def step(numbers: Any, _: Any) -> Any:
        batch = rows.take(numbers)
        with tf.GradientTape() as tape:
            own = measure(model(batch.x, training=True), batch)
            whole = tf.add_n([own, *model.losses])
        _apply(model, tape, whole, dense=True)
        return own

    return step


def _sampled_step(model: keras.Model, rows: SparseRows, histories: csr_matrix, batch_size: int, drawn: int) -> Step:
    scores = model.get_layer("scores")
    encoder = keras.Model(model.inputs, scores.input, name="encoder")
    log_q = tf.constant(log_inclusion(histories, batch_size, drawn))

    def step(numbers: Any, seed: Any) -> Any:
        batch = rows.take(numbers)
        sample = tf.random.stateless_uniform((drawn,), seed, maxval=rows.shape[1], dtype=tf.int64)
        with tf.GradientTape() as tape:
            own = sampled_nll(scores, encoder(batch.x, training=True), batch, sample, log_q)
            whole = tf.add_n([own, *encoder.losses])
        _apply(model, tape, whole, dense=False)
        return own

    return step


def _apply(model: keras.Model, tape: Any, loss: Any, *, dense: bool) -> None:
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    if dense:
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    model.optimizer.apply(gradients, variables)
