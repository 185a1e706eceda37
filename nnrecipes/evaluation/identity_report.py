"""Vectors of the test rows, of identities that training never saw -> their scores beside baselines, and a verdict."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.evaluation.paired import Answers, better, differences
from nnrecipes.evaluation.score import score_target
from nnrecipes.evaluation.verification import equal_error_threshold

AIM = "equal errors on the validation rows"


def score_identities(
    target: TargetSpec,
    truth: Array,
    vectors: Array,
    baselines: Mapping[str, Array],
    *,
    validation: tuple[Array, Array] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Return the scores of :func:`~nnrecipes.evaluation.score.score_target`, with baselines, threshold and verdict.

    Args:
        target: The target.
        truth: Identity of each test row, int64 ``(rows,)``.
        vectors: The network's vectors of the test rows ``(rows, width)``.
        baselines: Baseline -> vectors of the test rows.
        validation: Identities and the network's vectors of the validation rows, for a threshold; None gives none.
        **settings: ``confidence``, ``resamples`` and ``seed``.
    """
    scored = score_target(target, truth, vectors, **settings)
    if validation is not None:
        try:
            scored["threshold"] = {"value": equal_error_threshold(*validation), "aim": AIM}
        except DataError as error:
            scored["threshold"] = {"value": None, "aim": "fixed", "note": str(error)}
    if not baselines:
        return scored
    scored["baselines"] = {name: _values(target, truth, rows) for name, rows in baselines.items()}
    areas = {name: values["roc_auc"] or 0.0 for name, values in scored["baselines"].items()}
    best = max(areas, key=lambda name: areas[name])
    if np.isfinite(vectors).all() and np.isfinite(baselines[best]).all():
        pair = Answers(truth, baselines[best]), Answers(truth, vectors)
        against = differences(target, *pair, paired=True, **settings)["roc_auc"]
        scored["against_best"] = {"metric": "roc_auc", "baseline": best, "network": against["b"], best: against["a"],
                                  **{key: against[key] for key in ("difference", "low", "high")}}  # fmt: skip
        scored["verdict"] = f"{target.name}: {_verdict(best, against)}"
    return scored


def _values(target: TargetSpec, truth: Array, vectors: Array) -> dict[str, float | None]:
    metrics = score_target(target, truth, vectors, resamples=0)["metrics"]
    return {name: entry["value"] for name, entry in metrics.items()}


def _verdict(best: str, against: Mapping[str, float | None]) -> str:
    a, b, low, high = (against[key] for key in ("a", "b", "low", "high"))
    if a is None or b is None or low is None or high is None:
        return f"Too few identities to tell the network from {best}."
    numbers = f"ROC AUC {b:.4g} against {a:.4g} (interval of the difference {low:.3g} to {high:.3g})"
    won = better("roc_auc", low, high)
    if won == "b":
        return f"The network beats the best baseline, {best}, on identities it never saw: {numbers}."
    if won == "a":
        return f"The network does not beat the best baseline, {best}: {numbers}."
    return f"No clear difference between the network and the best baseline, {best}: {numbers}."
