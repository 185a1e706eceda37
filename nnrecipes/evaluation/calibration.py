"""Probabilities and truth of validation rows -> one or two numbers that make probabilities of other rows honest.

    temperature: p_k' = exp(log p_k / T) / sum_j exp(log p_j / T)        of one sigmoid: sigmoid(logit(p) / T)
    Platt:       p'   = sigmoid(slope * s + intercept),   s = logit(p), or the margin 2p - 1 of hinge losses

Both minimise the log loss (nats) of the validation rows. Platt's own correction stands in for the labels, so that rows
which a line separates do not ask for an infinite slope: 1 - 1 / (n+ + 2) for a positive row and 1 / (n- + 2) for a
negative one. A temperature has no such guard: where every validation row is right, the least loss is at T = 0, and the
probabilities stay as they are.

References:
    Guo et al. (2017), On Calibration of Modern Neural Networks. https://arxiv.org/abs/1706.04599
    Platt (1999), Probabilistic Outputs for Support Vector Machines, in Advances in Large Margin Classifiers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.metrics import EPSILON, row_losses

Method = Literal["none", "temperature", "platt"]
LEAST, MOST = np.log(0.01), np.log(100.0)  # of the logarithm of a temperature
HINGES = {"linear", "tanh"}


@dataclass(frozen=True)
class Calibration:
    """A fitted calibration.

    Args:
        method: ``none`` leaves probabilities as they are.
        temperature: Of temperature scaling; above 1 the network was too sure of itself.
        slope: Of Platt scaling.
        intercept: Of Platt scaling.
        log_loss_before: Of the validation rows, nats.
        log_loss_after: The same after calibration.
        rows: Number of validation rows.
        note: Why nothing was fitted, where something was asked for.
    """

    method: Method = "none"
    temperature: float = 1.0
    slope: float = 1.0
    intercept: float = 0.0
    log_loss_before: float | None = None
    log_loss_after: float | None = None
    rows: int = 0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Calibration":
        """Return the calibration that :meth:`to_dict` described."""
        return cls(**state)


def fit_calibration(target: TargetSpec, truth: Array, probability: Array, *, method: Method) -> Calibration:
    """Fit a calibration on validation rows.

    Args:
        target: A binary target, or for ``temperature`` a multi-class one.
        truth: Class numbers ``(rows,)``.
        probability: ``(rows, classes)``.
        method: ``none``, ``temperature`` or ``platt``.

    Example:
        >>> target = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
        >>> sure = np.tile([0.01, 0.99], (100, 1))  # 99 % sure, and right in 80 % of the rows
        >>> fitted = fit_calibration(target, (np.arange(100) < 80).astype(int), sure, method="temperature")
        >>> apply_calibration(fitted, target, sure)[0].round(3).tolist()
        [0.2, 0.8]
    """
    if method == "none":
        return Calibration(rows=len(truth))
    if not np.isfinite(probability).all():
        return Calibration(rows=len(truth), note="the predictions of the validation rows are not finite")
    before = float(row_losses(target, truth, probability).mean())
    rows = len(truth)
    if method == "temperature":
        if not (probability.max(axis=1) > probability[np.arange(len(truth)), truth]).any():
            note = "every validation row is right: the log loss has no minimum"
            return Calibration(log_loss_before=before, log_loss_after=before, rows=rows, note=note)
        fitted = Calibration("temperature", _temperature(truth, _log(probability)))
    else:
        slope, intercept = _platt(truth, _evidence(target, probability))
        fitted = Calibration("platt", slope=slope, intercept=intercept)
    after = float(row_losses(target, truth, apply_calibration(fitted, target, probability)).mean())
    return replace(fitted, log_loss_before=before, log_loss_after=after, rows=rows)


def apply_calibration(calibration: Calibration, target: TargetSpec, probability: Array) -> Array:
    """Return the calibrated probabilities ``(rows, classes)``."""
    if calibration.method == "none":
        return probability
    if calibration.method == "temperature":
        scaled = _log(probability) / calibration.temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    line = calibration.slope * _evidence(target, probability) + calibration.intercept
    positive = np.exp(-np.logaddexp(0, -line))
    return np.column_stack([1 - positive, positive])


def _log(probability: Array) -> Array:
    return np.asarray(np.log(np.clip(probability, EPSILON, 1 - EPSILON)))


def _evidence(target: TargetSpec, probability: Array) -> Array:
    """What speaks for the positive class ``(rows,)``: log odds, or the margin of a hinge loss."""
    if target.activation in HINGES:
        return np.asarray(2 * probability[:, 1] - 1)
    logs = _log(probability)
    return np.asarray(logs[:, 1] - logs[:, 0])


def _temperature(truth: Array, logs: Array) -> float:
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    def loss(logarithm: float) -> float:
        scaled = logs / np.exp(logarithm)
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]).mean())

    found = minimize_scalar(loss, bounds=(LEAST, MOST), method="bounded", options={"xatol": 1e-8})
    return float(np.exp(found.x))


def _platt(truth: Array, evidence: Array) -> tuple[float, float]:
    from scipy.optimize import minimize

    positives = int((truth == 1).sum())
    labels = np.where(truth == 1, 1 - 1 / (positives + 2), 1 / (len(truth) - positives + 2))

    def loss(line: Array) -> tuple[float, Array]:
        z = line[0] * evidence + line[1]
        error = np.exp(-np.logaddexp(0, -z)) - labels
        gradient = np.array([(error * evidence).mean(), error.mean()])
        return float((np.logaddexp(0, z) - labels * z).mean()), gradient

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS", options={"gtol": 1e-9})
    return float(found.x[0]), float(found.x[1])
