"""Probabilities and truth -> how often what was said with a probability came true.

Rows are put into bins of equal width by their confidence: of a binary target the probability of the positive class, of
a multi-class one that of the predicted class, of a multi-label one that of each label. The expected calibration error
is

    ECE = sum over bins of  (rows of the bin / rows) * | share that came true - mean confidence |

and grows when a bin has few rows, even for perfect probabilities: compare it only on the same rows and bins.

References:
    Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    https://doi.org/10.1609/aaai.v29i1.9602
"""

from dataclasses import dataclass

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec

FEW_ROWS = 200  # fewer rows get 5 bins instead of 10


@dataclass(frozen=True, eq=False)
class Bins:
    """Bins of confidence, the empty ones too.

    Args:
        edges: ``(bins + 1,)``.
        counts: Rows of each bin.
        confidence: Mean confidence of each bin; NaN where it is empty.
        share: The share that came true; NaN where it is empty.
    """

    edges: Array
    counts: Array
    confidence: Array
    share: Array


def confidence_and_hits(target: TargetSpec, truth: Array, probability: Array) -> tuple[Array, Array]:
    """Return confidences and whether each came true, ``(rows,)``, or ``(rows * labels,)`` of a multi-label target."""
    if target.task == "binary":
        return probability[:, 1], truth == 1
    if target.task == "multilabel":
        return probability.reshape(-1), truth.reshape(-1) > 0
    return probability.max(axis=1), probability.argmax(axis=1) == truth


def reliability(confidence: Array, hits: Array, bins: int | None = None) -> Bins:
    """Put rows into bins.

    Args:
        confidence: From 0 to 1 ``(rows,)``.
        hits: Whether it came true ``(rows,)``.
        bins: Number of bins; 10, or 5 for fewer than 200 rows.

    Example:
        >>> found = reliability(np.array([0.1, 0.2, 0.9]), np.array([False, True, True]), bins=2)
        >>> found.counts.tolist(), found.share.tolist()
        ([2, 1], [0.5, 1.0])
    """
    bins = bins or (5 if len(confidence) < FEW_ROWS else 10)
    place = np.clip((confidence * bins).astype(int), 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, values, minlength=bins) for values in (confidence, hits)]
    means = [np.divide(total, counts, out=np.full(bins, np.nan), where=counts > 0) for total in sums]
    return Bins(np.linspace(0, 1, bins + 1), counts, *means)


def calibration_error(confidence: Array, hits: Array, bins: int | None = None) -> float:
    """Return the expected calibration error.

    Example:
        >>> round(calibration_error(np.array([0.8, 0.8, 0.8, 0.8]), np.array([True, True, True, False])), 3)
        0.05
    """
    found = reliability(confidence, hits, bins)
    some = found.counts > 0
    gaps = np.abs(found.share - found.confidence)[some]
    return float((gaps * found.counts[some]).sum() / found.counts.sum())
