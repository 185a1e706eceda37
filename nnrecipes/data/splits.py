"""Row ids to training, validation and test rows.

Counts are exact: a share of ``n`` rows is ``floor(share * n + 1/2)`` rows. ``test`` is taken of all rows,
``validation`` of the rest. A random split depends on the seed alone, through ``derive_seed(seed, "split")``.
"""

import math
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import (
    ColumnSplit,
    FileSplit,
    GroupSplit,
    KFoldSplit,
    OrderSplit,
    RandomSplit,
    Split,
    StratifiedSplit,
    TimeSplit,
)
from nnrecipes.data.infer import infer_type
from nnrecipes.data.parse import as_dates, as_numbers, as_text
from nnrecipes.data.sets import sets_of_column, sets_of_file
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.table import SHOWN
from nnrecipes.errors import DataError

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowSplit:
    """Sorted int64 row ids of the three sets; no row stands in two."""

    train: Rows
    validation: Rows
    test: Rows


def split_rows(split: Split, *, frame: pd.DataFrame, labels: pd.Series | None, seed: int, base_rows: Rows) -> RowSplit:
    """Split rows in three sets.

    Args:
        split: The ``data.split`` section.
        frame: Raw columns; the index is the row id.
        labels: What a stratified split keeps the shares of; the index is the row id.
        seed: Of the recipe.
        base_rows: The row ids to split.

    Returns:
        Three sets that are disjoint and, but for rows that a file or column marks ``drop``, complete.

    Raises:
        DataError: An empty set, missing groups or times, classes too small to stratify, a split file that does not fit.

    Example:
        >>> rows = np.arange(100)
        >>> split = split_rows(RandomSplit(), frame=pd.DataFrame(index=rows), labels=None, seed=0, base_rows=rows)
        >>> len(split.train), len(split.validation), len(split.test)
        (81, 9, 10)
    """
    rows = np.sort(np.asarray(base_rows, dtype=np.int64))
    random_state = derive_seed(seed, "split")
    match split:
        case RandomSplit():
            parts = _random(rows, split.test, split.validation, random_state)
        case StratifiedSplit():
            parts = _stratified(rows, _need_labels(labels, rows), split.test, split.validation, random_state)
        case GroupSplit():
            groups = _present(frame, split.column, rows, as_text(frame[split.column].loc[pd.Index(rows)]))
            parts = _grouped(rows, groups, split.test, split.validation, random_state)
        case TimeSplit():
            order = np.argsort(times(frame[split.column].loc[pd.Index(rows)]), kind="stable")
            parts = _cut(rows[order][::-1], split.test, split.validation, "rows")
        case OrderSplit():
            parts = _cut(rows[::-1], split.test, split.validation, "rows")
        case KFoldSplit():
            parts = _folds(rows, _need_labels(labels, rows) if split.stratify else None, split, random_state)
        case ColumnSplit() | FileSplit():
            sets = named_sets(split, frame.loc[pd.Index(rows)] if split.kind == "column" else frame)
            sets = sets if split.kind == "column" else sets[frame.index.get_indexer(pd.Index(rows))]
            parts = tuple(rows[sets == name] for name in ("train", "validation", "test"))
        case _:
            assert_never(split)
    empty = [name for name, part in zip(("train", "validation", "test"), parts, strict=True) if not len(part)]
    if empty:
        raise DataError(f"data.split: expected rows in every set. Received: none in {' and '.join(empty)}.")
    return RowSplit(*(np.sort(part) for part in parts))


