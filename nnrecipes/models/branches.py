"""Named inputs -> a vector each: embeddings of category codes, a net for pixels or steps, Dense blocks; and their join.

Several images a row go through one and the same net. A row without an image, text or series gets a learnt vector.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from nnrecipes.config.branches import DEFAULTS, FITTING
from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError, did_you_mean
from nnrecipes.layers.augmentation import Augmentation
from nnrecipes.layers.modality_default import ModalityDefault
from nnrecipes.models import image_branches, sequence_branches
from nnrecipes.models.blocks import apply, dense_stack
from nnrecipes.models.joins import join_branches

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


def input_form(item: InputSpec) -> str:
    """Return what branches tell apart: the input's kind, or ``tfidf`` for a text with weights.

    Example:
        >>> input_form(InputSpec("review", "text", ("review",), (100,), (20, 2)))
        'tfidf'
    """
    return "tfidf" if item.kind == "text" and len(item.shape) == 2 else item.kind


def join_inputs(
    inputs: Sequence[InputSpec],
    tensors: Mapping[str, Any],
    *,
    branches: Branches,
    join: str = "concatenate",
    join_units: int | None = None,
    modality_dropout: float = 0.0,
    **block: Any,
) -> Any:
    """Return the join of all branches, ``(batch, width)``.

    Args:
        inputs: The named inputs.
        tensors: Input name -> input tensor.
        branches: Input name -> ``{"kind": ..., argument: value, ...}``; an input without one has its kind's default.
        join: ``concatenate``, ``sum`` or ``gated``.
        join_units: As :func:`~nnrecipes.models.joins.join_branches` takes it.
        modality_dropout: Share of the rows that lose an input in a training step, drawn for each input.
        **block: Arguments of :func:`~nnrecipes.models.blocks.dense_block` shared by all blocks.

    Raises:
        ConfigError: A branch of no input, one that does not fit its input, or a ``sum`` of different widths.
    """
    names = [item.name for item in inputs]
    for name in branches:
        if name not in names:
            expected = f"the name of an input: {', '.join(names)}"
            raise ConfigError(f"model.branches: expected {expected}. Received: {name!r}.{did_you_mean(name, names)}")
    ends = {}
    for item in inputs:
        options = dict(branches.get(item.name, {}))
        kind = options.pop("kind", DEFAULTS[input_form(item)])
        fitting = FITTING[input_form(item)]
        if kind not in fitting:
            expected = f"{' or '.join(fitting)} for input {item.name!r} ({input_form(item)})"
            raise ConfigError(f"model.branches.{item.name}.kind: expected {expected}. Received: {kind!r}.")
        ends[item.name] = _branch(item, tensors[item.name], kind, options, modality_dropout, block)
    return join_branches(ends, join=join, join_units=join_units)


def _branch(
    item: InputSpec, tensor: Any, kind: str, options: dict[str, Any], rate: float, block: dict[str, Any]
) -> Any:
    hidden = dense_stack(options.pop("hidden_units", ()), prefix=f"{item.name}_hidden", **block)
    if kind == "dense":
        end = apply(hidden, _vector(item, tensor, **options))
        if not rate:
            return end
        return ModalityDefault(rate, zeros_are_missing=False, name=f"{item.name}_default")([end, tensor])
    if item.kind == "image":
        return _images(item, tensor, kind, options, rate, hidden)
    end = apply(hidden, _sequence(item, tensor, kind, options))
    return ModalityDefault(rate, name=f"{item.name}_default")([end, tensor])


def _vector(item: InputSpec, tensor: Any, *, embedding_dim: int | None = None) -> Any:
    if item.kind == "categorical":
        return _embed(item, tensor, embedding_dim)
    return keras.layers.Flatten(name=f"{item.name}_flat")(tensor) if len(item.shape) > 1 else tensor


def _embed(item: InputSpec, codes: Any, embedding_dim: int | None) -> Any:
    """``(batch, columns)`` codes -> ``(batch, sum of widths)``, a table of its own for each column."""
    parts = []
    for place, categories in enumerate(item.cardinalities):
        width = embedding_dim or embedding_width(categories)
        table = keras.layers.Embedding(categories, width, name=f"{item.name}_embedding_{place + 1}")
        parts.append(table(codes[:, place]))
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(name=f"{item.name}_embeddings")(parts)


def _sequence(item: InputSpec, tensor: Any, kind: str, options: dict[str, Any]) -> Any:
    if kind == "weighted":
        return sequence_branches.weighted_branch(item, tensor, **options)
    front = {name: options.pop(name, default) for name, default in (("embedding_dim", 64), ("embedding_dropout", 0.0))}
    steps, mask = sequence_branches.steps_of(item, tensor, **front)
    build = getattr(sequence_branches, f"{kind}_branch")
    return build(steps, mask, name=item.name, **options)


def _images(
    item: InputSpec, tensor: Any, kind: str, options: dict[str, Any], rate: float, hidden: Sequence[Any]
) -> Any:
    """One net for all images of a row, ``(batch, images, height, width, channels)``, or for the only one."""
    merge, resize = options.pop("merge", "concatenate"), options.pop("resize", None)
    moves = {name: move for name, move in (options.pop("augmentation", None) or {}).items() if move not in (0, "none")}
    count = item.shape[0] if len(item.shape) == 4 else None
    pixels = tensor if count is None else ops.reshape(tensor, (-1, *item.shape[1:]))
    if moves:
        pixels = Augmentation(**moves, name=f"{item.name}_augmentation")(pixels)
    if resize is not None:
        pixels = keras.layers.Resizing(*resize, name=f"{item.name}_resizing")(pixels)
    vectors = apply(hidden, getattr(image_branches, f"{kind}_branch")(pixels, name=item.name, **options))
    if count is not None:
        vectors = ops.reshape(vectors, (-1, count, vectors.shape[-1]))
    vectors = ModalityDefault(rate, name=f"{item.name}_default")([vectors, tensor])
    if count is None:
        return vectors
    if merge == "concatenate":
        return keras.layers.Flatten(name=f"{item.name}_merge")(vectors)
    return ops.mean(vectors, axis=1) if merge == "average" else ops.max(vectors, axis=1)
