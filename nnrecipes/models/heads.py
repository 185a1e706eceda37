"""A target of the spec -> the head of the network that predicts it."""

from dataclasses import dataclass
from typing import Any

import keras

from nnrecipes.data.spec import TargetSpec
from nnrecipes.layers.quantile_head import QuantileHead


@dataclass(frozen=True)
class Head:
    """An output layer.

    Args:
        name: Name of the layer and of the output.
        units: Units of the layer.
        activation: Its activation.
        quantiles: Levels of the quantiles that its units are; they then rise from unit to unit.
        limits: Least and greatest label of the training rows, of a regression.
    """

    name: str
    units: int = 1
    activation: str = "linear"
    quantiles: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()


def head_of(target: TargetSpec) -> Head:
    """Return the head that a target asks for."""
    return Head(target.output, target.units, target.activation, target.quantiles, target.limits)


def output_layer(head: Head) -> Any:
    """Return the head's layer: Dense, or one of rising quantiles."""
    if head.quantiles:
        return QuantileHead(len(head.quantiles), name=head.name)
    return keras.layers.Dense(head.units, activation=head.activation, name=head.name)
