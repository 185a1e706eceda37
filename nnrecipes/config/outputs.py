"""Task -> output activation, loss, form of the labels and metrics; and which combinations make no sense.

| task | activation | losses | labels |
|---|---|---|---|
| regression | linear (or any but softmax) | squared, absolute, Huber, log-cosh, ... | value ``(rows, 1)`` float |
| binary | sigmoid | binary cross-entropy, focal, hinges, squared error | binary ``(rows, 1)`` 0 or 1 |
| binary, multiclass | softmax | sparse categorical cross-entropy | index ``(rows,)`` int |
| binary, multiclass | softmax | categorical cross-entropy, focal, KL divergence | one_hot ``(rows, classes)`` |
| multiclass | sigmoid (one-vs-rest) | binary cross-entropy, focal | one_hot ``(rows, classes)`` |
| multilabel | sigmoid | binary cross-entropy, focal, squared error | multi_hot ``(rows, labels)`` |
| identity | linear | supervised contrastive, triplet, contrastive, pair cross-entropy | index ``(rows,)`` int |
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from nnrecipes.config.names import IDENTITY_LOSSES, complete
from nnrecipes.config.targets import TargetConfig, Task

NO_LAYER_NAME = r"[^A-Za-z0-9_.-]"
"""What the name of an output layer cannot hold: TensorFlow writes it into its graph."""
Labels = Literal["value", "binary", "index", "one_hot", "multi_hot"]

REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "mean_absolute_percentage_error",
              "mean_squared_logarithmic_error", "poisson", "cosine_similarity")  # fmt: skip
BINARY = ("binary_crossentropy", "binary_focal_crossentropy", "mean_squared_error", "mean_absolute_error")
HINGES = ("hinge", "squared_hinge")
ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy", "kl_divergence", "categorical_hinge",
           "mean_squared_error")  # fmt: skip
FITTING: dict[tuple[Task, str], dict[str, Labels]] = {
    ("binary", "sigmoid"): dict.fromkeys(BINARY, "binary"),
    ("binary", "hard_sigmoid"): dict.fromkeys(BINARY, "binary"),
    ("binary", "softmax"): {"sparse_categorical_crossentropy": "index", **dict.fromkeys(ONE_HOT, "one_hot")},
    ("multiclass", "softmax"): {"sparse_categorical_crossentropy": "index", **dict.fromkeys(ONE_HOT, "one_hot")},
    ("multiclass", "sigmoid"): dict.fromkeys(BINARY, "one_hot"),
    ("multilabel", "sigmoid"): dict.fromkeys(BINARY, "multi_hot"),
    ("identity", "linear"): dict.fromkeys(IDENTITY_LOSSES, "index"),
}
ACTIVATION: dict[Task, str] = {
    "regression": "linear",
    "binary": "sigmoid",
    "multiclass": "softmax",
    "multilabel": "sigmoid",
    "identity": "linear",
}
METRICS: dict[Task, tuple[str, ...]] = {
    "regression": ("mae",), "binary": ("accuracy", "auc"), "multiclass": ("accuracy",),
    "multilabel": ("accuracy", "auc"), "identity": (),
}  # fmt: skip
POINT = {"mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "mean_absolute_percentage_error",
         "mean_squared_logarithmic_error", "logcosh", "r2_score", "pearson_correlation", "cosine_similarity",
         "poisson"}  # fmt: skip
SPARSE = {
    "accuracy",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
}


PINBALL = "pinball"
"""The loss of quantiles, which is the package's own."""


@dataclass(frozen=True)
class Output:
    """What one head of the network is: its activation, loss, form of the labels and metrics (kinds with arguments)."""

    activation: str
    loss: dict[str, Any]
    labels: Labels
    metrics: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Misfit:
    """A choice that does not fit: the key under the target, what is expected, what was received."""

    key: str
    expected: str
    received: str


def output_name(name: str, target: TargetConfig) -> str:
    """Return the name of a target's output layer: ``output``, else the target's name as TensorFlow can write it.

    Example:
        >>> output_name("species", TargetConfig()), output_name("Größe in m/s", TargetConfig())
        ('species', 'Gr__e_in_m_s')
    """
    return target.output if target.output is not None else re.sub(NO_LAYER_NAME, "_", name)


