"""A numeric column with gaps -> one or two columns of scaled numbers without gaps.

Filled first (median, mean, most frequent value, a constant), then scaled; ``indicator`` fills with the median and adds
a 0/1 column that says where the gap was. The fill and the scale are those of the training rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnrecipes.config.preprocessing import NumericMissing, Scale
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.bins import fit_edges
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler
from nnrecipes.preprocessing.scaling import scale as scaled

STRATEGY = {"median": "median", "indicator": "median", "mean": "mean", "most_frequent": "most_frequent"}


@dataclass(frozen=True, eq=False)
class NumericColumn:
    """What one numeric column learnt.

    Args:
        missing: The policy for missing values.
        fill: The number that takes their place; None where the policy is ``refuse`` or ``drop``.
        scaler: The scale of the filled numbers.
        edges: Of the bins of a piecewise-linear embedding, in scaled numbers, float32; None without bins.
        limits: Least and greatest number of the training rows; None of runs that older releases made.
    """

    missing: NumericMissing
    fill: float | None
    scaler: Scaler
    edges: Array | None = None
    limits: tuple[float, float] | None = None

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "NumericColumn":
        """Return the column whose fields ``state`` holds."""
        limits = state.get("limits")
        return cls(state["missing"], state["fill"], Scaler.from_dict(state["scaler"]), state.get("edges"),
                   None if limits is None else (limits[0], limits[1]))  # fmt: skip

    def names(self, column: str) -> tuple[str, ...]:
        """The names of the columns that :func:`transform_numeric` returns.

        Example:
            >>> NumericColumn("indicator", 0.0, Scaler()).names("age")
            ('age', 'age_missing')
        """
        return (column, f"{column}_missing") if self.missing == "indicator" else (column,)


def fit_numeric(
    values: Array,
    *,
    missing: NumericMissing = "refuse",
    fill_value: float = 0.0,
    scale: Scale = "standard",
    quantile_bins: int = 0,
    distinct_bins: int = 0,
    target_bins: int = 0,
    goal: Array | None = None,
    where: str = "column",
) -> NumericColumn:
    """Learn the fill, the scale and the bins of one column from its training rows.

    Args:
        values: float64 ``(rows,)``, NaN where missing.
        missing: The policy for missing values.
        fill_value: The constant of ``missing: constant``.
        scale: Which scaler.
        quantile_bins: Bins with equally many rows.
        distinct_bins: Bins with equally many distinct values.
        target_bins: Bins of a decision tree for the goal.
        goal: Of ``target_bins``, the targets of the training rows, float64 ``(rows, columns)``.
        where: The column's name, for error messages.

    Returns:
        The fitted column.

    Raises:
        DataError: No training row has a value to take the fill from, or the policy does not allow for a missing one.

    Example:
        >>> column = fit_numeric(np.array([1.0, np.nan, 3.0]), missing="median")
        >>> column.fill, column.scaler.offset
        (2.0, 2.0)
    """
    numbers = np.asarray(values, dtype=np.float64)
    fill = fit_fill(numbers, missing, fill_value, where)
    gaps = np.isnan(numbers)
    if fill is None and gaps.any():
        raise DataError(
            f"{where}: expected a value in each training row (missing: {missing}). Received: {gaps.sum()} missing."
        )
    filled = numbers if fill is None else np.where(gaps, fill, numbers)
    scaler = fit_scaler(filled, scale)
    edges = None
    if quantile_bins or distinct_bins or target_bins:
        edges = fit_edges(scaled(filled, scaler), quantile=quantile_bins, distinct=distinct_bins, target=target_bins,
                          goal=goal)  # fmt: skip
    known = numbers[~gaps]
    limits = (float(known.min()), float(known.max())) if len(known) else None
    return NumericColumn(missing, fill, scaler, edges, limits)


def transform_numeric(values: Array, column: NumericColumn) -> Array:
    """Return the filled and scaled column, float64 ``(rows, 1)``, or ``(rows, 2)`` with an indicator.

    Example:
        >>> column = NumericColumn("indicator", 2.0, Scaler("standard", offset=2.0, factor=0.5))
        >>> transform_numeric(np.array([1.0, np.nan]), column).tolist()
        [[-2.0, 0.0], [0.0, 1.0]]
    """
    numbers = np.asarray(values, dtype=np.float64)
    gaps = np.isnan(numbers)
    filled = numbers if column.fill is None else np.where(gaps, column.fill, numbers)
    numbers = scaled(filled, column.scaler)
    return np.column_stack([numbers, gaps]) if column.missing == "indicator" else numbers.reshape(-1, 1)


def fit_fill(numbers: Array, missing: NumericMissing, fill_value: float, where: str) -> float | None:
    """Return the number that takes the place of a missing one; None where the policy has none.

    Raises:
        DataError: No row has a value to take it from.
    """
    if missing in {"refuse", "drop"}:
        return None
    if missing == "constant":
        return float(fill_value)
    if np.isnan(numbers).all():
        raise DataError(
            f"{where}: expected a value among the training rows to take the fill from (missing: {missing}). "
            f"Received: {len(numbers)} missing. Choose missing: constant, or leave the column out (data.ignore)."
        )
    from sklearn.impute import SimpleImputer

    return float(SimpleImputer(strategy=STRATEGY[missing]).fit(numbers.reshape(-1, 1)).statistics_[0])
