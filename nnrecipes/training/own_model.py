"""A model of the user's own and one row -> a built model that takes the recipe's inputs, or one line that says why not.

Without it, a wrong width is Keras' traceback, and a wrong number of units is found after the training, by the scores.
"""

import re
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from nnrecipes.data.spec import Arrays, DataSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.unwrap import unwrap
from nnrecipes.training.fit import build
from nnrecipes.training.predict import named_outputs


def check_own_model(model: Any, spec: DataSpec, rows: Arrays, seed: int) -> None:
    """Build a model of the user's own, if it is not built, and pass one row through it.

    Args:
        model: Any Keras model.
        spec: The recipe's inputs and targets.
        rows: At least one row.
        seed: Of the run, for the weights of a model that is not built.

    Raises:
        ConfigError: It is no Keras model, does not take the inputs, or does not give each target's units.
    """
    if not isinstance(model, keras.Model):
        received = f"the class {model.__name__}, not called" if isinstance(model, type) else type(model).__name__
        raise ConfigError(f"model: expected a keras.Model. Received: {received}.")
    try:
        build(model, rows, seed)
        found = model(unwrap({name: tf.constant(values[:1]) for name, values in rows.x.items()}), training=False)
    except (ValueError, TypeError, KeyError, NotImplementedError, tf.errors.OpError) as error:
        expected = f"a model that takes {_inputs(spec)}"
        raise ConfigError(f"model: expected {expected}. Received: {_taken(model, error)}.") from error
    wanted = {target.output: (target.units,) for target in spec.targets if target.task != "identity"}
    named = named_outputs(model, found, list(wanted))
    given = {name: tuple(value.shape[1:]) for name, value in named.items()}
    if not wanted.items() <= given.items():
        raise ConfigError(f"model: expected outputs {_shapes(wanted)}. Received: {_shapes(given)}.")


def _inputs(spec: DataSpec) -> str:
    shapes = _shapes({item.name: item.shape for item in spec.inputs})
    return f"input {shapes}" if len(spec.inputs) == 1 else f"a dict of inputs {shapes}"


def _taken(model: keras.Model, error: Exception) -> str:
    """What the model takes, where it says so; else what Keras says, on one line."""
    inputs = getattr(model, "inputs", None)
    if inputs:
        return f"one that takes {_shapes({tensor.name: tuple(tensor.shape[1:]) for tensor in inputs})}"
    reason = " ".join(re.sub(r"\x1b\[\d+m", "", str(error.args[0] if error.args else error)).split())
    return reason.partition(" Arguments received by")[0].rstrip(".") or type(error).__name__


def _shapes(named: Mapping[str, tuple[int | None, ...]]) -> str:
    return ", ".join(f"{name!r} with rows of shape {shape}" for name, shape in named.items())
