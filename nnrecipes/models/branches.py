"""Named inputs -> one tensor: an embedding for category codes, Dense blocks a branch, and the join of the branches."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError, did_you_mean
from nnrecipes.models.blocks import apply, dense_stack

Branches = Mapping[str, Mapping[str, Any]]


def embedding_width(categories: int) -> int:
    """Return ``min(50, round(1.6 * categories ** 0.56))``: fastai's rule (Howard and Gugger, 2020) with a lower cap.

    Example:
        >>> embedding_width(3), embedding_width(1000), embedding_width(10**6)
        (3, 50, 50)
    """
    return min(50, round(1.6 * math.pow(categories, 0.56)))


def input_layers(inputs: Sequence[InputSpec]) -> dict[str, Any]:
    """Return an input tensor ``(batch, *shape)`` a named input."""
    return {item.name: keras.Input(item.shape, dtype=item.dtype, name=item.name) for item in inputs}


def join_inputs(
    inputs: Sequence[InputSpec],
    tensors: Mapping[str, Any],
    *,
    branches: Branches,
    join: str = "concatenate",
    **block: Any,
) -> Any:
    """Return the join of all branches, ``(batch, width)``.

    Args:
        inputs: The named inputs.
        tensors: Input name -> input tensor.
        branches: Input name -> ``{"hidden_units": ..., "embedding_dim": ...}``; an input without one goes straight on.
        join: ``concatenate`` or ``add``.
        **block: Arguments of :func:`~nnrecipes.models.blocks.dense_block` shared by all blocks.

    Raises:
        ConfigError: A branch of no input, or an ``add`` of different widths.
    """
    names = [item.name for item in inputs]
    for name in branches:
        if name not in names:
            expected = f"the name of an input: {', '.join(names)}"
            raise ConfigError(f"model.branches: expected {expected}. Received: {name!r}.{did_you_mean(name, names)}")
    ends = {
        item.name: _branch(item, tensors[item.name], **dict(branches.get(item.name, {})), **block) for item in inputs
    }
    if len(ends) == 1:
        return next(iter(ends.values()))
    widths = {name: tensor.shape[-1] for name, tensor in ends.items()}
    if join == "add" and len(set(widths.values())) > 1:
        raise ConfigError(f"model.join: expected branches of one width to add. Received: {widths}.")
    merge = keras.layers.Add if join == "add" else keras.layers.Concatenate
    return merge(name="join")(list(ends.values()))


def _branch(
    item: InputSpec, tensor: Any, *, hidden_units: Sequence[int] = (), embedding_dim: int | None = None, **block: Any
) -> Any:
    if item.kind == "categorical":
        tensor = _embed(item, tensor, embedding_dim)
    elif len(item.shape) > 1:
        tensor = keras.layers.Flatten(name=f"{item.name}_flat")(tensor)
    return apply(dense_stack(hidden_units, prefix=f"{item.name}_hidden", **block), tensor)


def _embed(item: InputSpec, codes: Any, embedding_dim: int | None) -> Any:
    """``(batch, columns)`` codes -> ``(batch, sum of widths)``, a table of its own for each column."""
    parts = []
    for place, categories in enumerate(item.cardinalities):
        width = embedding_dim or embedding_width(categories)
        table = keras.layers.Embedding(categories, width, name=f"{item.name}_embedding_{place + 1}")
        parts.append(table(codes[:, place]))
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(name=f"{item.name}_embeddings")(parts)
