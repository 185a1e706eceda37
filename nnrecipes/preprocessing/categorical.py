"""A categorical column -> integer codes of the levels that the training rows have -> rows of a table.

Code 0 is an unseen or missing category; codes 1, 2, … are the levels in sorted order (numbers by size where all of them
are numbers). Every encoding is a table with a row a code, and to encode is to look up:

| encode | row of an unseen category | row of level i |
|---|---|---|
| one_hot | zeros | 1 in column i |
| ordinal | 0 | i |
| target | the prior | the level's shrunken mean, see :mod:`~nnrecipes.preprocessing.target_encoding` |
| catboost | the prior | the level's mean with the prior, see :mod:`~nnrecipes.preprocessing.catboost_encoding` |
"""

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.preprocessing import CategoricalMissing
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError


@dataclass(frozen=True)
class Levels:
    """The levels of one column's training rows.

    Args:
        names: The levels in the order of their codes, from 1.
        missing: The policy for missing values.
        fill: The category that takes their place (``most_frequent``, ``constant``), else None.
        missing_level: Whether missing is a level of its own, with the last code (``indicator``).
    """

    names: tuple[str, ...]
    missing: CategoricalMissing = "refuse"
    fill: str | None = None
    missing_level: bool = False

    def __len__(self) -> int:
        return len(self.names) + self.missing_level

    @cached_property
    def index(self) -> "pd.Index[Any]":
        """The names as pandas looks them up."""
        return pd.Index(self.names, dtype=object)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Levels":
        """Return the levels whose fields ``state`` holds."""
        return cls(tuple(state["names"]), state["missing"], state["fill"], state["missing_level"])

    def columns(self, column: str) -> tuple[str, ...]:
        """The names of the one-hot columns.

        Example:
            >>> Levels(("female", "male"), "indicator", missing_level=True).columns("sex")
            ('sex=female', 'sex=male', 'sex_missing')
        """
        return (*(f"{column}={name}" for name in self.names), *([f"{column}_missing"] if self.missing_level else []))


