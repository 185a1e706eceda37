"""A compiled model and arrays -> a trained model and its history, an epoch as one program.

The contract is that of :func:`~nnrecipes.training.fit.fit_keras`: the same arguments, order of rows, state of the
random layers, callbacks and logs. :class:`~nnrecipes.training.program.Program` is what runs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.training.by_epoch import acts_at_tests, scored, train_by_epoch
from nnrecipes.training.fit import EVALUATION_ROWS, History, build, rows_of, updates
from nnrecipes.training.program import Logs, Program, Tensors, each_once, program_of
from nnrecipes.training.randomness import epoch_order
from nnrecipes.training.streamed import streamed_epoch


def fit_compiled(
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
    xla: bool = True,
    say: Callable[[str], None] | None = None,
) -> History:
    """Train ``model`` in place and return what each epoch logged.

    Args:
        model: A compiled model.
        train: Training rows, or blocks of them, of which each is one program then
            (:mod:`~nnrecipes.training.streamed`).
        validation: Rows that are scored after each epoch, without weights being changed.
        epochs: The epoch to stop before.
        batch_size: Rows an update.
        shuffle: Whether each epoch takes the rows in an order of its own.
        seed: Of the run.
        callbacks: Keras callbacks that act at epochs; their hooks of batches are not called
            (:func:`~nnrecipes.training.obstacles.obstacle` names those that need them).
        initial_epoch: The epoch to start with; an epoch's order and dropout depend on its number alone.
        xla: Whether XLA compiles the epoch; otherwise, and where it cannot, the epoch runs as a graph.
        say: Called with a line where XLA cannot.

    Returns:
        Name -> value of each epoch.
    """
    few = train if isinstance(train, Arrays) else train.few
    build(model, few, seed)
    build_state(model, few)
    size = max(batch_size, EVALUATION_ROWS)
    program = program_of(model, batch_size=batch_size, validation_batch_size=size, xla=xla)
    held_out = None if validation is None else _tensors(validation)
    rows = _tensors(train) if isinstance(train, Arrays) else None

    def one(epoch: int, listening: Any) -> Logs:
        if isinstance(train, Arrays):
            order = epoch_order(train, seed, epoch) if shuffle else np.arange(len(train))
            logs = _epoch(program, listening, tf.constant(order, dtype=tf.int32), rows, held_out)
        else:
            logs = streamed_epoch(program, model, listening, train, epoch, seed=seed, shuffle=shuffle)
            logs |= _score(program, listening, held_out) if held_out is not None else {}
        if say and program.refused and epoch == initial_epoch:
            say(f"trainer graph: XLA cannot compile this model: {program.refused}")
        return logs

    return train_by_epoch(model, one, epochs=epochs, steps=updates(len(train), batch_size, 1), seed=seed,
                          callbacks=callbacks, initial_epoch=initial_epoch)  # fmt: skip


def build_state(model: keras.Model, train: Arrays) -> None:
    """Make the variables of loss, metrics and optimizer, which a traced function cannot make; one row is enough."""
    made = (model.optimizer, model._compile_loss, model._compile_metrics)
    if all(a is b for a, b in zip(made, vars(model).get("_nnrecipes_made", (model,)), strict=False)):
        return
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    x, y, *weights = keras.tree.map_structure(lambda values: ops.convert_to_tensor(values[:1]), rows_of(train))
    if type(model).train_step is not keras.Model.train_step:
        return  # a step of the model's own may have no loss or metrics of Keras
    sample_weight = weights[0] if weights else None
    predicted = model(x, training=False)
    model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=False)
    model.compute_metrics(x, y, predicted, sample_weight=sample_weight)
    vars(model)["_nnrecipes_made"] = made


def _epoch(program: Program, listening: Any, order: Any, rows: Tensors, held_out: Tensors | None) -> Logs:
    """Train and score; in two calls where a callback acts between them, as one that swaps the weights does."""
    if held_out is None:
        return program.train(order, rows)
    if not any(acts_at_tests(callback) for callback in listening.callbacks):
        return program.epoch(order, rows, held_out)
    return {**program.train(order, rows), **_score(program, listening, held_out)}


def _score(program: Program, listening: Any, rows: Tensors) -> Logs:
    return scored(listening, lambda: program.validate(rows))


def _tensors(arrays: Arrays) -> Tensors:
    """The rows in TensorFlow's memory; an array that is there twice, as input and as target, is one tensor."""
    return each_once(tf.constant, rows_of(arrays))
