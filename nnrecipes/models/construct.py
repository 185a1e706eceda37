"""A name of the closed table, with arguments -> the Keras object."""

from collections.abc import Mapping
from typing import Any

import keras

from nnrecipes.config.names import canonical, table
from nnrecipes.layers.dropout import Dropout
from nnrecipes.layers.gaussian_noise import GaussianNoise
from nnrecipes.layers.gru import GRU
from nnrecipes.layers.identity_losses import (
    ContrastiveLoss,
    PairCrossentropy,
    SupervisedContrastiveLoss,
    TripletLoss,
)
from nnrecipes.layers.lstm import LSTM

Named = str | Mapping[str, Any]
OURS: dict[str, Any] = {"Dropout": Dropout, "GaussianNoise": GaussianNoise, "GRU": GRU, "LSTM": LSTM}
"""Layers with the arguments of Keras' own, which cost less: random numbers in any trainer, and the loop over time."""
LOSSES: dict[str, Any] = {
    loss.__name__: loss for loss in (ContrastiveLoss, PairCrossentropy, SupervisedContrastiveLoss, TripletLoss)
}
"""Losses of identities, which Keras has not."""
KINDS = {"activation": "activations", "initializer": "initializers", "regularizer": "regularizers",
         "constraint": "constraints"}  # fmt: skip


def construct(category: str, value: Named, **extra: Any) -> Any:
    """Return a new Keras object.

    A new one for each layer: an initializer that two layers share would give both the same weights.

    Args:
        category: ``initializers``, ``constraints``, ``regularizers``, ``losses``, ``metrics``, ``optimizers``,
            ``layers`` or ``activations`` (whose value is the name itself).
        value: A name, or ``{"kind": name, argument: value, ...}``.
        **extra: Further arguments of the Keras class, such as ``name``.

    Raises:
        KeyError: The table has no such name.

    Example:
        >>> construct("constraints", {"kind": "max_norm", "max_value": 3}).max_value
        3
    """
    given = {"kind": value} if isinstance(value, str) else dict(value)
    kind = canonical(category, given.pop("kind"))
    if kind is None:
        raise KeyError(f"expected one of Keras' {category}. Received: {value!r}.")
    if category == "activations":
        return kind
    arguments = {key: _argument(key, item) for key, item in given.items()}
    name = table()[category][kind]["class"]
    made = {"layers": OURS, "losses": LOSSES}.get(category, {}).get(name)
    return (made or getattr(getattr(keras, category), name))(**arguments, **extra)


def _argument(key: str, value: Any) -> Any:
    category = KINDS.get(key.rpartition("_")[2])
    if category and isinstance(value, str | Mapping):
        return construct(category, value)
    return tuple(value) if isinstance(value, list) else value