def sort_levels(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct names in order: numbers by size if all of them are numbers, else by their characters.

    Example:
        >>> sort_levels(["10", "9", "9"]), sort_levels(["10", "9", "b"])
        (('9', '10'), ('10', '9', 'b'))
    """
    distinct = sorted(set(names))
    try:
        sizes = {name: float(name) for name in distinct}
    except ValueError:
        return tuple(distinct)
    return tuple(sorted(distinct, key=sizes.__getitem__) if all(map(math.isfinite, sizes.values())) else distinct)


def fit_levels(
    values: Iterable[Any], *, missing: CategoricalMissing = "refuse", fill_value: str = "missing", where: str = "column"
) -> Levels:
    """Learn the levels of one column from its training rows.

    Args:
        values: str or None (missing) a row.
        missing: The policy for missing values.
        fill_value: The category of ``missing: constant``.
        where: The column's name, for error messages.

    Returns:
        The levels.

    Raises:
        DataError: No training row has a category, or the policy does not allow for a missing one.

    Example:
        >>> fit_levels(["b", None, "a", "b"], missing="most_frequent")
        Levels(names=('a', 'b'), missing='most_frequent', fill='b', missing_level=False)
    """
    items = _objects(values)
    gaps = pd.isna(items)
    names, counts = np.unique(items[~gaps], return_counts=True)
    counted = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return levels_of(counted, int(gaps.sum()), missing=missing, fill_value=fill_value, where=where)


def levels_of(
    counts: Mapping[str, int],
    gaps: int,
    *,
    missing: CategoricalMissing = "refuse",
    fill_value: str = "missing",
    where: str = "column",
) -> Levels:
    """Return the levels of a column whose training rows were counted; the other arguments are those of ``fit_levels``.

    Args:
        counts: Category -> how many training rows have it.
        gaps: How many have none.
        missing: The policy for missing values.
        fill_value: The category of ``missing: constant``.
        where: The column's name, for error messages.

    Example:
        >>> levels_of({"b": 1, "a": 1}, 2, missing="most_frequent").fill
        'a'
    """
    if missing in {"refuse", "drop"} and gaps:
        raise DataError(
            f"{where}: expected a value in each training row (missing: {missing}). Received: {gaps} missing."
        )
    if not counts and missing != "constant":
        raise DataError(f"{where}: expected a category among the training rows. Received: {gaps} rows, all missing.")
    names = sorted(counts)
    if missing == "indicator":
        return Levels(sort_levels(names), missing, missing_level=gaps > 0)
    if missing == "most_frequent":
        return Levels(sort_levels(names), missing, max(names, key=counts.__getitem__))
    if missing == "constant":
        return Levels(sort_levels([*names, fill_value] if gaps else names), missing, fill_value)
    return Levels(sort_levels(names), missing)


def encode_levels(values: Iterable[Any], levels: Levels) -> Array:
    """Return the code of each row's category, int64 ``(rows,)``; 0 is unseen or missing.

    Example:
        >>> encode_levels(["b", None, "z"], Levels(("a", "b"), "unknown")).tolist()
        [2, 0, 0]
    """
    items = _objects(values)
    gaps = np.asarray(pd.isna(items))
    if levels.fill is not None:
        items[gaps] = levels.fill
        gaps = np.zeros(len(items), dtype=bool)
    codes = levels.index.get_indexer(pd.Index(items, dtype=object)).astype(np.int64) + 1
    return np.where(gaps, len(levels) if levels.missing_level else 0, codes)


def count_unseen(values: Iterable[Any], levels: Levels) -> int:
    """Return how many rows have a category that no training row has; missing ones do not count.

    Example:
        >>> count_unseen(["a", "z", None], Levels(("a", "b"), "unknown"))
        1
    """
    items = _objects(values)
    present = items[~np.asarray(pd.isna(items))]
    return int((~pd.Index(present, dtype=object).isin(levels.index)).sum())


def fit_one_hot(levels: Levels) -> Array:
    """Return the table of category_encoders' OneHotEncoder, uint8 ``(levels + 1, levels)``.

    Example:
        >>> fit_one_hot(Levels(("a", "b"))).tolist()
        [[0, 0], [1, 0], [0, 1]]
    """
    from category_encoders import OneHotEncoder

    with quiet():
        encoder = OneHotEncoder(cols=["code"]).fit(code_frame(len(levels))[1:])
        return np.asarray(encoder.transform(code_frame(len(levels))), dtype=np.uint8)


def fit_ordinal(levels: Levels) -> Array:
    """Return the table of category_encoders' OrdinalEncoder with 0 for unseen, float64 ``(levels + 1, 1)``.

    Example:
        >>> fit_ordinal(Levels(("a", "b"))).tolist()
        [[0.0], [1.0], [2.0]]
    """
    from category_encoders import OrdinalEncoder

    with quiet():
        encoder = OrdinalEncoder(cols=["code"]).fit(code_frame(len(levels))[1:])
        return np.asarray(np.maximum(encoder.transform(code_frame(len(levels))), 0), dtype=np.float64)


def code_frame(codes: int | Array) -> pd.DataFrame:
    """Return codes as the one text column ``code``; a number stands for the codes from 0 to it.

    Encoders then meet neither the text "nan" nor integers, both of which category_encoders treats in its own way. In an
    array of training rows code 0 is missing; in the full list it is a category that no row has.
    """
    if isinstance(codes, int):
        return pd.DataFrame({"code": np.arange(codes + 1).astype(str).astype(object)})
    texts = codes.astype(str).astype(object)
    texts[codes == 0] = None
    return pd.DataFrame({"code": texts})


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the one warning that category_encoders 2.11 causes in pandas 3 at every fit."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*no_silent_downcasting.*")
        yield


def _objects(values: Iterable[Any]) -> Array:
    return np.array(pd.Series(values, dtype=object), dtype=object)
