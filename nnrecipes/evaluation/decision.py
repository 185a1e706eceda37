"""What stands between a target's probabilities and its answers: a calibration, then a threshold.

Both are fitted on validation rows, which early stopping and the choice of a recipe may have used as well; the test rows
have no part in them. A fitted decision is a few numbers in the run's ``decision.json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.calibration import Calibration, Method, apply_calibration, fit_calibration
from nnrecipes.evaluation.metrics import row_losses
from nnrecipes.evaluation.reliability import calibration_error, confidence_and_hits
from nnrecipes.evaluation.score import score_target
from nnrecipes.evaluation.threshold import Threshold, choose_threshold


@dataclass(frozen=True)
class Decision:
    """The calibration and the threshold of one target."""

    calibration: Calibration = field(default_factory=Calibration)
    threshold: Threshold = field(default_factory=Threshold)

    def apply(self, target: TargetSpec, prediction: Array) -> Array:
        """Return the prediction with calibrated probabilities."""
        return apply_calibration(self.calibration, target, prediction)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"calibration": self.calibration.to_dict(), "threshold": self.threshold.to_dict()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Decision":
        """Return the decision that :meth:`to_dict` described."""
        return cls(Calibration.from_dict(state["calibration"]), Threshold.from_dict(state["threshold"]))


def fit_decision(
    target: TargetSpec,
    truth: Array,
    prediction: Array,
    *,
    calibration: Method = "none",
    threshold: float | Mapping[str, Any] = 0.5,
) -> Decision:
    """Fit on validation rows what the recipe asks for.

    Args:
        target: The target.
        truth: As ``Preprocessor.truth`` gives it, of the validation rows.
        prediction: As ``Preprocessor.decode`` gives it, of the same rows.
        calibration: ``none``, ``temperature`` or ``platt``.
        threshold: A number, or the keywords of :func:`~nnrecipes.evaluation.threshold.choose_threshold`.

    Example:
        >>> target = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
        >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4]])
        >>> fit_decision(target, np.array([0, 1, 1]), p, threshold={"aim": "f1"}).threshold.value
        0.2
    """
    fitted = fit_calibration(target, truth, prediction, method=calibration)
    if not isinstance(threshold, Mapping):
        return Decision(fitted, Threshold(float(threshold)))
    positive = apply_calibration(fitted, target, prediction)[:, 1]
    return Decision(fitted, choose_threshold(truth, positive, **threshold))


def score_decided(
    target: TargetSpec,
    truth: Array,
    prediction: Array,
    decision: Decision,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Score a prediction as it is answered: calibrated, and decided by the threshold.

    Args:
        target: The target.
        truth: As ``Preprocessor.truth`` gives it.
        prediction: As ``Preprocessor.decode`` gives it, not yet calibrated.
        decision: Of this target.
        confidence: Of the intervals.
        resamples: Bootstrap resamples.
        seed: The run's seed.

    Returns:
        The scores of :func:`~nnrecipes.evaluation.score.score_target`. Of classes also ``calibration``: the method, the
        calibration error and log loss of these rows, and both as they were before; of a binary target ``threshold``.
    """
    decided = decision.apply(target, prediction)
    scored = score_target(target, truth, decided, confidence=confidence, resamples=resamples, seed=seed,
                          threshold=decision.threshold.value)  # fmt: skip
    if target.task in {"regression", "identity"} or not np.isfinite(decided).all():
        return scored
    method = decision.calibration.method
    scored["calibration"] = {"method": method, **_honesty(target, truth, decided)}
    if method != "none":
        before = _honesty(target, truth, prediction)
        scored["calibration"] |= {f"{name}_before": value for name, value in before.items()}
    if target.task == "binary":
        scored["threshold"] = {"value": decision.threshold.value, "aim": decision.threshold.aim}
    for part, fitted in (("calibration", decision.calibration), ("threshold", decision.threshold)):
        if fitted.note:
            scored[part]["note"] = fitted.note
    return scored


def _honesty(target: TargetSpec, truth: Array, prediction: Array) -> dict[str, float]:
    error = calibration_error(*confidence_and_hits(target, truth, prediction))
    return {"ece": error, "log_loss": float(row_losses(target, truth, prediction).mean())}
