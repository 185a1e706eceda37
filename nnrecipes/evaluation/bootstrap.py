"""Rows -> intervals: percentiles of a metric over resamples of the rows, drawn with replacement.

The interval of confidence ``c`` runs from the ``(1 - c) / 2`` to the ``(1 + c) / 2`` quantile of the metric's values.
Resamples in which the metric is undefined are left out; where more than half are, there is no interval.

References:
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13. https://doi.org/10.1201/9780429246593
"""

from collections.abc import Callable, Iterator

import numpy as np

from nnrecipes.data.spec import Array, derive_seed

CELLS = 1_000_000  # of one weight matrix: 8 MB


def resample_weights(rows: int, resamples: int, seed: int) -> Iterator[Array]:
    """Yield weight matrices ``(some resamples, rows)``: how often each row was drawn; each resample weighs ``rows``.

    Example:
        >>> [weights.sum(axis=1).tolist() for weights in resample_weights(4, 2, seed=0)]
        [[4.0, 4.0]]
    """
    rng = np.random.default_rng(derive_seed(seed, "bootstrap"))
    step = max(1, CELLS // max(rows, 1))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = (rng.integers(rows, size=rows) for _ in range(count))
        yield np.stack([np.bincount(draw, minlength=rows) for draw in drawn]).astype(np.float64)


def bootstrap(
    score: Callable[[Array], dict[str, Array]], rows: int, *, resamples: int, seed: int, groups: Array | None = None
) -> dict[str, Array]:
    """Return name -> values of every resample, ``(resamples,)`` or ``(resamples, classes)``.

    Args:
        score: Weights ``(resamples, rows)`` -> name -> values.
        rows: Number of rows.
        resamples: Their number.
        seed: Of the draws.
        groups: A group a row ``(rows,)``: whole groups are drawn, and each row weighs what its group does.
    """
    if groups is None:
        parts = [score(weights) for weights in resample_weights(rows, resamples, seed)]
    else:
        names, place = np.unique(groups, return_inverse=True)
        parts = [score(weights[:, place]) for weights in resample_weights(len(names), resamples, seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(values: Array, confidence: float) -> tuple[float, float] | None:
    """Return the percentile interval of ``values`` ``(resamples,)``, or None where most of them are undefined.

    Example:
        >>> interval(np.arange(101.0), 0.5)
        (25.0, 75.0)
    """
    defined = values[~np.isnan(values)]
    if len(defined) * 2 < len(values) or len(defined) == 0:
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
