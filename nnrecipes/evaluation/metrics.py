"""Truth and prediction of one target -> a function from row weights to every metric of the field for its task.

A bootstrap resample is a row of a weight matrix ``(resamples, rows)``: how often each test row was drawn. What does not
depend on the draw (errors, losses, the order of the scores) is computed once; a metric of 1,000 resamples is then a
matrix product. Plain scores are the metrics of one row of ones. Names and definitions are scikit-learn's, but that

- a metric that is undefined is NaN here and null with a reason in :func:`~nnrecipes.evaluation.score.score_target`
  (the area under the curve of one class, the precision where nothing is predicted positive, r2 of a constant truth);
- a mean over classes is over those for which it is defined;
- probabilities are clipped by the resolution of float32, 1.2e-7, before their logarithm (nats).
"""

from collections.abc import Callable
from typing import assert_never

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.quantiles import point_of, quantile_columns
from nnrecipes.evaluation.ranking import average_precision, divide, rank, roc_auc
from nnrecipes.evaluation.verification import verification_scorer

Scorer = Callable[[Array], dict[str, Array]]
EPSILON = float(np.finfo(np.float32).eps)
PER_CLASS = ("class_precision", "class_recall", "class_f1")
UNDEFINED = {
    "r2": "the true values are all the same",
    "mape": "a true value is zero",
    "roc_auc": "needs rows of both classes",
    "average_precision": "needs a row of the positive class",
    "precision": "no row is predicted to be of the positive class",
    "recall": "needs a row of the positive class",
    "f1": "no row is of the positive class or predicted to be",
    "f1_micro": "no row has a label or is predicted to have one",
    "f1_macro": "no row has a label or is predicted to have one",
    "roc_auc_ovr_macro": "needs rows of two classes",
    "roc_auc_macro": "needs a label that some rows have and some have not",
    "eer": "needs pairs of one identity and of two",
    "one_shot_accuracy": "needs an identity of two rows or more",
    "class_precision": "no row is predicted to be of the class",
    "class_recall": "no row is of the class",
    "class_f1": "no row is of the class or predicted to be",
}


def scorer(target: TargetSpec, truth: Array, prediction: Array, *, threshold: float = 0.5) -> Scorer:
    """Return the function from weights ``(resamples, rows)`` to metric name -> values.

    Args:
        target: The target; its task chooses the metrics.
        truth: As ``Preprocessor.truth`` gives it: numbers, class indices, or a 0/1 matrix ``(rows, labels)``.
        prediction: As ``Preprocessor.decode`` gives it: numbers, or probabilities ``(rows, classes)``.
        threshold: Of a binary target.

    Returns:
        A function whose values are ``(resamples,)``, or ``(resamples, classes)`` for the names in ``PER_CLASS``.

    Example:
        >>> price = TargetSpec("price", "price", "regression", "linear", "value")
        >>> score = scorer(price, np.array([1.0, 3.0]), np.array([2.0, 3.0]))
        >>> score(np.array([[1.0, 1.0], [0.0, 2.0]]))["mae"]
        array([0.5, 0. ])
    """
    match target.task:
        case "regression":
            points = regression_scorer(truth.reshape(-1), point_of(target, prediction))
            if not target.quantiles or prediction.ndim == 1:
                return points
            return _with_quantiles(points, quantile_columns(target, truth, prediction))
        case "binary":
            return binary_scorer(truth, prediction, threshold)
        case "multiclass":
            return multiclass_scorer(truth, prediction)
        case "multilabel":
            return multilabel_scorer(truth, prediction)
        case "identity":
            return verification_scorer(truth, prediction)
        case _:
            assert_never(target.task)


def regression_scorer(truth: Array, prediction: Array) -> Scorer:
    """Metrics of numbers: ``rmse`` and ``mae`` in the target's unit, ``r2``, ``mape`` (a share)."""
    error = prediction - truth
    centred = truth - truth.mean()
    sizes = np.abs(truth)
    share = np.divide(np.abs(error), sizes, out=np.zeros(len(truth)), where=sizes > 0)
    columns = np.stack([error**2, np.abs(error), centred, centred**2, share], axis=1)
    tiny = 1e-12 * float(columns[:, 3].sum() / len(truth) + np.finfo(float).eps * (truth.mean()) ** 2)
    some_zero = bool((sizes == 0).any())

    def score(weights: Array) -> dict[str, Array]:
        squared, absolute, first, second, relative = (weights @ columns / weights.sum(axis=1, keepdims=True)).T
        spread = second - first**2
        metrics = {"rmse": np.sqrt(squared), "mae": absolute,
                   "r2": 1 - divide(squared, np.where(spread > tiny, spread, 0))}  # fmt: skip
        return metrics | {"mape": np.full_like(relative, np.nan) if some_zero else relative}

    return score


def _with_quantiles(points: Scorer, columns: dict[str, Array]) -> Scorer:
    values = np.stack(list(columns.values()), axis=1)

    def score(weights: Array) -> dict[str, Array]:
        means = (weights @ values / weights.sum(axis=1, keepdims=True)).T
        return points(weights) | dict(zip(columns, means, strict=True))

    return score


def row_losses(target: TargetSpec, truth: Array, prediction: Array) -> Array:
    """The loss of each row ``(rows,)``: the squared error, or minus the log of the true class's probability, in nats.

    Of a multilabel target it is the mean of the binary log losses of the labels.
    """
    if target.task == "regression":
        return np.asarray((point_of(target, prediction) - truth.reshape(-1)) ** 2)
    if target.task == "multilabel":
        return np.asarray(-_log(np.where(truth > 0, prediction, 1 - prediction)).mean(axis=1))
    return np.asarray(-_log(prediction[np.arange(len(truth)), truth]))