def resolve_output(task: Task, target: TargetConfig) -> tuple[Output | None, list[Misfit]]:
    """Return the head that ``target`` asks for, and what does not fit (then there is no head).

    Example:
        >>> resolve_output("binary", TargetConfig())[0].loss["kind"]
        'binary_crossentropy'
        >>> resolve_output("regression", TargetConfig(activation="softmax"))[1][0].expected
        'an activation of one value for a regression target, such as linear'
    """
    activation = target.activation or ACTIVATION[task]
    if target.quantiles is not None:
        return _quantile_output(task, activation, target, target.quantiles)
    if task == "regression":
        fitting: dict[str, Labels] = dict.fromkeys(REGRESSION, "value")
        if activation in {"softmax", "log_softmax"}:
            expected = "an activation of one value for a regression target, such as linear"
            return None, [Misfit("activation", expected, activation)]
    elif activation in {"linear", "tanh"} and task == "binary":
        fitting = dict.fromkeys(HINGES, "binary")
        if target.loss is None:
            expected = f"sigmoid or softmax for a binary target ({activation} fits only the hinge losses)"
            return None, [Misfit("activation", expected, activation)]
    elif (task, activation) in FITTING:
        fitting = FITTING[task, activation]
    else:
        allowed = " or ".join(name for kind, name in FITTING if kind == task)
        return None, [Misfit("activation", f"{allowed} for a {task} target", activation)]
    loss = target.loss or complete("losses", next(iter(fitting)))
    if loss["kind"] not in fitting:
        expected = f"a loss that fits a {task} target with {activation} output: {', '.join(fitting)}"
        return None, [Misfit("loss", expected, loss["kind"])]
    labels = fitting[loss["kind"]]
    metrics = target.metrics if target.metrics is not None else _default_metrics(task, labels)
    misfits = [Misfit(f"metrics.{i}", text, metric["kind"]) for i, metric in enumerate(metrics)
               if (text := _metric_misfit(metric["kind"], task, labels))]  # fmt: skip
    return (None if misfits else Output(activation, loss, labels, metrics)), misfits


def _quantile_output(
    task: Task, activation: str, target: TargetConfig, levels: tuple[float, ...]
) -> tuple[Output | None, list[Misfit]]:
    """A head of quantiles: linear, trained by the pinball loss, without metrics, which compare single numbers."""
    misfits = []
    if task != "regression":
        misfits.append(Misfit("quantiles", f"no quantiles of a {task} target", str(list(levels))))
    if list(levels) != sorted(set(levels)):
        misfits.append(Misfit("quantiles", "levels that rise", str(list(levels))))
    if activation != "linear":
        misfits.append(Misfit("activation", "linear for quantiles", activation))
    if target.loss is not None:
        misfits.append(Misfit("loss", "none: quantiles have the pinball loss", target.loss["kind"]))
    if target.metrics:
        misfits.append(Misfit("metrics", "none: the metrics of quantiles are pinball and coverage of the test rows",
                              target.metrics[0]["kind"]))  # fmt: skip
    loss = {"kind": PINBALL, "quantiles": list(levels)}
    return (None if misfits else Output("linear", loss, "value", ())), misfits


def _default_metrics(task: Task, labels: Labels) -> tuple[dict[str, Any], ...]:
    """The task's own metrics, but for those that the form of the labels excludes (the AUC of class numbers)."""
    chosen = (complete("metrics", name) for name in METRICS[task])
    return tuple(metric for metric in chosen if _metric_misfit(metric["kind"], task, labels) is None)


def _metric_misfit(metric: str, task: Task, labels: Labels) -> str | None:
    if task == "identity":
        return "none: roc_auc, eer and one_shot_accuracy of the test rows are measured without being asked for"
    if task == "regression":
        return None if metric in POINT else "a metric of numbers for a regression target: mae, rmse, mse, r2, mape, ..."
    if labels == "index":
        if metric in SPARSE:
            return None
        if metric in {"r2_score", "pearson_correlation"} | POINT:
            return "a metric of classes: accuracy, sparse_top_k_categorical_accuracy, ..."
        return "accuracy or a sparse_* metric (others need `loss: categorical_crossentropy`, whose labels are one-hot)"
    if metric.startswith("sparse_"):
        return "a metric that is not sparse_* (those need `loss: sparse_categorical_crossentropy`)"
    if metric in {"r2_score", "pearson_correlation"}:
        return "a metric of classes: accuracy, auc, precision, recall, ..."
    return None


def metric_names(output: Output) -> list[str]:
    """The names under which Keras logs an output's metrics: the kind, with a number where a kind comes twice."""
    names: list[str] = []
    for metric in output.metrics:
        kind = metric["kind"]
        names.append(kind if kind not in names else f"{kind}_{sum(name.startswith(kind) for name in names) + 1}")
    return names
