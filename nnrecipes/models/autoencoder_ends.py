"""The two ends that all autoencoders share: an input as the body takes it, and the output in the shape of the row."""

import math
from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.layers.mixed_columns import MixedColumns
from nnrecipes.models.blocks import apply, dense_stack
from nnrecipes.preprocessing.reconstruction import OUTPUT, PIXELS


def begin(input_shape: Sequence[int], input_name: str, *, pixels: bool) -> tuple[Any, Any]:
    """Return the input and its values, float32 ``(batch, *input_shape)``; pixels from 0 to 255 become 0 to 1."""
    inputs = keras.Input(tuple(input_shape), name=input_name)
    return inputs, keras.layers.Rescaling(1 / PIXELS, name="rescaling")(inputs) if pixels else inputs


def flat(values: Any) -> Any:
    """``(batch, ...)`` -> ``(batch, numbers)``."""
    return values if len(values.shape) == 2 else keras.layers.Flatten(name="flatten")(values)


def rebuilt_shape(input_shape: Sequence[int], *, masked: bool) -> tuple[int, ...]:
    """The shape of what is rebuilt: that of a row, of a series without the channel that says where there is a step."""
    shape = tuple(input_shape)
    return (*shape[:-1], shape[-1] - 1) if masked else shape


def end(numbers: Any, shape: tuple[int, ...], *, activation: str = "sigmoid", one_hot: Sequence[int] = ()) -> Any:
    """Return the output, named ``reconstruction``, ``(batch, *shape)``.

    Args:
        numbers: What linear units say of each number of a row, ``(batch, numbers)``.
        shape: Of a rebuilt row.
        activation: Of its numbers; of a table with categories, none.
        one_hot: Of a table, for each column the number of its category, or 0.
    """
    name = OUTPUT if len(shape) == 1 else "numbers"
    layer = MixedColumns(one_hot, name=name) if any(one_hot) else keras.layers.Activation(activation, name=name)
    rebuilt = layer(numbers)
    return rebuilt if len(shape) == 1 else keras.layers.Reshape(shape, name=OUTPUT)(rebuilt)


def decoded(code: Any, shape: tuple[int, ...], hidden_units: Sequence[int], **block: Any) -> Any:
    """Return what Dense blocks and linear units make of a code, ``(batch, numbers)``; ``block`` as in dense_stack."""
    x = apply(dense_stack(hidden_units, prefix="decoder", **block), code)
    return keras.layers.Dense(math.prod(shape), name="logits")(x)
