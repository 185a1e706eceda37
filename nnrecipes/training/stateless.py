"""A compiled model -> its training step and its test step as functions of the values of its variables.

Keras' TensorFlow optimizers write to ``tf.Variable`` in methods of their own, for the sake of ``tf.distribute``. In a
``keras.StatelessScope`` the methods of Keras' base class do the same with values, so those stand in while a step is
traced.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from keras.src.optimizers.base_optimizer import BaseOptimizer

from nnrecipes.training.given import given_variables, reads_given

Values = list[Any]


def split_variables(model: keras.Model) -> tuple[list[Any], list[Any]]:
    """Return the variables of a model, its optimizer and its given numbers, and those of its metrics."""
    metrics = {id(variable): variable for variable in model.metrics_variables}
    known = [*model.variables, *model.optimizer.variables, *given_variables(model)]
    state = {id(variable): variable for variable in known}
    return [variable for key, variable in state.items() if key not in metrics], list(metrics.values())


def train_step(model: keras.Model, variables: Sequence[Any], values: Values, batch: Any) -> Values:
    """Return the values of the variables after one update, metrics included.

    Args:
        model: A model whose ``train_step`` is Keras' own.
        variables: All that the step reads or changes.
        values: Their values before.
        batch: ``(x, y)`` or ``(x, y, sample weights)``.
    """
    x, y, sample_weight = batch if len(batch) == 3 else (*batch, None)
    held = keras.StatelessScope(list(zip(variables, values, strict=True)), collect_losses=True)
    with held as scope, reads_given(model):
        trained = model.trainable_weights
        weights = [scope.get_current_value(variable) for variable in trained]
        with tf.GradientTape() as tape:
            for weight in weights:
                tape.watch(weight)
            predicted = _call(model, x, training=True)
            loss = _count_loss(model, x, y, predicted, sample_weight, training=True)
            loss = model.optimizer.scale_loss(loss)
        gradients = tape.gradient(loss, weights)
        with _of_values(model.optimizer):
            model.optimizer.apply(gradients, trained)
        model.compute_metrics(x, y, predicted, sample_weight)
    return [_now(scope, variable, value) for variable, value in zip(variables, values, strict=True)]


def test_step(model: keras.Model, variables: Sequence[Any], values: Values, batch: Any) -> Values:
    """Return the values of the variables after one batch was scored, metrics included."""
    x, y, sample_weight = batch if len(batch) == 3 else (*batch, None)
    with keras.StatelessScope(list(zip(variables, values, strict=True)), collect_losses=True) as scope:
        predicted = _call(model, x, training=False)
        _count_loss(model, x, y, predicted, sample_weight, training=False)
        model.compute_metrics(x, y, predicted, sample_weight)
    return [_now(scope, variable, value) for variable, value in zip(variables, values, strict=True)]


def fresh_metrics(model: keras.Model, metrics: Sequence[Any]) -> Values:
    """Return the values of metrics that have seen nothing."""
    with keras.StatelessScope() as scope:
        model.reset_metrics()
    return [_now(scope, variable, tf.zeros(variable.shape, variable.dtype)) for variable in metrics]


def results(model: keras.Model, metrics: Sequence[Any], values: Values) -> dict[str, Any]:
    """Return what ``fit`` logs, from the values of the metrics."""
    flat: dict[str, Any] = {}
    with keras.StatelessScope(list(zip(metrics, values, strict=True))):
        for name, value in model.get_metrics_result().items():
            flat.update(value if isinstance(value, dict) else {name: value})
    return flat


def _call(model: keras.Model, x: Any, *, training: bool) -> Any:
    return model(x, training=training) if model._call_has_training_arg else model(x)


def _count_loss(model: keras.Model, x: Any, y: Any, predicted: Any, sample_weight: Any, *, training: bool) -> Any:
    loss = model._compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=training)
    model._loss_tracker.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(x)[0])[0])
    return loss


def _now(scope: Any, variable: Any, before: Any) -> Any:
    value = scope.get_current_value(variable)
    return before if value is None else tf.cast(value, variable.dtype)


@contextmanager
def _of_values(optimizer: Any) -> Iterator[None]:
    """Let an optimizer, and the one inside that scales losses, write by the methods of Keras' base class.

    :class:`_OfValues` comes between an optimizer's own methods, which may call those above them, and TensorFlow's.
    """
    parts = [part for part in (optimizer, getattr(optimizer, "inner_optimizer", None)) if part is not None]
    kinds = [type(part) for part in parts]
    try:
        for part, kind in zip(parts, kinds, strict=True):
            part.__class__ = type(kind.__name__, (kind, _OfValues), {})
        yield
    finally:
        for part, kind in zip(parts, kinds, strict=True):
            part.__class__ = kind


class _OfValues(TFOptimizer):  # type: ignore[misc]
    """What Keras' base class does, in place of what TensorFlow's does."""

    assign = BaseOptimizer.assign
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step
    _backend_increment_gradient_accumulators = BaseOptimizer._backend_increment_gradient_accumulators
    _overwrite_model_variables_with_average_value = BaseOptimizer._overwrite_model_variables_with_average_value

    def _var_key(self, variable: Any) -> Any:
        return variable._value._unique_id

    def assign_add(self, variable: Any, value: Any) -> None:
        """Keras' sum may be a ``BiasAdd``, which TensorFlow does not map over three axes."""
        variable.assign(variable.value + tf.cast(tf.convert_to_tensor(value), variable.dtype))

    def assign_sub(self, variable: Any, value: Any) -> None:
        """As its opposite."""
        variable.assign(variable.value - tf.cast(tf.convert_to_tensor(value), variable.dtype))
