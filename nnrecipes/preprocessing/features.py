"""One feature of any kind -> its block of an input's matrix: numbers, encoded categories, or codes for an embedding."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.inputs import InputKind
from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.categorical import Levels, encode_levels, fit_levels
from nnrecipes.preprocessing.encoding import CategoricalColumn, Goal, fit_categorical, transform_categorical
from nnrecipes.preprocessing.numeric import NumericColumn, fit_numeric, transform_numeric
from nnrecipes.preprocessing.plans import CategoricalPlan, InputPlan, NumericPlan

Feature = NumericColumn | CategoricalColumn | Levels
"""What one feature of one input learnt; of a categorical input only the levels."""

KINDS: dict[str, type[NumericColumn] | type[CategoricalColumn] | type[Levels]] = {
    "numeric": NumericColumn,
    "encoded": CategoricalColumn,
    "coded": Levels,
}


def fit_feature(
    values: pd.Series,
    plan: NumericPlan | CategoricalPlan,
    *,
    kind: InputKind = "tabular",
    goal: Goal | None = None,
    targets: Array | None = None,
    seed: int = 0,
    where: str = "column",
) -> tuple[Feature, Array]:
    """Learn one feature from its training rows, and return them as training rows must be.

    Args:
        values: The training rows of the feature.
        plan: What becomes of it.
        kind: The kind of the input that it is for; ``categorical`` takes codes.
        goal: What target and CatBoost encoding average.
        targets: What bins are to tell, ``(rows, columns)``.
        seed: The recipe's seed.
        where: The feature's name, for error messages.

    Returns:
        What was learnt, and the block ``(rows, columns)``.

    Raises:
        DataError: The training rows do not fit the plan.
    """
    if isinstance(plan, NumericPlan):
        if kind == "categorical":
            raise DataError(f"{where}: expected a categorical column in a categorical input. Received: a numeric one.")
        numbers = values.to_numpy(dtype=np.float64)
        column = fit_numeric(numbers, **asdict(plan), goal=targets, where=where)
        return column, transform_numeric(numbers, column)
    if kind == "categorical":
        levels = fit_levels(values, missing=plan.missing, fill_value=plan.fill_value, where=where)
        return levels, encode_levels(values, levels).reshape(-1, 1)
    return fit_categorical(values, **asdict(plan), goal=goal, seed=seed, where=where)


def transform_feature(values: pd.Series, feature: Feature) -> Array:
    """Return the block ``(rows, columns)`` of rows that are not training rows."""
    if isinstance(feature, NumericColumn):
        return transform_numeric(values.to_numpy(dtype=np.float64), feature)
    if isinstance(feature, CategoricalColumn):
        return transform_categorical(values, feature)
    return encode_levels(values, feature).reshape(-1, 1)


def feature_levels(feature: Feature) -> Levels | None:
    """Return the levels of a categorical feature, None for a numeric one."""
    if isinstance(feature, NumericColumn):
        return None
    return feature.levels if isinstance(feature, CategoricalColumn) else feature


def write_feature(feature: Feature) -> dict[str, Any]:
    """Return plain values and arrays."""
    kind = next(name for name, cls in KINDS.items() if isinstance(feature, cls))
    return {"kind": kind, **asdict(feature)}


def read_feature(state: Mapping[str, Any]) -> Feature:
    """Return the feature that :func:`write_feature` described."""
    return KINDS[state["kind"]].from_dict({key: value for key, value in state.items() if key != "kind"})


def input_matrix(blocks: Mapping[str, Array], kind: InputKind) -> Array:
    """Put the blocks of an input side by side: float32 of a tabular one, int32 of a categorical one.

    Raises:
        DataError: A number is too large for float32.

    Example:
        >>> input_matrix({"a": np.array([[1.0]]), "b": np.array([[0, 1]])}, "tabular").tolist()
        [[1.0, 0.0, 1.0]]
    """
    parts = list(blocks.values())
    width = sum(part.shape[1] for part in parts)
    matrix = np.empty((len(parts[0]), width), dtype=np.float32 if kind == "tabular" else np.int32)
    start = 0
    for name, part in blocks.items():
        place = matrix[:, start : start + part.shape[1]]
        with np.errstate(over="ignore"):
            place[...] = part
        if kind == "tabular" and not np.isfinite(place).all():
            largest = np.abs(part).max()
            raise DataError(
                f"column {name!r}: expected numbers that float32 can hold after scaling. Received: {largest:g}."
            )
        start += part.shape[1]
    return matrix


def input_spec(plan: InputPlan, features: Mapping[str, Feature]) -> InputSpec:
    """Return what models must know of an input."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    sizes: list[int] = []
    bins: list[tuple[float, ...]] = []
    for column, feature in features.items():
        for place, name in enumerate((column,) if isinstance(feature, Levels) else feature.names(column)):
            seen[name] += 1
            names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
            sizes.append(_codes(feature))
            bins.append(_edges(feature) if place == 0 else ())
    return InputSpec(plan.name, plan.kind, tuple(names), tuple(sizes) if any(sizes) else (),
                     bins=tuple(bins) if any(bins) else (), one_hot=_one_hot(features))  # fmt: skip


def _one_hot(features: Mapping[str, Feature]) -> tuple[int, ...]:
    """For each column of the matrix the number of its category, from 1, or 0; empty where all are numbers."""
    found: list[int] = []
    for column, feature in features.items():
        coded = isinstance(feature, CategoricalColumn) and feature.encode == "one_hot"
        width = 1 if isinstance(feature, Levels) else len(feature.names(column))
        found += [max(found, default=0) + 1 if coded else 0] * width
    return tuple(found) if any(found) else ()


def _codes(feature: Feature) -> int:
    """How many codes a column has; 0 of numbers."""
    if isinstance(feature, Levels):
        return len(feature) + 1
    return len(feature.table) if isinstance(feature, CategoricalColumn) and feature.encode == "embedding" else 0


def _edges(feature: Feature) -> tuple[float, ...]:
    return tuple(feature.edges.tolist()) if isinstance(feature, NumericColumn) and feature.edges is not None else ()