def named_sets(split: ColumnSplit | FileSplit, frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return ``train``, ``validation``, ``test`` or ``drop`` for each row of ``frame``."""
    return sets_of_column(split, frame) if split.kind == "column" else sets_of_file(split, frame)


def times(column: pd.Series) -> npt.NDArray[Any]:
    """Return the dates or numbers of a time column as values that sort.

    Raises:
        DataError: A missing time, or a column that holds neither dates nor numbers.
    """
    kind = infer_type(column).type
    values, bad = as_dates(column) if kind == "date" else as_numbers(column)
    if bad.any():
        raise DataError(f"data.split: column {column.name!r}: expected ISO dates or numbers. "
                        f"Received: {column.to_numpy()[bad][0]!r} in row {column.index[bad][0]}.")  # fmt: skip
    _refuse_missing(str(column.name), column.index[pd.isna(values)].to_numpy())
    return values


def _present(frame: pd.DataFrame, column: str, rows: Rows, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    _refuse_missing(column, rows[frame[column].loc[pd.Index(rows)].isna().to_numpy()])
    return values


def _refuse_missing(column: str, rows: npt.NDArray[Any]) -> None:
    if len(rows):
        rest = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
        raise DataError(f"data.split: column {column!r}: expected a value in every row. Received: "
                        f"none in row {', '.join(map(str, rows[:SHOWN]))}{rest}.")  # fmt: skip


def _need_labels(labels: pd.Series | None, rows: Rows) -> npt.NDArray[Any]:
    if labels is None:
        raise DataError("data.split: expected a classification target, or `column`, to stratify by. Received: neither.")
    _refuse_missing(str(labels.name), rows[labels.loc[pd.Index(rows)].isna().to_numpy()])
    return labels.loc[pd.Index(rows)].to_numpy()


def count(share: float, total: int, name: str, unit: str) -> int:
    """Return how many of ``total`` a share or count means.

    Raises:
        DataError: None, or all of them.

    Example:
        >>> count(0.1, 135, "validation", "rows"), count(7, 135, "validation", "rows")
        (14, 7)
    """
    taken = share if isinstance(share, int) else math.floor(share * total + 0.5)
    if not 0 < taken < total:
        raise DataError(f"data.split.{name}: expected a part of {total} {unit}. Received: {share} ({taken} {unit}).")
    return taken


def _cut(order: Rows, test: float, validation: float, unit: str) -> tuple[Rows, Rows, Rows]:
    tests = count(test, len(order), "test", unit)
    validations = count(validation, len(order) - tests, "validation", unit)
    return order[tests + validations :], order[tests : tests + validations], order[:tests]


def _random(rows: Rows, test: float, validation: float, random_state: int) -> tuple[Rows, ...]:
    return _cut(np.random.default_rng(random_state).permutation(rows), test, validation, "rows")


def _grouped(
    rows: Rows, groups: npt.NDArray[Any], test: float, validation: float, random_state: int
) -> tuple[Rows, ...]:
    names = np.random.default_rng(random_state).permutation(np.unique(groups.astype(str)))
    return tuple(rows[np.isin(groups.astype(str), part)] for part in _cut(names, test, validation, "groups"))


def _stratified(
    rows: Rows, labels: npt.NDArray[Any], test: float, validation: float, random_state: int
) -> tuple[Rows, ...]:
    rest, tested = _take(rows, labels, count(test, len(rows), "test", "rows"), "test", random_state)
    inside = np.isin(rows, rest)
    validations = count(validation, len(rest), "validation", "rows")
    train, validated = _take(rows[inside], labels[inside], validations, "validation", random_state)
    return train, validated, tested


def _take(rows: Rows, labels: npt.NDArray[Any], taken: int, name: str, random_state: int) -> tuple[Rows, Rows]:
    from sklearn.model_selection import StratifiedShuffleSplit

    classes, counts = np.unique(labels.astype(str), return_counts=True)
    if counts.min() < 2 or min(taken, len(rows) - taken) < len(classes):
        raise DataError(f"data.split.{name}: expected 2 rows a class, and a row a class in each set, to stratify by "
                        f"{len(classes)} classes. Received: {counts.min()} rows of {str(classes[counts.argmin()])!r}, "
                        f"{taken} of {len(rows)} rows to take.")  # fmt: skip
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=taken, random_state=random_state)
    rest, part = next(splitter.split(rows, labels.astype(str)))
    return np.sort(rows[rest]), np.sort(rows[part])


def _folds(rows: Rows, labels: npt.NDArray[Any] | None, split: KFoldSplit, random_state: int) -> tuple[Rows, ...]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if split.fold >= split.folds:
        raise DataError(f"data.split.fold: expected 0 to {split.folds - 1}. Received: {split.fold}.")
    taken = count(split.test, len(rows), "test", "rows")
    if labels is None:
        order = np.random.default_rng(random_state).permutation(rows)
        rest, tested = np.sort(order[taken:]), order[:taken]
        splitter = KFold(split.folds, shuffle=True, random_state=random_state)
    else:
        rest, tested = _take(rows, labels, taken, "test", random_state)
        labels = labels[np.isin(rows, rest)].astype(str)
        splitter = StratifiedKFold(split.folds, shuffle=True, random_state=random_state)
    fewest = len(rest) if labels is None else int(np.unique(labels, return_counts=True)[1].min())
    if fewest < split.folds:
        unit = "rows" if labels is None else "rows of every class"
        raise DataError(f"data.split.folds: expected at most {fewest}, the {unit} outside the test set. "
                        f"Received: {split.folds}.")  # fmt: skip
    train, validated = list(splitter.split(rest, labels))[split.fold]
    return rest[train], rest[validated], tested
