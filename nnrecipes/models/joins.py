"""Vectors of several branches -> one: side by side, summed, or weighed against each other by gates.

    gated: h = sum_i z_i * tanh(W_i x_i), z_i = sigmoid(V_i [x_1, ..., x_n])

References:
    Arevalo, Solorio, Montes-y-Gómez and González (2017), Gated multimodal units. arXiv:1702.01992
"""

from collections.abc import Mapping
from typing import Any

import keras

from nnrecipes.errors import ConfigError


def join_branches(ends: Mapping[str, Any], *, join: str = "concatenate", join_units: int | None = None) -> Any:
    """Return ``(batch, width)``.

    Args:
        ends: Branch -> its vector ``(batch, width)``; one alone is returned as it is.
        join: ``concatenate``, ``sum`` or ``gated``.
        join_units: Width to which each branch is projected before it is summed or gated; for a sum it may be left out
            where all branches have one width, for gates it is that of the widest branch.

    Raises:
        ConfigError: A ``sum`` of different widths.
    """
    if len(ends) == 1:
        return next(iter(ends.values()))
    if join == "concatenate":
        return keras.layers.Concatenate(name="join")(list(ends.values()))
    widths = {name: tensor.shape[-1] for name, tensor in ends.items()}
    if join == "gated":
        return _gated(ends, join_units or max(widths.values()))
    if join_units is None and len(set(widths.values())) > 1:
        raise ConfigError(f"model.join: expected branches of one width to sum, or join_units. Received: {widths}.")
    if join_units is not None:
        ends = {name: keras.layers.Dense(join_units, name=f"{name}_join")(tensor) for name, tensor in ends.items()}
    return keras.layers.Add(name="join")(list(ends.values()))


def _gated(ends: Mapping[str, Any], units: int) -> Any:
    beside = keras.layers.Concatenate(name="join_all")(list(ends.values()))
    parts = []
    for name, tensor in ends.items():
        value = keras.layers.Dense(units, activation="tanh", name=f"{name}_join")(tensor)
        gate = keras.layers.Dense(units, activation="sigmoid", name=f"{name}_gate")(beside)
        parts.append(keras.layers.Multiply(name=f"{name}_gated")([value, gate]))
    return keras.layers.Add(name="join")(parts)
