"""Scores and a class -> area under the ROC curve and average precision of many weightings of the rows at once.

With ``W(i)`` the weight of the rows that score below row ``i`` plus half of those that tie with it (``i`` included),
``P`` and ``N`` the weights of the positive and the negative rows, the area is that of the Mann-Whitney statistic:

    auc = (sum over positive i of w_i W(i) - P^2 / 2) / (P N)

and the average precision is the mean, over positive rows, of the precision at the row's score:

    ap = (1 / P) sum over positive i of w_i * (positive weight at or above s_i) / (weight at or above s_i)

References:
    Hanley and McNeil (1982), The meaning and use of the area under a receiver operating characteristic curve.
    https://doi.org/10.1148/radiology.143.1.7063747
"""

from dataclasses import dataclass

import numpy as np

from nnrecipes.data.spec import Array


@dataclass(frozen=True)
class Ranking:
    """Where the positive rows stand among all rows, lowest score first.

    Args:
        order: Row numbers by rising score, ``(rows,)``.
        positive: Row numbers of the positive rows by rising score, ``(positives,)``.
        below: For each positive row, how many rows score below it.
        upto: For each positive row, how many rows score no more than it.
        positive_below: For each positive row, how many positive rows score below it.
    """

    order: Array
    positive: Array
    below: Array
    upto: Array
    positive_below: Array


def rank(scores: Array, positive: Array) -> Ranking:
    """Sort once what :func:`roc_auc` and :func:`average_precision` need for any weights.

    Args:
        scores: Finite scores, ``(rows,)``.
        positive: Which rows are positive, boolean ``(rows,)``.

    Example:
        >>> ranking = rank(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        >>> roc_auc(ranking, np.ones((1, 4))), average_precision(ranking, np.ones((1, 4))).round(4)
        (array([0.75]), array([0.8333]))
    """
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    rows = order[positive[order]]
    own = scores[rows]
    return Ranking(order, rows, np.searchsorted(ascending, own, "left"), np.searchsorted(ascending, own, "right"),
                   np.searchsorted(own, own, "left"))  # fmt: skip


def divide(top: Array, bottom: Array) -> Array:
    """Divide where ``bottom`` is above 0; elsewhere the quotient is undefined, NaN."""
    result: Array = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def _cumulate(weights: Array) -> Array:
    """Weight of the first 0, 1, ..., n columns, ``(resamples, n + 1)``."""
    sums = np.zeros((len(weights), weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums


def roc_auc(ranking: Ranking, weights: Array) -> Array:
    """Area under the ROC curve of each weighting ``(resamples, rows)``; NaN where either class weighs nothing."""
    sums = _cumulate(weights[:, ranking.order])
    own = weights[:, ranking.positive]
    positives = own.sum(axis=1)
    negatives = sums[:, -1] - positives
    pairs = np.einsum("ij,ij->i", own, sums[:, ranking.below] + sums[:, ranking.upto]) / 2
    return divide(pairs - positives**2 / 2, positives * negatives)


def average_precision(ranking: Ranking, weights: Array) -> Array:
    """Average precision of each weighting ``(resamples, rows)``; NaN where the positive class weighs nothing."""
    sums = _cumulate(weights[:, ranking.order])
    own = weights[:, ranking.positive]
    above = sums[:, -1:] - sums[:, ranking.below]
    own_sums = _cumulate(own)
    true_above = own_sums[:, -1:] - own_sums[:, ranking.positive_below]
    precision = np.divide(true_above, above, out=np.zeros_like(above), where=above > 0)
    return divide(np.einsum("ij,ij->i", own, precision), own_sums[:, -1])
