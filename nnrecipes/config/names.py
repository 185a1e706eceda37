"""Keras' names in a recipe: a closed set of kinds with all their arguments, known without importing Keras.

A value is a name (``adam``, ``AdamW``, ``mse``) or a mapping ``{kind: adam, learning_rate: 0.01}``. The table in
``keras_names.json`` is generated from Keras; a test compares the two.
"""

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from nnrecipes.errors import did_you_mean

ALIASES = {
    "losses": {"mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
               "msle": "mean_squared_logarithmic_error", "kld": "kl_divergence", "bce": "binary_crossentropy"},
    "metrics": {"acc": "accuracy", "mse": "mean_squared_error", "mae": "mean_absolute_error", "r2": "r2_score",
                "mape": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error",
                "rmse": "root_mean_squared_error", "kld": "kl_divergence"},
    "initializers": {"uniform": "random_uniform", "normal": "random_normal"},
    "activations": {"swish": "silu", "softmax": "softmax"},
}  # fmt: skip

IDENTITY_LOSSES: dict[str, dict[str, Any]] = {
    "supervised_contrastive": {"class": "SupervisedContrastiveLoss", "arguments": {"temperature": 0.1}},
    "triplet": {"class": "TripletLoss", "arguments": {"margin": 0.2}},
    "contrastive": {"class": "ContrastiveLoss", "arguments": {"margin": 1.0}},
    "pair_crossentropy": {"class": "PairCrossentropy", "arguments": {"scale": 10.0, "offset": 0.5}},
}
"""The package's own losses of identities (:mod:`nnrecipes.layers.identity_losses`), in the form of the table."""


@cache
def table() -> dict[str, dict[str, Any]]:
    """The table: category -> name -> ``{"class": str, "arguments": {name: default}}``."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("keras_names.json").read_text("utf-8"))
    found["metrics"]["accuracy"] = {"class": "accuracy", "arguments": {}}
    found["losses"] |= IDENTITY_LOSSES
    return found


def canonical(category: str, name: str) -> str | None:
    """Return the table's spelling of a name, or None.

    Example:
        >>> canonical("losses", "MSE"), canonical("optimizers", "AdamW"), canonical("losses", "nonsense")
        ('mean_squared_error', 'adamw', None)
    """
    plain = name.replace("_", "").casefold()
    for known in (table()[category], ALIASES.get(category, {})):
        for spelling in known:
            if spelling.replace("_", "").casefold() == plain:
                return ALIASES.get(category, {}).get(spelling, spelling)
    return None


def known_names(category: str) -> list[str]:
    """Every name that a recipe may use, aliases too."""
    return [*table()[category], *ALIASES.get(category, {})]


def fault(expected: str, received: object, *, key: str = "", choices: Iterable[object] = ()) -> PydanticCustomError:
    """Return a validation error in the words of a problem; ``key`` is a dotted tail of its place."""
    context = {"expected": expected, "received": repr(received), "key": key, "hint": did_you_mean(received, choices)}
    return PydanticCustomError("nnrecipes", "expected {expected}. Received: {received}.{hint}", context)


def complete(category: str, value: Any) -> dict[str, Any]:
    """Return ``{"kind": name, argument: value, ...}`` with every default written out, or raise a validation error."""
    given = {"kind": value} if isinstance(value, str) else value
    if category == "optimizers" and isinstance(value, Mapping):
        given = {"kind": "adam", **value}
    if not isinstance(given, Mapping) or not isinstance(given.get("kind"), str):
        raise fault(f"the name of one of Keras' {category}, or a mapping with `kind`", value)
    kind = canonical(category, given["kind"])
    if kind is None:
        raise fault(f"one of Keras' {category}", given["kind"], choices=known_names(category),
                    key="kind" if isinstance(value, Mapping) else "")  # fmt: skip
    arguments = table()[category][kind]["arguments"]
    result: dict[str, Any] = {"kind": kind}
    for key in given:
        if key != "kind" and key not in arguments:
            raise fault(
                f"an argument of {kind}: {', '.join(arguments) or 'it has none'}", key, key=key, choices=arguments
            )
    for key, default in arguments.items():
        required = isinstance(default, Mapping) and "required" in default
        if required and key not in given:
            raise fault(f"`{key}`, which {kind} needs", dict(given))
        item = given.get(key, default)
        result[key] = item if required or key not in given else _checked(category, key, item, default)
    return result


def _checked(category: str, key: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise fault("true or false", value, key=key)
    elif isinstance(default, int | float):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise fault("a number", value, key=key)
        if not math.isfinite(value):
            raise fault("a finite number", value, key=key)
        if key in {"learning_rate", "epsilon"} and value <= 0:
            raise fault("a number above 0", value, key=key)
        if key in {"momentum", "beta_1", "beta_2", "rho", "ema_momentum"} and not 0 <= value < 1:
            raise fault("a number from 0 to below 1", value, key=key)
    elif key in {"clipnorm", "clipvalue", "global_clipnorm"} and value is not None:
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise fault("a number above 0, or null", value, key=key)
    elif category == "layers" and (nested := nested_category(key)) and value is not None:
        try:
            complete(nested, value)
        except PydanticCustomError as error:
            inner = dict(error.context or {})
            inner["key"] = ".".join(filter(None, [key, str(inner["key"])]))
            raise PydanticCustomError("nnrecipes", "expected {expected}. Received: {received}.{hint}", inner) from None
    return value


def nested_category(key: str) -> str | None:
    """Return the category of Keras' names that an argument of a layer takes, or None."""
    if key in {"activation", "recurrent_activation"}:
        return "activations"
    tail = key.rpartition("_")[2]
    return {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}.get(tail)


def _name(category: str, *, full: bool) -> BeforeValidator:
    def check(value: Any) -> Any:
        whole = complete(category, value)
        if full:
            return whole
        return whole["kind"] if isinstance(value, str) else whole

    return BeforeValidator(check)


Activation = Annotated[str, _name("activations", full=False), WithJsonSchema({"keras": "activations"})]
Initializer = Annotated[
    str | dict[str, Any], _name("initializers", full=False), WithJsonSchema({"keras": "initializers"})
]
Constraint = Annotated[str | dict[str, Any], _name("constraints", full=False), WithJsonSchema({"keras": "constraints"})]
Loss = Annotated[dict[str, Any], _name("losses", full=True), WithJsonSchema({"keras": "losses"})]
Metric = Annotated[dict[str, Any], _name("metrics", full=True), WithJsonSchema({"keras": "metrics"})]
Optimizer = Annotated[dict[str, Any], _name("optimizers", full=True), WithJsonSchema({"keras": "optimizers"})]
Layer = Annotated[dict[str, Any], _name("layers", full=True), WithJsonSchema({"keras": "layers"})]
