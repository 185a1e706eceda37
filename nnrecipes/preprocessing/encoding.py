"""A categorical column and the target -> encoded, scaled numbers, by what the training rows taught.

One-hot columns stay 0 and 1, and the codes of ``embedding``, for which a network learns vectors, as they are. Ordinal
codes, target and CatBoost encodings are scaled; the scale is fitted on the values that the training rows have, which
for the last two are out of fold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnrecipes.config.preprocessing import CategoricalMissing, Encode, Scale
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.catboost_encoding import fit_catboost_table, ordered_statistics
from nnrecipes.preprocessing.categorical import Levels, encode_levels, fit_levels, fit_one_hot, fit_ordinal
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale
from nnrecipes.preprocessing.target_encoding import fit_target_table, out_of_fold

ONE_HOT_LEVELS = 9
"""Up to so many levels ``embedding`` is one-hot."""


@dataclass(frozen=True, eq=False)
class Goal:
    """What target and CatBoost encoding average over the training rows.

    Args:
        values: float64 ``(rows, columns)``: the number, the 0/1 of the positive class, or 0/1 a class.
        names: Name of each column where there are several, else empty.
        strata: int64 ``(rows,)`` class of each row; None for regression and multi-label targets.
    """

    values: Array
    names: tuple[str, ...] = ()
    strata: Array | None = None


@dataclass(frozen=True, eq=False)
class CategoricalColumn:
    """What one categorical column learnt.

    Args:
        levels: The levels of the training rows.
        encode: The encoding.
        table: ``(levels + 1, columns)``: the encoding of each code, before scaling.
        scalers: The scale of each column of the table; empty for one-hot and codes.
        parts: Name of each column of the table where a target of several classes was averaged, else empty.
    """

    levels: Levels
    encode: Encode
    table: Array
    scalers: tuple[Scaler, ...] = ()
    parts: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "CategoricalColumn":
        """Return the column whose fields ``state`` holds."""
        scalers = tuple(map(Scaler.from_dict, state["scalers"]))
        return cls(Levels.from_dict(state["levels"]), state["encode"], state["table"], scalers, tuple(state["parts"]))

    def names(self, column: str) -> tuple[str, ...]:
        """The names of the columns that :func:`transform_categorical` returns.

        Example:
            >>> CategoricalColumn(Levels(("a", "b")), "one_hot", np.eye(2)).names("city")
            ('city=a', 'city=b')
            >>> CategoricalColumn(Levels(("a", "b")), "target", np.eye(2), (), ("no", "yes")).names("city")
            ('city|no', 'city|yes')
        """
        if self.encode == "one_hot":
            return self.levels.columns(column)
        return tuple(f"{column}|{part}" for part in self.parts) or (column,)


def fit_categorical(
    values: Iterable[Any],
    *,
    encode: Encode = "one_hot",
    missing: CategoricalMissing = "refuse",
    fill_value: str = "missing",
    scale: Scale = "standard",
    smoothing: float = 10.0,
    min_samples_leaf: int = 20,
    folds: int = 5,
    prior_weight: float = 1.0,
    goal: Goal | None = None,
    seed: int = 0,
    where: str = "column",
) -> tuple[CategoricalColumn, Array]:
    """Learn one column from its training rows, and encode them as training rows must be.

    Args:
        values: str or None (missing) a row.
        encode: The encoding.
        missing: The policy for missing values.
        fill_value: The category of ``missing: constant``.
        scale: Which scaler follows the encoding; one-hot and codes have none.
        smoothing: Of target encoding.
        min_samples_leaf: Of target encoding.
        folds: Of target encoding.
        prior_weight: Of CatBoost encoding.
        goal: What target and CatBoost encoding average.
        seed: The recipe's seed.
        where: The column's name, for error messages.

    Returns:
        The fitted column, and the training rows ``(rows, columns)``: out of fold where the target is averaged.

    Raises:
        DataError: The training rows have no category, a value that the policy refuses, or no target to average.
    """
    levels = fit_levels(values, missing=missing, fill_value=fill_value, where=where)
    codes = encode_levels(values, levels)
    if encode == "one_hot" or (encode == "embedding" and len(levels) <= ONE_HOT_LEVELS):
        table = fit_one_hot(levels)
        return CategoricalColumn(levels, "one_hot", table), table[codes]
    if encode == "embedding":
        table = np.arange(len(levels) + 1, dtype=np.float64).reshape(-1, 1)
        return CategoricalColumn(levels, encode, table), table[codes]
    parts: tuple[str, ...] = ()
    if encode == "ordinal":
        table = fit_ordinal(levels)
        encoded = table[codes]
    elif goal is None:
        raise DataError(f"{where}: expected a target to encode against (encode: {encode}). Received: none.")
    elif encode == "target":
        size, leaf, parts = len(levels), min_samples_leaf, goal.names
        table = fit_target_table(codes, goal.values, size=size, smoothing=smoothing, min_samples_leaf=leaf)
        encoded = out_of_fold(codes, goal.values, size=size, strata=goal.strata, folds=folds, seed=seed,
                              smoothing=smoothing, min_samples_leaf=leaf)  # fmt: skip
    else:
        parts = goal.names
        table = fit_catboost_table(codes, goal.values, size=len(levels), prior_weight=prior_weight)
        encoded = ordered_statistics(codes, goal.values, prior_weight=prior_weight, seed=seed)
    scalers = tuple(fit_scaler(column, scale) for column in encoded.T)
    return CategoricalColumn(levels, encode, table, scalers, parts), scaled_rows(encoded, scalers)


def transform_categorical(values: Iterable[Any], column: CategoricalColumn) -> Array:
    """Return rows that are not training rows, encoded and scaled, ``(rows, columns)``.

    Example:
        >>> column = CategoricalColumn(Levels(("a", "b"), "unknown"), "one_hot", np.array([[0, 0], [1, 0], [0, 1]]))
        >>> transform_categorical(["b", None], column).tolist()
        [[0, 1], [0, 0]]
    """
    return np.asarray(scaled_rows(column.table, column.scalers)[encode_levels(values, column.levels)])


def scaled_rows(values: Array, scalers: tuple[Scaler, ...]) -> Array:
    """Return rows of a table, a scaler a column; as they are where there is none."""
    if not scalers:
        return values
    return np.column_stack([scale(column, scaler) for column, scaler in zip(values.T, scalers, strict=True)])
