"""Names of optimizer, losses and metrics with their arguments -> a compiled model whose logs have the names we give.

Three metrics are adapted to what the output is. ``accuracy`` becomes the class that fits the labels. The F scores are
averaged over the classes (``macro``) where no average is named, and cut at .5 where the output is one sigmoid a class,
as a logged metric is one number. Under a hinge loss the outputs are margins around 0: accuracy, precision and recall
cut there, and the AUC is that of the margins.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from nnrecipes.config.names import ALIASES
from nnrecipes.config.outputs import PINBALL, Labels, Output, metric_names
from nnrecipes.errors import ConfigError
from nnrecipes.layers.pinball_loss import PinballLoss
from nnrecipes.layers.reconstruction_loss import ReconstructionLoss
from nnrecipes.models.construct import construct
from nnrecipes.models.unwrap import unwrap
from nnrecipes.preprocessing.reconstruction import OUTPUT
from nnrecipes.training.fading_adamw import FadingAdamW

Options = Mapping[str, Any]
ACCURACY: dict[str, str] = {
    "value": "binary_accuracy",
    "binary": "binary_accuracy",
    "index": "sparse_categorical_accuracy",
    "one_hot": "categorical_accuracy",
    "multi_hot": "binary_accuracy",
}
ABOVE_ZERO = 1e-7  # BinaryAccuracy refuses a threshold of 0


def compile_model(
    model: keras.Model,
    *,
    optimizer: Options,
    losses: Mapping[str, Options],
    loss_weights: Mapping[str, float] | None = None,
    metrics: Mapping[str, Sequence[Options]] | None = None,
    labels: Mapping[str, Labels] | None = None,
    fading: bool = False,
    jit_compile: bool = False,
) -> keras.Model:
    """Compile ``model`` in place and return it.

    Args:
        model: A model with an output for each of ``losses``.
        optimizer: ``{"kind": "adam", "learning_rate": 0.001, ...}``.
        losses: Output name -> ``{"kind": ..., ...}``.
        loss_weights: Output name -> factor of its loss in the total, 1 by default.
        metrics: Output name -> metrics, each ``{"kind": ..., ...}``; a kind that comes twice gets a number.
        labels: Output name -> form of its labels, which ``accuracy`` depends on.
        fading: Whether a callback changes the weight decay of AdamW between epochs.
        jit_compile: Whether XLA compiles the step; never ``"auto"``, as XLA draws other random numbers. On JAX it
            always does.

    Raises:
        ConfigError: Keras refuses an argument.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid", name="y")])
        >>> loss, metric = {"kind": "binary_crossentropy"}, {"kind": "accuracy"}
        >>> _ = compile_model(model, optimizer={"kind": "adam"}, losses={"y": loss}, metrics={"y": [metric]},
        ...                   labels={"y": "binary"})
        >>> type(model.optimizer).__name__, model.loss.name
        ('Adam', 'binary_crossentropy')
    """
    chosen = {output: _metrics(output, (metrics or {}).get(output, ()), losses, labels or {}) for output in losses}
    weights = {output: float((loss_weights or {}).get(output, 1.0)) for output in losses}
    built = {output: _made("losses", loss, f"targets.{output}.loss") for output, loss in losses.items()}
    try:
        model.compile(
            optimizer=_optimizer(optimizer, fading),
            loss=unwrap(built),
            loss_weights=unwrap(weights) if set(weights.values()) != {1.0} else None,
            metrics=unwrap(chosen),
            jit_compile=jit_compile or keras.config.backend() == "jax",
        )
    except (ValueError, TypeError) as error:
        raise ConfigError(f"training: expected a model that Keras can compile. Received: {error}") from error
    return model


def _optimizer(optimizer: Options, fading: bool) -> Any:
    made = _made("optimizers", {"name": optimizer["kind"], **optimizer}, "training.optimizer")
    if fading and type(made) is keras.optimizers.AdamW:
        return FadingAdamW.from_config(made.get_config())
    return made


def _metrics(
    output: str, metrics: Sequence[Options], losses: Mapping[str, Options], labels: Mapping[str, Labels]
) -> list[Any]:
    hinge = losses[output]["kind"] in {"hinge", "squared_hinge"}
    made = []
    for place, (metric, name) in enumerate(zip(metrics, _names(metrics), strict=True)):
        fitted = _fitted(metric, labels.get(output, "value"), hinge=hinge)
        made.append(_made("metrics", fitted, f"targets.{output}.metrics.{place}", name=name))
    return made


def _names(metrics: Sequence[Options]) -> list[str]:
    return metric_names(Output("", {}, "value", tuple(dict(metric) for metric in metrics)))


def _fitted(metric: Options, labels: Labels, *, hinge: bool) -> dict[str, Any]:
    """The metric with the class and thresholds that fit the output."""
    kind = ALIASES["metrics"].get(metric["kind"], metric["kind"])
    fitted = {**metric, "kind": ACCURACY[labels] if kind == "accuracy" else kind}
    if kind in {"f1_score", "fbeta_score"}:
        fitted["average"] = metric.get("average") or "macro"
        if metric.get("threshold") is None and labels in {"binary", "multi_hot"}:
            fitted["threshold"] = 0.5
    if hinge and fitted["kind"] == "binary_accuracy":
        fitted["threshold"] = ABOVE_ZERO
    if hinge and kind in {"precision", "recall"} and metric.get("thresholds") is None:
        fitted["thresholds"] = 0.0
    if hinge and kind == "auc":
        fitted["from_logits"] = True
    return fitted


def _made(category: str, value: Options, key: str, **extra: Any) -> Any:
    if value["kind"] == PINBALL:
        return PinballLoss(value["quantiles"])
    if value["kind"] == OUTPUT:
        return ReconstructionLoss(value["number"], value["one_hot"])
    try:
        return construct(category, value, **extra)
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error.args[0] if error.args else error).split())
        raise ConfigError(f"{key}: expected arguments that Keras takes. Received: {dict(value)!r}: {reason}") from error
