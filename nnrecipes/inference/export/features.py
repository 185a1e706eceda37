"""Numbers, codes of categories, pixels and token ids as tensors -> the network's inputs, as it was trained on.

A category's code is 0 for one that training did not have, 1, 2, ... for the levels in order, and one more for a missing
value: what :class:`keras.layers.StringLookup` gives of the levels and the empty text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from nnrecipes.inference.export.columns import missing_code
from nnrecipes.inference.export.leaves import Leaves, beside
from nnrecipes.inference.export.resize import resized
from nnrecipes.inference.export.scalers import scale_block
from nnrecipes.preprocessing.categorical import Levels
from nnrecipes.preprocessing.encoding import CategoricalColumn, scaled_rows
from nnrecipes.preprocessing.features import Feature, feature_levels
from nnrecipes.preprocessing.images import ImageState
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.series import SeriesState
from nnrecipes.preprocessing.text import SPECIAL, TextState

Block = tuple[Any, list[tuple[str, int]]]
"""Columns of a matrix, and which column of which feature each is."""


def network_inputs(preprocessor: Preprocessor, leaves: Leaves) -> dict[str, Any]:
    """Return input name -> tensor.

    Args:
        preprocessor: Of the run.
        leaves: Its columns.
    """
    found = {}
    for plan in preprocessor.plan.inputs:
        state = preprocessor.media_.get(plan.name)
        if state is not None and leaves.packed is not None:
            found[plan.name] = leaves.tensors[plan.name]
        elif isinstance(state, TextState):
            tokens = leaves.tensors[plan.name]
            found[plan.name] = _weighted(tokens, state) if state.form == "tfidf" else tokens
        elif isinstance(state, ImageState):
            images = [resized(leaves.tensors[name], state.height, state.width) for name in plan.features]
            found[plan.name] = images[0] if len(images) == 1 else ops.stack(images, axis=1)
        elif isinstance(state, SeriesState):
            found[plan.name] = _series(plan.features, leaves, state)
        elif plan.kind == "categorical":
            found[plan.name] = _codes(_levels(preprocessor.features_[plan.name]), leaves)
        else:
            found[plan.name] = _matrix(preprocessor.features_[plan.name], leaves)
    return found


def _codes(levels: Mapping[str, Levels], leaves: Leaves) -> Any:
    """Codes as the network knows them, ``(batch, columns)``: a missing value has that of its fill."""
    places = leaves.codes(list(levels))
    last = np.array([len(each.names) + 1 for each in levels.values()], np.int32)
    missing = np.array([missing_code(each) for each in levels.values()], np.int32)
    return places if (last == missing).all() else ops.where(ops.equal(places, last), missing, places)


def _matrix(features: Mapping[str, Feature], leaves: Leaves) -> Any:
    numbers = {name: feature for name, feature in features.items() if isinstance(feature, NumericColumn)}
    coded = {name: feature for name, feature in features.items() if isinstance(feature, CategoricalColumn)}
    blocks = _numbers(numbers, leaves) if numbers else []
    hot = {name: column for name, column in coded.items() if column.encode == "one_hot"}
    blocks += [_one_hot(hot, leaves)] if hot else []
    blocks += [_table(name, column, leaves) for name, column in coded.items() if column.encode != "one_hot"]
    made = [owner for _, owners in blocks for owner in owners]
    wanted = [(name, i) for name, feature in features.items() if not isinstance(feature, Levels)
              for i in range(len(feature.names(name)))]  # fmt: skip
    whole = beside([tensor for tensor, _ in blocks])
    return whole if made == wanted else ops.take(whole, [made.index(owner) for owner in wanted], axis=1)


def _numbers(columns: Mapping[str, NumericColumn], leaves: Leaves) -> list[Block]:
    raw = leaves.numbers(list(columns))
    scaled = scale_block(raw, [c.scaler for c in columns.values()], [c.fill for c in columns.values()])
    blocks: list[Block] = [(scaled, [(name, 0) for name in columns])]
    told = [name for name, column in columns.items() if column.missing == "indicator"]
    if told:
        gaps = ops.cast(ops.isnan(leaves.numbers(told)), "float32")
        blocks.append((gaps, [(name, 1) for name in told]))
    return blocks


def _one_hot(columns: Mapping[str, CategoricalColumn], leaves: Leaves) -> Block:
    """All one-hot columns at once: which codes equal their column's."""
    sizes = [len(column.levels) for column in columns.values()]
    codes = _codes(_levels(columns), leaves)
    source = np.repeat(np.arange(len(sizes)), sizes)
    wanted = np.concatenate([np.arange(1, size + 1) for size in sizes]).astype(np.int32)
    spread = codes if len(sizes) == 1 else ops.take(codes, source.tolist(), axis=1)
    owners = [(name, i) for name, size in zip(columns, sizes, strict=True) for i in range(size)]
    return ops.cast(ops.equal(spread, wanted), "float32"), owners


def _table(name: str, column: CategoricalColumn, leaves: Leaves) -> Block:
    scaled = np.asarray(scaled_rows(column.table, column.scalers), dtype=np.float32)
    rows = np.vstack([scaled, scaled[missing_code(column.levels)]])
    table = frozen_table(rows)
    return table(leaves.codes([name])[:, 0]), [(name, i) for i in range(rows.shape[1])]


def frozen_table(rows: Any) -> Any:
    """Return a layer that looks numbers up in a table ``(codes, columns)``."""
    layer = keras.layers.Embedding(*rows.shape, trainable=False)
    layer.build()
    layer.set_weights([np.asarray(rows, dtype=np.float32)])
    return layer


def _series(columns: Sequence[str], leaves: Leaves, state: SeriesState) -> Any:
    """``(batch, length, channels + 1)``."""
    if state.layout == "steps":
        steps = leaves.numbers(columns)
        short = state.length - steps.shape[1]
        if short > 0:
            steps = ops.pad(steps, ((0, 0), (0, short)), constant_values=np.nan)
        raw = ops.expand_dims(steps[:, : state.length], -1)
    else:
        channels = [ops.expand_dims(leaves.tensors[name], -1) for name in columns]
        raw = channels[0] if len(channels) == 1 else ops.concatenate(channels, axis=-1)
    scaled = scale_block(raw, state.scalers, [None] * len(state.scalers))
    there = ops.max(ops.cast(ops.logical_not(ops.isnan(raw)), "float32"), axis=-1, keepdims=True)
    return ops.concatenate([scaled, there], axis=-1)


def _weighted(counts: Any, state: TextState) -> Any:
    """Counts of the known tokens -> ids and weights of the heaviest, ``(batch, length, 2)``."""
    weights = counts[:, 1:] * state.idf.astype(np.float32)  # the first column counts unknown tokens
    length = ops.sqrt(ops.sum(ops.square(weights), axis=1, keepdims=True))
    weights = weights / ops.where(length > 0, length, 1.0)
    size = len(state.vocabulary)
    if size < state.length:
        weights = ops.pad(weights, ((0, 0), (0, state.length - size)))
    heaviest, places = ops.top_k(weights, state.length)
    ids = ops.where(heaviest > 0, ops.cast(places, "float32") + SPECIAL, 0.0)
    return ops.stack([ids, heaviest], axis=-1)


def _levels(features: Mapping[str, Any]) -> dict[str, Levels]:
    return {name: levels for name, feature in features.items() if (levels := feature_levels(feature)) is not None}
