"""Class names -> class numbers -> the labels that a loss takes; the classes are those of the training rows.

| labels | array |
|---|---|
| binary | 0 or 1 (the positive class), float32 ``(rows, 1)`` |
| index | class number, int32 ``(rows,)`` |
| one_hot | 1 in the column of the class, float32 ``(rows, classes)`` |
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.outputs import Labels
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean
from nnrecipes.preprocessing.categorical import sort_levels

SHOWN = 5


def fit_classes(values: Iterable[Any], *, positive: str | None = None, where: str = "target") -> tuple[str, ...]:
    """Return the classes of the training rows in order: numbers by size, else by their characters.

    Args:
        values: Class name a row.
        positive: Of a binary target, the class that comes second.
        where: The target's name, for error messages.

    Raises:
        DataError: There are fewer than two classes, or ``positive`` is given and is not one of exactly two.

    Example:
        >>> fit_classes(["10", "9", "9"]), fit_classes(["no", "yes", "no"], positive="no")
        (('9', '10'), ('yes', 'no'))
    """
    classes = sort_levels(value for value in values if not pd.isna(value))
    if len(classes) < 2:
        raise DataError(f"{where}: expected two or more classes among the training rows. Received: {_list(classes)}.")
    if positive is None:
        return classes
    if positive not in classes:
        hint = did_you_mean(positive, classes)
        raise DataError(f"{where}.positive: expected one of {_list(classes)}. Received: {positive!r}.{hint}")
    return (*(name for name in classes if name != positive), positive)


def class_index(values: pd.Series, classes: Sequence[str], *, where: str = "target") -> Array:
    """Return the class number of each row, int64 ``(rows,)``.

    Args:
        values: Class name a row; the index is the row id.
        classes: Class names in order.
        where: The target's name, for error messages.

    Raises:
        DataError: Rows have no class, or one that is not among ``classes``.

    Example:
        >>> class_index(pd.Series(["b", "a"]), ("a", "b")).tolist()
        [1, 0]
        >>> class_index(pd.Series(["b", "c"]), ("a", "b"), where="grade")
        Traceback (most recent call last):
        nnrecipes.errors.DataError: grade: expected one of the classes a, b. Received: 'c' in row 1.
    """
    items = np.asarray(values, dtype=object)
    index = pd.Index(list(classes), dtype="object").get_indexer(pd.Index(items, dtype=object)).astype(np.int64)
    wrong = np.flatnonzero(index < 0)
    if len(wrong):
        rows = [f"{_shown(items[i])} in row {values.index[i]}" for i in wrong[:SHOWN]]
        rest = f" and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
        raise DataError(f"{where}: expected one of the classes {_list(classes)}. Received: {', '.join(rows)}{rest}.")
    return index


def identity_index(values: pd.Series, classes: Sequence[str], *, where: str = "target") -> Array:
    """Return the number of each row's identity, int64 ``(rows,)``: those of training, then the others in order.

    Args:
        values: Identity a row; the index is the row id.
        classes: The identities of the training rows in order.
        where: The target's name, for error messages.

    Raises:
        DataError: Rows have no identity.

    Example:
        >>> identity_index(pd.Series(["z", "b", "y", "z"]), ("a", "b")).tolist()
        [3, 1, 2, 3]
    """
    others = sort_levels({value for value in values if not pd.isna(value)} - set(classes))
    return class_index(values, (*classes, *others), where=where)


def encode_labels(index: Array, labels: Labels, classes: int) -> Array:
    """Return class numbers in the form that the loss takes.

    Args:
        index: int64 ``(rows,)``.
        labels: ``binary``, ``index`` or ``one_hot``.
        classes: Number of classes.

    Example:
        >>> encode_labels(np.array([2, 0]), "one_hot", 3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    if labels == "index":
        return index.astype(np.int32)
    if labels == "binary":
        return index.astype(np.float32).reshape(-1, 1)
    return np.eye(classes, dtype=np.float32)[index]


def row_list(rows: Iterable[Any]) -> str:
    """Return the first five rows by name, and how many there are beyond them.

    Example:
        >>> row_list(range(7))
        'row 0, row 1, row 2, row 3, row 4 and 2 more'
    """
    ids = list(rows)
    rest = f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return ", ".join(f"row {row}" for row in ids[:SHOWN]) + rest


def _list(names: Sequence[str], limit: int = 20) -> str:
    return ", ".join(names[:limit]) + (" …" if len(names) > limit else "") if names else "none"


def _shown(value: object) -> str:
    return "no value" if pd.isna(value) else repr(value)  # type: ignore[call-overload]
