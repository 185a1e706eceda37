"""Two runs' predictions of a target -> the difference of every metric with its bootstrap interval.

Where both scored the same rows, each resample weighs the rows of both alike, so that rows which are hard for both
cancel. Else the resamples are drawn independently and the interval is wider.

References:
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 8. https://doi.org/10.1201/9780429246593
"""

from dataclasses import dataclass

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec, derive_seed
from nnrecipes.evaluation.bootstrap import bootstrap, interval
from nnrecipes.evaluation.metrics import PER_CLASS, scorer

FALLING = {"rmse", "mae", "mape", "log_loss", "brier", "hamming_loss", "eer"}
"""Metrics whose lower value is the better one."""


@dataclass(frozen=True)
class Answers:
    """What one run said of its test rows.

    Args:
        truth: As ``Preprocessor.truth`` gives it.
        prediction: As ``Preprocessor.decode`` gives it.
        threshold: Of a binary target.
    """

    truth: Array
    prediction: Array
    threshold: float = 0.5


def differences(
    target: TargetSpec,
    a: Answers,
    b: Answers,
    *,
    paired: bool,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, dict[str, float | None]]:
    """Return metric -> ``a``, ``b``, ``difference`` (b minus a), and ``low`` and ``high`` of the difference.

    Args:
        target: The target.
        a: One run's answers.
        b: The other's, with classes in the same order.
        paired: Whether both are of the same rows, in the same order.
        confidence: Of the intervals.
        resamples: Bootstrap resamples.
        seed: Of the resamples.

    Returns:
        Numbers, or None where a metric is undefined.

    Example:
        >>> target = TargetSpec("y", "y", "regression", "linear", "value")
        >>> y = np.arange(50.0)
        >>> found = differences(target, Answers(y, y + 2), Answers(y, y + 1), paired=True)
        >>> found["rmse"]
        {'a': 2.0, 'b': 1.0, 'difference': -1.0, 'low': -1.0, 'high': -1.0}
    """
    scores = [scorer(target, one.truth, one.prediction, threshold=one.threshold) for one in (a, b)]
    first, second = (score(np.ones((1, len(one.truth)))) for score, one in zip(scores, (a, b), strict=True))
    seeds = [seed, seed if paired else derive_seed(seed, "unpaired")]
    groups = [one.truth if target.task == "identity" else None for one in (a, b)]
    draws = [bootstrap(score, len(one.truth), resamples=resamples, seed=drawn, groups=group)
             for score, one, drawn, group in zip(scores, (a, b), seeds, groups, strict=True)]  # fmt: skip
    found = {}
    for name in first:
        if name not in PER_CLASS:
            low, high = interval(draws[1][name] - draws[0][name], confidence) or (None, None)
            values = float(first[name][0]), float(second[name][0])
            found[name] = {"a": _number(values[0]), "b": _number(values[1]),
                           "difference": _number(values[1] - values[0]), "low": low, "high": high}  # fmt: skip
    return found


def better(metric: str, low: float | None, high: float | None) -> str:
    """Return ``a``, ``b``, or nothing where the interval of b minus a holds 0 or is not known.

    Example:
        >>> better("rmse", -2.0, -1.0), better("accuracy", -0.2, -0.1), better("rmse", -1.0, 1.0)
        ('b', 'a', '')
    """
    if low is None or high is None or low <= 0 <= high:
        return ""
    return "b" if (high < 0) == (metric in FALLING) else "a"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
