"""Widths, activations and dropout rates -> a ``keras.Sequential`` of Dense blocks with an output layer."""

from collections.abc import Sequence
from typing import TypeVar

import keras

from nnrecipes.errors import ConfigError
from nnrecipes.models.blocks import dense_block
from nnrecipes.models.construct import Named
from nnrecipes.models.heads import Head, output_layer

T = TypeVar("T", str, float)


def build_sequential(
    *,
    input_shape: Sequence[int] = (4,),
    input_name: str = "features",
    output_units: int = 1,
    output_activation: str = "linear",
    output_name: str = "output",
    hidden_units: Sequence[int] = (64,),
    activation: str | Sequence[str] = "relu",
    batch_norm: bool = False,
    dropout: float | Sequence[float] = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
    kernel_constraint: Named | None = None,
) -> keras.Model:
    """Return an uncompiled ``keras.Sequential``: ``(batch, *input_shape)`` -> ``(batch, output_units)``.

    Args:
        input_shape: Shape of one row.
        input_name: Name of the input layer.
        output_units: Units of the output layer.
        output_activation: Its activation.
        output_name: Its name, which is the output's name.
        hidden_units: Units of each hidden layer; none gives a linear model.
        activation: One name shared by all hidden layers, or a list with one a layer.
        batch_norm: Whether BatchNormalization follows each hidden Dense layer, before its activation.
        dropout: One rate shared by all hidden layers, or a list with one a layer.
        l1: Factor of the kernels' sum of absolute values in the loss.
        l2: Factor of the kernels' sum of squares in the loss.
        kernel_initializer: Of the hidden layers: name, or mapping with ``kind``.
        kernel_constraint: Of the hidden layers: name, mapping with ``kind``, or None.

    Raises:
        ConfigError: A list has not one entry a hidden layer.

    Example:
        >>> build_sequential(input_shape=(11,), hidden_units=(64,), output_units=4).count_params()
        1028
    """
    activations = per_layer("activation", activation, len(hidden_units))
    rates = per_layer("dropout", dropout, len(hidden_units))
    layers = [keras.Input(tuple(input_shape), name=input_name)]
    for number, (units, name, rate) in enumerate(zip(hidden_units, activations, rates, strict=True), start=1):
        layers += dense_block(
            units=units,
            activation=name,
            batch_norm=batch_norm,
            dropout=rate,
            l1=l1,
            l2=l2,
            kernel_initializer=kernel_initializer,
            kernel_constraint=kernel_constraint,
            name=f"hidden_{number}",
        )
    layers.append(output_layer(Head(output_name, output_units, output_activation)))
    return keras.Sequential(layers, name="sequential")


def per_layer(key: str, value: T | Sequence[T], count: int) -> list[T]:
    """Return one value a hidden layer: the shared one repeated, or the list checked.

    Example:
        >>> per_layer("dropout", 0.5, 2), per_layer("activation", ["relu", "tanh"], 2)
        ([0.5, 0.5], ['relu', 'tanh'])
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] * count
    if len(value) != count:
        expected = f"one value, or a list of {count}, one for each of model.hidden_units"
        raise ConfigError(f"model.{key}: expected {expected}. Received: a list of {len(value)}: {list(value)!r}.")
    return list(value)
