"""Errors of rows -> which of them are anomalies: above the error of all but a share of the validation rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.bootstrap import bootstrap, interval


def threshold_of(errors: Array, contamination: float) -> float:
    """Return the error that the share ``contamination`` of validation rows exceeds.

    Example:
        >>> threshold_of(np.arange(101.0), 0.05)
        95.0
    """
    return float(np.quantile(errors, 1 - contamination))


def detection_metrics(errors: Array, truth: Array, threshold: float) -> dict[str, float | None]:
    """Return precision, recall and F1 at the threshold, and the areas under both curves; None where undefined.

    Args:
        errors: Of the rows, ``(rows,)``.
        truth: Which are anomalies, bool ``(rows,)``.
        threshold: Above which a row is reported.

    Example:
        >>> found = detection_metrics(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]), 2.5)
        >>> found["precision"], found["recall"], found["roc_auc"]
        (0.5, 0.5, 0.75)
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    found = errors > threshold
    hits = int((found & truth).sum())
    precision = hits / int(found.sum()) if found.any() else None
    recall = hits / int(truth.sum()) if truth.any() else None
    total = int(found.sum()) + int(truth.sum())
    both = truth.any() and not truth.all()
    return {"precision": precision, "recall": recall, "f1": 2 * hits / total if total else None,
            "roc_auc": float(roc_auc_score(truth, errors)) if both else None,
            "average_precision": float(average_precision_score(truth, errors)) if both else None}  # fmt: skip


def detection_intervals(
    errors: Array, truth: Array, threshold: float, *, confidence: float, resamples: int, seed: int
) -> dict[str, Any]:
    """Return the same with bootstrap intervals of precision, recall and F1."""
    found = (errors > threshold).astype(np.float64)

    def scores(weights: Array) -> dict[str, Array]:
        hits, reported, real = weights @ (found * truth), weights @ found, weights @ truth.astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"precision": hits / reported, "recall": hits / real, "f1": 2 * hits / (reported + real)}

    draws: Mapping[str, Array] = bootstrap(scores, len(errors), resamples=resamples, seed=seed)
    entries = {}
    for name, value in detection_metrics(errors, truth, threshold).items():
        span = interval(draws[name], confidence) if name in draws else None
        entries[name] = {"value": value, "low": span and span[0], "high": span and span[1]}
    return entries
