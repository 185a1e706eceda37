"""Validation and test rows -> the same rows with other values, in ways that would move whatever looked at them.

Texts change like categories; images become white or nearly black; series change like numbers.

| variant | numbers and dates | categories | targets |
|---|---|---|---|
| far above | a million times the largest training value | unseen, last in order | as they are |
| far below | the same, negative | unseen, first in order | as they are |
| missing | missing, where the policy allows for it | likewise | as they are |
| crowded | the training rows' second most common value | likewise | as they are |
| labels shuffled | as they are | as they are | in another order |
| labels changed | as they are | as they are | the next class, or a number far above |

A statistic of extremes, means, ranks, counts, levels or gaps that takes in one of these rows moves under at least one
variant: the median under ``far above`` or ``far below``, the mode under ``crowded``.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nnrecipes.audit.frozen import Frozen
from nnrecipes.config.data import ColumnType
from nnrecipes.data.cells import as_cells
from nnrecipes.data.spec import Array, derive_seed

TIMES = 1e6
"""How far beyond the training values: a float32 still holds it after scaling."""
DATES = {True: np.datetime64("2250-06-15"), False: np.datetime64("1690-01-15")}

Values = dict[str, object]
Variant = Callable[[Frozen, Array], Values]


def far_above(frozen: Frozen, rows: Array) -> Values:
    """Numbers and dates beyond all training rows; categories that come last."""
    return {name: _far(_train(frozen, name), kind, len(rows), up=True) for name, kind in frozen.types.items()}


def far_below(frozen: Frozen, rows: Array) -> Values:
    """Numbers and dates below all training rows; categories that come first."""
    return {name: _far(_train(frozen, name), kind, len(rows), up=False) for name, kind in frozen.types.items()}


def missing(frozen: Frozen, _: Array) -> Values:
    """Nothing where the column's policy gives it a meaning."""
    empty = {"date": np.datetime64("NaT"), "numeric": np.nan}
    return {name: empty.get(kind, np.nan if frozen.frame[name].dtype.kind == "f" else None)
            for name, kind in frozen.types.items() if name in frozen.gaps}  # fmt: skip


def crowded(frozen: Frozen, _: Array) -> Values:
    """In each column one value of the training rows, not their most common one."""
    common = {name: _train(frozen, name).value_counts().index[:2] for name in frozen.types}
    return {name: values.to_numpy()[-1] for name, values in common.items()}


def labels_shuffled(frozen: Frozen, rows: Array) -> Values:
    """The targets of these rows in another order."""
    order = np.random.default_rng(derive_seed(frozen.config.seed, "audit")).permutation(rows)
    return {name: frozen.frame[name].to_numpy()[order] for columns in frozen.labels.values() for name in columns}


def labels_changed(frozen: Frozen, rows: Array) -> Values:
    """The next of the training rows' classes, or a number far above theirs."""
    changed: Values = {}
    for target, columns in frozen.labels.items():
        for name in columns:
            if frozen.tasks[target] == "regression":
                changed[name] = _far(_train(frozen, name), "numeric", len(rows), up=True)
            elif frozen.tasks[target] == "identity":
                changed[name] = (frozen.frame[name].iloc[rows] + "~").to_numpy()
            else:
                classes = sorted(_train(frozen, name).unique())
                following = dict(zip(classes, classes[1:] + classes[:1], strict=True))
                changed[name] = frozen.frame[name].iloc[rows].map(following).to_numpy()
    return changed


VARIANTS: Mapping[str, Variant] = {
    "far above": far_above,
    "far below": far_below,
    "missing": missing,
    "crowded": crowded,
    "labels shuffled": labels_shuffled,
    "labels changed": labels_changed,
}


def in_words(name: str, frozen: Frozen) -> str:
    """Say what a variant does to the rows of this recipe.

    Args:
        name: One of ``VARIANTS``.
        frozen: The recipe.
    """
    kinds = set(frozen.types.values())
    if name in ("far above", "far below"):
        parts = [f"numbers {name}"] * ("numeric" in kinds) + [f"dates {name}"] * ("date" in kinds)
        parts += ["categories unseen"] * ("categorical" in kinds)
        media = {"text": "texts unseen", "image": "images of one colour", "series": f"series {name}"}
        return ", ".join(parts + [words for kind, words in media.items() if kind in kinds])
    if name == "missing":
        return f"{len(frozen.gaps)} of {len(frozen.types)} columns missing"
    return "one value a column" if name == "crowded" else name


def _train(frozen: Frozen, name: str) -> pd.Series:
    return frozen.frame[name].iloc[frozen.split.train]


def _far(train: pd.Series, kind: ColumnType, count: int, *, up: bool) -> object:
    if kind == "image" or (kind == "series" and train.dtype == object):
        return as_cells([_far_array(train, kind, up=up)] * count)
    if kind == "numeric" or kind == "series":
        size = TIMES * max(1.0, float(train.abs().max()))
        return size if up else -size
    return DATES[up] if kind == "date" else unseen(set(train), count, "~" if up else "!")


def _far_array(train: pd.Series, kind: ColumnType, *, up: bool) -> Array:
    if kind == "image":
        return np.full((1, 1), 255 if up else 1, dtype=np.uint8)
    largest = max((float(np.nanmax(np.abs(cell.array))) for cell in train.dropna()), default=0.0)
    return np.full(3, TIMES * max(1.0, largest) * (1 if up else -1))


def unseen(known: set[object], count: int, mark: str) -> Array:
    """Return ``count`` categories, seven of them distinct, that are not among ``known``.

    Example:
        >>> unseen({"!0"}, 2, "!").tolist()
        ['!!0', '!!1']
    """
    while any(f"{mark}{i}" in known for i in range(7)):
        mark += mark[0]
    return np.array([f"{mark}{i % 7}" for i in range(count)], dtype=object)
