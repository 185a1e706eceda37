"""A target of the spec -> the head of the network that predicts it."""

from dataclasses import dataclass
from typing import Any

import keras

from nnrecipes.data.spec import TargetSpec


@dataclass(frozen=True)
class Head:
    """An output layer.

    Args:
        name: Name of the layer and of the output.
        units: Units of the layer.
        activation: Its activation.
    """

    name: str
    units: int = 1
    activation: str = "linear"


def head_of(target: TargetSpec) -> Head:
    """Return the head that a target asks for."""
    return Head(target.output, target.units, target.activation)


def output_layer(head: Head) -> Any:
    """Return the head's Dense layer."""
    return keras.layers.Dense(head.units, activation=head.activation, name=head.name)
