"""Truth and prediction of the test rows -> the JSON of a target's scores, each with its bootstrap interval.

    {"task": "binary", "rows": 57, "classes": ["malignant", "benign"], "positive": "benign",
     "metrics": {"accuracy": {"value": 0.96, "low": 0.91, "high": 1.0}, ...},
     "per_class": {"malignant": {"rows": 21, "precision": {"value": ..., "low": ..., "high": ...}, ...}, ...},
     "confusion": [[20, 1], [1, 35]], "confidence": 0.95, "resamples": 1000}

Rows of the confusion matrix are true classes, columns predicted ones. A metric that is undefined has ``value``, ``low``
and ``high`` null and a ``note`` that says why.
"""

from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.evaluation.bootstrap import bootstrap, interval
from nnrecipes.evaluation.metrics import PER_CLASS, UNDEFINED, scorer
from nnrecipes.evaluation.quantiles import exceedance


def score_target(
    target: TargetSpec,
    truth: Array,
    prediction: Array,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    threshold: float = 0.5,
) -> dict[str, Any]:
    """Score one target.

    Args:
        target: The target.
        truth: As ``Preprocessor.truth`` gives it: float64 ``(rows,)`` in the target's unit, int64 class indices
            ``(rows,)``, or a 0/1 matrix ``(rows, labels)``.
        prediction: As ``Preprocessor.decode`` gives it: float64 ``(rows,)``, or probabilities ``(rows, classes)``.
        confidence: Of the intervals.
        resamples: Bootstrap resamples; 0 leaves the intervals out (null).
        seed: The run's seed.
        threshold: Of a binary target: a row is positive where its probability is above it.

    Raises:
        DataError: Truth and prediction do not fit each other or the target, or there is no row.

    Example:
        >>> target = TargetSpec("sick", "sick", "binary", "sigmoid", "binary", ("no", "yes"))
        >>> score = score_target(target, np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]), resamples=100)
        >>> score["metrics"]["accuracy"]["value"], score["confusion"]
        (0.5, [[1, 1], [0, 0]])
        >>> score["metrics"]["roc_auc"]
        {'value': None, 'low': None, 'high': None, 'note': 'needs rows of both classes'}
    """
    check_shapes(target, truth, prediction)
    result: dict[str, Any] = {"task": target.task, "rows": len(truth)}
    finite = np.asarray(np.isfinite(prediction.reshape(len(truth), -1)).all(axis=1))
    values, draws, note = _values(target, truth, prediction, finite, resamples, seed, threshold)
    metrics = {name: _entry(name, value[0], _column(draws, name), confidence, note)
               for name, value in values.items() if name not in PER_CLASS}  # fmt: skip
    if target.task == "identity":
        return result | {"identities": len(np.unique(truth)), "metrics": metrics, "confidence": confidence,
                         "resamples": resamples}  # fmt: skip
    if target.task != "regression":
        result["classes"] = list(target.classes)
    if target.task == "binary":
        result["positive"] = target.classes[1]
    result["metrics"] = metrics
    if target.quantiles and prediction.ndim == 2 and not note:
        result["quantiles"] = exceedance(target, truth, prediction)
    if target.task != "regression":
        result["per_class"] = {
            label: {"rows": _support(target, truth, k)}
            | {
                name.removeprefix("class_"): _entry(name, values[name][0, k], _column(draws, name, k), confidence, note)
                for name in PER_CLASS
            }
            for k, label in enumerate(target.classes)
        }
    if target.task in {"binary", "multiclass"}:
        result["confusion"] = None if note else confusion_matrix(truth, prediction, threshold)
    return result | {"confidence": confidence, "resamples": resamples}


def confusion_matrix(truth: Array, prediction: Array, threshold: float = 0.5) -> list[list[int]]:
    """Count rows by true class (rows of the matrix) and predicted class (columns).

    That is the most probable one, and of two classes the second where its probability is above ``threshold``.

    Example:
        >>> confusion_matrix(np.array([0, 1]), np.array([[0.7, 0.3], [0.6, 0.4]]))
        [[1, 0], [1, 0]]
    """
    classes = prediction.shape[1]
    chosen = prediction[:, 1] > threshold if classes == 2 else prediction.argmax(axis=1)
    cells = np.bincount(truth * classes + chosen, minlength=classes**2)
    counts: list[list[int]] = cells.reshape(classes, classes).tolist()
    return counts


def check_shapes(target: TargetSpec, truth: Array, prediction: Array) -> None:
    """Refuse truth and prediction that do not fit each other or the target."""
    where = f"target {target.name}"
    if len(truth) == 0:
        raise DataError(f"{where}: expected at least one row to score. Received: 0 rows")
    width = max(len(target.classes), 1)
    rows = len(truth)
    wanted = {"regression": {(rows,), (rows, 1), (rows, target.units)}}.get(target.task, {(len(truth), width)})
    if target.task == "identity":
        wanted = {(rows, *prediction.shape[1:2])}
    if prediction.shape not in wanted:
        raise DataError(f"{where}: expected predictions of shape {min(wanted)}. Received: {prediction.shape}")
    if target.task == "multilabel" and truth.shape != (len(truth), width):
        raise DataError(f"{where}: expected a 0/1 matrix of shape {(len(truth), width)}. Received: {truth.shape}")
    if target.task in {"binary", "multiclass"} and not ((truth >= 0) & (truth < width)).all():
        received = f"{int(truth.min())} to {int(truth.max())}"
        raise DataError(f"{where}: expected class numbers from 0 to {width - 1}. Received: {received}")


def _values(
    target: TargetSpec, truth: Array, prediction: Array, finite: Array, resamples: int, seed: int, threshold: float
) -> tuple[dict[str, Array], dict[str, Array], str]:
    """Return the values, the values of the resamples, and what makes all of them undefined, if anything."""
    rows = len(truth)
    if not finite.all():
        values = scorer(target, truth, np.where(np.isfinite(prediction), prediction, 0.0))(np.ones((1, rows)))
        undefined = {name: np.full_like(value, np.nan) for name, value in values.items()}
        return undefined, {}, f"{rows - int(finite.sum())} of {rows} rows have predictions that are not finite"
    score = scorer(target, truth, prediction, threshold=threshold)
    groups = truth if target.task == "identity" else None
    draws = bootstrap(score, rows, resamples=resamples, seed=seed, groups=groups) if resamples and rows > 1 else {}
    return score(np.ones((1, rows))), draws, ""


def _column(draws: dict[str, Array], name: str, k: int | None = None) -> Array | None:
    if name not in draws:
        return None
    return draws[name] if k is None else draws[name][:, k]


def _entry(name: str, value: float, draws: Array | None, confidence: float, note: str) -> dict[str, Any]:
    if np.isnan(value):
        return {"value": None, "low": None, "high": None, "note": note or UNDEFINED[name]}
    ends = interval(draws, confidence) if draws is not None else None
    return {"value": float(value), "low": ends[0] if ends else None, "high": ends[1] if ends else None}


def _support(target: TargetSpec, truth: Array, k: int) -> int:
    return int((truth[:, k] > 0).sum() if target.task == "multilabel" else (truth == k).sum())
