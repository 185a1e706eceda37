"""Units, activation, regularisation -> the layers of a Dense block: Dense, BatchNormalization, activation, Dropout.

Batch normalisation (Ioffe and Szegedy, 2015, arXiv:1502.03167) stands after the Dense layer, which then has no bias
as the normalisation takes it out again, and before its activation.
"""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.layers.dropout import Dropout
from nnrecipes.models.construct import Named, construct


def dense_block(
    *,
    units: int,
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
    kernel_constraint: Named | None = None,
    name: str = "hidden_1",
) -> list[Any]:
    """Return the layers of one block: ``(batch, features)`` -> ``(batch, units)``.

    Args:
        units: Units of the Dense layer.
        activation: Name of the activation.
        batch_norm: Whether BatchNormalization stands between the Dense layer and its activation.
        dropout: Share of the units that a training step drops.
        l1: Factor of the kernel's sum of absolute values in the loss.
        l2: Factor of the kernel's sum of squares in the loss.
        kernel_initializer: Name, or mapping with ``kind``.
        kernel_constraint: Name, mapping with ``kind``, or None.
        name: Name of the Dense layer; the others append to it.

    Example:
        >>> [layer.name for layer in dense_block(units=8, batch_norm=True, dropout=0.1)]
        ['hidden_1', 'hidden_1_batch_norm', 'hidden_1_activation', 'hidden_1_dropout']
    """
    dense = keras.layers.Dense(
        units,
        activation=None if batch_norm else activation,
        use_bias=not batch_norm,
        kernel_initializer=construct("initializers", kernel_initializer),
        kernel_regularizer=keras.regularizers.L1L2(l1=l1, l2=l2) if l1 or l2 else None,
        kernel_constraint=None if kernel_constraint is None else construct("constraints", kernel_constraint),
        name=name,
    )
    layers = [dense]
    if batch_norm:
        layers += [
            keras.layers.BatchNormalization(name=f"{name}_batch_norm"),
            keras.layers.Activation(activation, name=f"{name}_activation"),
        ]
    if dropout:
        layers.append(Dropout(dropout, name=f"{name}_dropout"))
    return layers


def dense_stack(hidden_units: Sequence[int], *, prefix: str = "hidden", **block: Any) -> list[Any]:
    """Return the layers of several blocks named ``<prefix>_1``, ``<prefix>_2``, ...; ``block`` is shared by all."""
    return [
        layer
        for number, units in enumerate(hidden_units, start=1)
        for layer in dense_block(units=units, name=f"{prefix}_{number}", **block)
    ]


def apply(layers: Sequence[Any], tensor: Any) -> Any:
    """Return ``tensor`` after the layers, one after the other."""
    for layer in layers:
        tensor = layer(tensor)
    return tensor
