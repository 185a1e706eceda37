"""Answers of a file beside those of its run: how far apart they are at most.

A probability, a part of a vector or of a code differs by ``|a - b|``. A number in a unit of its own (kg, USD) differs
by ``|a - b| / max(|b|, u)``, where ``u`` is one standard deviation of the training rows' labels (what its scaler
divides by): digits of float32 are relative, and near zero the spread is the measure. A class has to be the same, but
in rows where the two greatest probabilities, or probability and threshold, are nearer than the limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnrecipes.data.spec import Array

LIMIT = 1e-5
"""The greatest difference of an export that is kept."""


@dataclass(frozen=True)
class Expected:
    """What a run answers.

    Args:
        values: float64 ``(rows, ...)``, NaN in rows without an answer.
        unit: Of numbers, their spread, or one of each column; None of probabilities and vectors.
        labels: The class of each row, empty where there is no answer; None of answers without classes.
        margin: Of classes, how far a row is from another class, ``(rows,)``.
    """

    values: Array
    unit: float | Array | None = None
    labels: Array | None = None
    margin: Array | None = None


def differences(expected: Mapping[str, Expected], found: Mapping[str, Array], label: str) -> dict[str, float]:
    """Return answer -> its greatest difference; infinite where one is absent, not a number or of another class.

    Args:
        expected: Answer -> what the run says.
        found: Answer -> what the file says.
        label: What the name of an answer's class ends in.
    """
    worst = {}
    for name, each in expected.items():
        worst[name] = _numbers(each, found.get(name))
        if each.labels is not None:
            worst[name] = max(worst[name], _labels(each, found.get(name + label)))
    return worst


def _numbers(expected: Expected, found: Array | None) -> float:
    if found is None or found.shape != expected.values.shape:
        return float("inf")
    gaps = np.isnan(expected.values)
    if not (np.isnan(found) == gaps).all():
        return float("inf")
    difference = np.abs(found.astype(np.float64) - expected.values)
    if expected.unit is not None:
        difference = difference / np.maximum(np.abs(expected.values), expected.unit)
    return float(difference[~gaps].max(initial=0.0))


def _labels(expected: Expected, found: Array | None) -> float:
    if found is None or found.size != expected.labels.size:  # type: ignore[union-attr]
        return float("inf")
    other = found.reshape(-1).astype(str) != expected.labels.astype(str)  # type: ignore[union-attr]
    sure = expected.margin > LIMIT if expected.margin is not None else np.ones(len(other), bool)
    return float("inf") if (other & sure).any() else 0.0