def _log(probability: Array) -> Array:
    return np.asarray(np.log(np.clip(probability.astype(np.float64), EPSILON, 1 - EPSILON)))


def binary_scorer(truth: Array, prediction: Array, threshold: float = 0.5) -> Scorer:
    """Metrics of two classes, the second of which is the positive one; a row is positive above ``threshold``."""
    positive, chosen = truth == 1, prediction[:, 1] > threshold
    loss = -_log(prediction[np.arange(len(truth)), truth])
    brier = (prediction[:, 1] - positive) ** 2
    columns = np.stack([positive & chosen, positive, chosen, loss, brier], axis=1).astype(np.float64)
    ranking = rank(prediction[:, 1], positive)

    def score(weights: Array) -> dict[str, Array]:
        hits, positives, predicted, loss_sum, brier_sum = (weights @ columns).T
        rows = weights.sum(axis=1)
        negative_hits = rows - positives - predicted + hits
        per_class = _per_class(np.stack([negative_hits, hits], 1), np.stack([rows - positives, positives], 1),
                               np.stack([rows - predicted, predicted], 1))  # fmt: skip
        product = positives * (rows - positives) * predicted * (rows - predicted)
        covariance = hits * rows - positives * predicted
        mcc = np.divide(covariance, np.sqrt(product), out=np.zeros_like(rows), where=product > 0)
        metrics = {"accuracy": (hits + negative_hits) / rows,
                   "balanced_accuracy": mean_of_defined(per_class["class_recall"]),
                   "roc_auc": roc_auc(ranking, weights), "average_precision": average_precision(ranking, weights),
                   "log_loss": loss_sum / rows, "brier": brier_sum / rows,
                   **{name: per_class[f"class_{name}"][:, 1] for name in ("f1", "precision", "recall")},
                   "mcc": mcc}  # fmt: skip
        return metrics | per_class

    return score


def multiclass_scorer(truth: Array, prediction: Array) -> Scorer:
    """Metrics of several classes; the predicted class is the most probable, the first of those that tie."""
    classes = prediction.shape[1]
    chosen = prediction.argmax(axis=1)
    loss = -_log(prediction[np.arange(len(truth)), truth])
    hit_class = np.where(chosen == truth, truth, classes)
    rankings = [rank(prediction[:, k], truth == k) for k in range(classes) if 0 < (truth == k).sum() < len(truth)]

    def score(weights: Array) -> dict[str, Array]:
        rows = weights.sum(axis=1)
        hits, positives, predicted = (_class_sums(weights, c, classes) for c in (hit_class, truth, chosen))
        per_class = _per_class(hits, positives, predicted)
        areas = np.array([roc_auc(ranking, weights) for ranking in rankings]).reshape(len(rankings), len(rows)).T
        metrics = {"accuracy": hits.sum(axis=1) / rows,
                   "balanced_accuracy": mean_of_defined(per_class["class_recall"]),
                   "log_loss": weights @ loss / rows, "f1_macro": mean_of_defined(per_class["class_f1"]),
                   "roc_auc_ovr_macro": mean_of_defined(areas)}  # fmt: skip
        return metrics | per_class

    return score


def multilabel_scorer(truth: Array, prediction: Array) -> Scorer:
    """Metrics of labels that are each there or not; a label is predicted above probability 0.5."""
    has, chosen = truth > 0, prediction > 0.5
    right = has == chosen
    loss = -_log(np.where(has, prediction, 1 - prediction)).mean(axis=1)
    columns = np.stack([right.all(axis=1), 1 - right.mean(axis=1), loss], axis=1)
    hits, positives, predicted = ((has & chosen).astype(float), has.astype(float), chosen.astype(float))
    rankings = [rank(prediction[:, k], has[:, k]) for k in range(has.shape[1])]

    def score(weights: Array) -> dict[str, Array]:
        subset, hamming, log_loss = (weights @ columns / weights.sum(axis=1, keepdims=True)).T
        counts = weights @ hits, weights @ positives, weights @ predicted
        micro = _per_class(*(count.sum(axis=1) for count in counts))["class_f1"]
        per_class = _per_class(*counts)
        areas = np.stack([roc_auc(ranking, weights) for ranking in rankings], axis=1)
        metrics = {"subset_accuracy": subset, "hamming_loss": hamming, "f1_micro": micro,
                   "f1_macro": mean_of_defined(per_class["class_f1"]), "roc_auc_macro": mean_of_defined(areas),
                   "log_loss": log_loss}  # fmt: skip
        return metrics | per_class

    return score


def _per_class(hits: Array, positives: Array, predicted: Array) -> dict[str, Array]:
    return {"class_precision": divide(hits, predicted), "class_recall": divide(hits, positives),
            "class_f1": divide(2 * hits, positives + predicted)}  # fmt: skip


def _class_sums(weights: Array, codes: Array, classes: int) -> Array:
    """Weight of each class ``(resamples, classes)``; codes from ``classes`` on count for none."""
    return np.stack([np.bincount(codes, row, classes + 1)[:classes] for row in weights])


def mean_of_defined(values: Array) -> Array:
    """Mean over the columns ``(resamples, columns)`` that are not NaN; NaN where all are.

    Example:
        >>> mean_of_defined(np.array([[0.5, np.nan], [np.nan, np.nan]]))
        array([0.5, nan])
    """
    defined = ~np.isnan(values)
    return divide(np.where(defined, values, 0).sum(axis=1), defined.sum(axis=1))
