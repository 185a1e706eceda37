"""Probabilities and truth of validation rows of a binary target -> the threshold that serves an aim best.

A row is positive where its probability is above the threshold. Between two neighbouring probabilities every threshold
decides alike, so that the middles between neighbours, one below all and one above all are every choice there is.
Thresholds that serve the aim equally well are told apart by their distance from 0.5.

    f1:                   max 2 tp / (2 tp + fp + fn)
    cost:                 min (false_positive * fp + false_negative * fn) / rows
    recall_at_precision:  max tp / (tp + fn)  where  tp / (tp + fp) >= precision;  then the greatest precision
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from nnrecipes.data.spec import Array

Aim = Literal["fixed", "f1", "cost", "recall_at_precision"]


@dataclass(frozen=True)
class Threshold:
    """A threshold and what it was chosen for.

    Args:
        value: A row is positive where its probability is above it.
        aim: ``fixed`` where the recipe gives the number.
        reached: F1, mean cost a row, or recall of the validation rows at ``value``.
        at_half: The same at 0.5.
        rows: Number of validation rows.
        note: Why the aim could not be met, where it could not.
    """

    value: float = 0.5
    aim: Aim = "fixed"
    reached: float | None = None
    at_half: float | None = None
    rows: int = 0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Threshold":
        """Return the threshold that :meth:`to_dict` described."""
        return cls(**state)


def choose_threshold(
    truth: Array,
    probability: Array,
    *,
    aim: Aim,
    false_positive: float | None = None,
    false_negative: float | None = None,
    precision: float | None = None,
) -> Threshold:
    """Choose a threshold on validation rows.

    Args:
        truth: 0 or 1 ``(rows,)``.
        probability: Of the positive class ``(rows,)``.
        aim: ``f1``, ``cost`` or ``recall_at_precision``.
        false_positive: Cost of a negative row that is taken for positive.
        false_negative: Cost of a positive row that is missed.
        precision: The least precision.

    Returns:
        The threshold; 0.5 with a note where there are not rows of both classes or a probability is not finite. Where no
        threshold reaches ``precision``, the one of the greatest precision, with a note.

    Example:
        >>> choose_threshold(np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.9]), aim="f1").value
        0.25
    """
    if not np.isfinite(probability).all():
        return Threshold(0.5, aim, rows=len(truth), note="the predictions of the validation rows are not finite")
    if len(np.unique(truth)) < 2:
        return Threshold(0.5, aim, rows=len(truth), note="the validation rows are all of one class")
    values = candidates(probability)
    hits, false, missed = _counts(truth, probability, np.append(values, 0.5))
    note = ""
    if aim == "f1":
        order = score = 2 * hits / (2 * hits + false + missed)
    elif aim == "cost":
        score = ((false_positive or 0) * false + (false_negative or 0) * missed) / len(truth)
        order = -score
    else:
        score = hits / (hits + missed)
        exact = np.divide(hits, hits + false, out=np.zeros(len(hits)), where=hits + false > 0)
        order, note = _at_precision(score[:-1], exact[:-1], precision or 0.0)
    best = int(np.lexsort((np.abs(values - 0.5), -order[: len(values)]))[0])
    return Threshold(float(values[best]), aim, float(score[best]), float(score[-1]), len(truth), note)


def candidates(probability: Array) -> Array:
    """Every threshold from 0 to 1 that decides differently, from the one below all probabilities to the one above.

    Example:
        >>> candidates(np.array([0.25, 0.75, 0.25])).tolist()
        [0.125, 0.5, 0.875]
    """
    ends = np.concatenate([[0.0], np.unique(probability), [1.0]])
    middles = (ends[:-1] + ends[1:]) / 2
    middles = np.where(middles >= ends[1:], ends[:-1], middles)  # between neighbouring floats there is no middle
    return np.unique(middles)


def _counts(truth: Array, probability: Array, thresholds: Array) -> tuple[Array, Array, Array]:
    """Hits, false positives and missed positives at each threshold."""
    above = [len(part) - np.searchsorted(np.sort(part), thresholds, side="right")
             for part in (probability[truth == 1], probability[truth == 0])]  # fmt: skip
    return above[0], above[1], int((truth == 1).sum()) - above[0]


def _at_precision(recall: Array, exact: Array, least: float) -> tuple[Array, str]:
    fitting = exact >= least
    if not fitting.any():
        note = f"no threshold reaches precision {least:g} on the validation rows; the best is {exact.max():.4g}"
        return exact + 1e-9 * recall, note
    return np.where(fitting, recall + 1e-9 * exact, -1.0), ""
