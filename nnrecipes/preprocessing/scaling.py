"""Numbers -> numbers of a common size, by what scikit-learn's scalers learnt; and back.

| kind | formula |
|---|---|
| standard | ``(x - mean) / standard deviation`` |
| robust | ``(x - median) / interquartile range`` |
| robust_clip | ``z / sqrt(1 + (z / 3)^2)`` of this ``z``; ``z = 2 (x - median) / (max - min)`` where that range is 0 |
| minmax | ``x * 1 / (max - min) - min / (max - min)`` |
| log | ``(ln x - mean) / standard deviation``, of targets, which are then above 0 |
| quantile | the standard normal's value at the rank of ``x`` among the fitted quantiles |
| none | ``x`` |

A column without spread is divided by 1, as scikit-learn does.

References:
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491 (robust_clip)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from nnrecipes.config.preprocessing import Scale
from nnrecipes.config.targets import TargetScale
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean

QUANTILES = 1000
CLIP = 3.0
EDGE = 1e-7
LARGEST = 700.0
"""The logarithm of about the largest float64."""


@dataclass(frozen=True, eq=False)
class Scaler:
    """What one column's scaler learnt.

    Args:
        kind: ``standard``, ``minmax``, ``robust``, ``robust_clip``, ``log``, ``quantile`` or ``none``.
        offset: What is subtracted (standard, robust, robust_clip, log) or added after ``factor`` (minmax).
        factor: The divisor (standard, robust, robust_clip, log) or multiplier (minmax).
        quantiles: Of ``quantile``, the values at evenly spaced ranks from 0 to 1.
    """

    kind: Scale | TargetScale = "none"
    offset: float = 0.0
    factor: float = 1.0
    quantiles: Array | None = None

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Scaler":
        """Return the scaler whose fields ``state`` holds."""
        return cls(**state)


def fit_scaler(values: Array, kind: Scale | TargetScale = "standard") -> Scaler:
    """Learn a scaler from the training rows of one column.

    Args:
        values: float64 ``(rows,)`` without missing values.
        kind: Which scaler.

    Returns:
        The scaler.

    Raises:
        DataError: There are no rows, or the kind is unknown.

    Example:
        >>> fit_scaler(np.array([1.0, 3.0]), "standard")
        Scaler(kind='standard', offset=2.0, factor=1.0, quantiles=None)
    """
    allowed = tuple(dict.fromkeys((*get_args(Scale), *get_args(TargetScale))))
    if kind not in allowed:
        raise DataError(
            f"scale: expected one of {', '.join(allowed)}. Received: {kind!r}.{did_you_mean(kind, allowed)}"
        )
    if kind == "none":
        return Scaler()
    if len(values) == 0:
        raise DataError(f"scale: expected training rows to fit {kind} on. Received: 0 rows.")
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

    column = np.asarray(_logarithm(values) if kind == "log" else values, dtype=np.float64).reshape(-1, 1)
    if kind in ("standard", "log"):
        fitted = StandardScaler().fit(column)
        return Scaler(kind, float(fitted.mean_[0]), float(fitted.scale_[0]))
    if kind in ("robust", "robust_clip"):
        fitted = RobustScaler().fit(column)
        factor = float(fitted.scale_[0])
        if kind == "robust_clip" and np.diff(np.quantile(column, (0.25, 0.75)))[0] == 0:
            factor = float(np.ptp(column)) / 2 or 1.0
        return Scaler(kind, float(fitted.center_[0]), factor)
    if kind == "minmax":
        fitted = MinMaxScaler().fit(column)
        return Scaler(kind, float(fitted.min_[0]), float(fitted.scale_[0]))
    count = min(QUANTILES, len(column))
    fitted = QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=None).fit(column)
    return Scaler(kind, quantiles=np.asarray(fitted.quantiles_[:, 0]))


def scaler_of(
    kind: Scale | TargetScale, *, count: int, mean: float, variance: float, least: float, greatest: float
) -> Scaler | None:
    """Return the scaler of a column of which only this is known; None for a kind that needs the rows.

    Of ``log`` these are of the logarithms.

    Example:
        >>> scaler_of("standard", count=2, mean=2.0, variance=1.0, least=1.0, greatest=3.0)
        Scaler(kind='standard', offset=2.0, factor=1.0, quantiles=None)
    """
    eps = float(np.finfo(np.float64).eps)
    if kind == "none":
        return Scaler()
    if kind in ("standard", "log"):
        flat = variance <= count * eps * variance + (count * mean * eps) ** 2  # scikit-learn's bound of rounding errors
        return Scaler(kind, mean, 1.0 if flat else math.sqrt(variance))
    if kind == "minmax":
        factor = 1 / (greatest - least if greatest - least >= 10 * eps else 1.0)
        return Scaler(kind, -least * factor, factor)
    return None


def scale(values: Array, scaler: Scaler) -> Array:
    """Return ``values`` scaled, float64.

    Example:
        >>> scale(np.array([1.0, 3.0, 5.0]), Scaler("standard", offset=3.0, factor=2.0)).tolist()
        [-1.0, 0.0, 1.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if scaler.kind == "none":
        return numbers
    if scaler.kind == "minmax":
        return np.asarray(numbers * scaler.factor + scaler.offset)
    if scaler.quantiles is not None:
        return _normal_scores(numbers, scaler.quantiles)
    if scaler.kind == "log":
        numbers = _logarithm(numbers)
    scaled = np.asarray((numbers - scaler.offset) / scaler.factor)
    return scaled / np.hypot(1.0, scaled / CLIP) if scaler.kind == "robust_clip" else scaled


def unscale(values: Array, scaler: Scaler) -> Array:
    """Return scaled numbers in their original unit, float64: the inverse of :func:`scale`.

    Raises:
        DataError: The scaler is ``quantile`` or ``robust_clip``, whose tails have no inverse.

    Example:
        >>> unscale(np.array([-1.0, 0.0, 1.0]), Scaler("standard", offset=3.0, factor=2.0)).tolist()
        [1.0, 3.0, 5.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if scaler.kind == "none":
        return numbers
    if scaler.kind == "minmax":
        return np.asarray((numbers - scaler.offset) / scaler.factor)
    if scaler.kind in ("quantile", "robust_clip"):
        raise DataError(
            f"scale: expected standard, minmax, robust or none where an inverse is needed. Received: {scaler.kind!r}."
        )
    plain = np.asarray(numbers * scaler.factor + scaler.offset)
    return np.exp(np.minimum(plain, LARGEST)) if scaler.kind == "log" else plain


def _logarithm(values: Array) -> Array:
    numbers = np.asarray(values, dtype=np.float64)
    low = numbers[numbers <= 0]
    if len(low):
        raise DataError(f"scale: expected numbers above 0 for log. Received: {low[0]:g} and {len(low) - 1:,} more.")
    return np.asarray(np.log(numbers))


def ranks_of(numbers: Array, quantiles: Array) -> Array:
    """Return the ranks of numbers among quantiles, 0 to 1; one that equals several stands in their middle.

    Example:
        >>> ranks_of(np.array([1.0, 2.0, 9.0]), np.array([0.0, 2.0, 2.0, 2.0, 4.0])).tolist()
        [0.125, 0.5, 1.0]
    """
    references = np.linspace(0, 1, len(quantiles), endpoint=True)
    upward = np.interp(numbers, quantiles, references)
    downward = np.interp(-numbers, -quantiles[::-1], -references[::-1])
    ranks = 0.5 * (upward - downward)
    ranks[numbers + EDGE > quantiles[-1]] = 1.0
    ranks[numbers - EDGE < quantiles[0]] = 0.0
    return np.asarray(ranks)


def _normal_scores(numbers: Array, quantiles: Array) -> Array:
    from scipy.special import ndtri

    edge = EDGE - np.spacing(1)
    return np.asarray(np.clip(ndtri(ranks_of(numbers, quantiles)), ndtri(edge), ndtri(1 - edge)))
