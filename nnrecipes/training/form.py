"""A compiled model -> its form: what decides the program that trains it, and nothing else.

Two models of one form differ in the values of their variables alone, so one program serves both. Left out are names,
initial values, seeds, the learning rate, which is a variable, and the numbers that a program reads from variables
(:mod:`~nnrecipes.training.given`). A model has no form that can be told where its
configuration does not say all: with layers, losses, metrics or an optimizer of a user's own, and with layers that keep
fitted values in no variable.
"""

import hashlib
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from inspect import isfunction
from typing import Any

import keras

from nnrecipes.training.given import NUMBER, given_variables, is_given

ADAPTED = ("Normalization", "Discretization", "StringLookup", "IntegerLookup", "TextVectorization", "Hashing")
"""Layers of Keras whose call depends on more than configuration and variables."""
LARGEST = 2**26  # numbers in variables; a program keeps those of one model alive
OURS = ("keras.", "nnrecipes.")
DROPPED = ("seed", "shared_object_id", "build_config")
LINKS = ("keras_history", "input_layers", "output_layers")


class _NoFormError(Exception):
    """The configuration does not say all."""


def form_of(model: keras.Model) -> str | None:
    """Return the form of a compiled model, as text of 64 characters; None where it cannot be told.

    Example:
        >>> def model(rate):
        ...     built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        ...     built.compile(keras.optimizers.Adam(rate), "mse")
        ...     return built
        >>> form_of(model(0.1)) == form_of(model(0.2)) != None
        True
    """
    layers = list(model._flatten_layers(include_self=False))
    ends = {*getattr(model, "output_names", ()), *(tensor.name for tensor in getattr(model, "inputs", None) or ())}
    named = {layer.name: f"layer {place}" for place, layer in enumerate(layers) if layer.name not in ends}
    try:
        _check(model, layers)
        named |= {model.name: "model", **_optimizers(model.optimizer)}
        with warnings.catch_warnings(action="ignore"):  # that a lambda is unsafe to load
            parts = [keras.saving.serialize_keras_object(part) for part in (model, model.optimizer)]
        text = json.dumps(_plain(parts, named), sort_keys=True)
    except (_NoFormError, NotImplementedError, TypeError, ValueError):
        return None
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def variables_of(model: keras.Model) -> list[Any]:
    """Return all variables that a step reads or changes, in an order that the form decides."""
    found = [*model.variables, *model.metrics_variables, *model.optimizer.variables, *given_variables(model)]
    return list({id(variable): variable for variable in found}.values())


def _check(model: keras.Model, layers: Sequence[Any]) -> None:
    for part in [model, *layers]:
        functions = [value for value in vars(part).values() if isfunction(value)]
        if any(not item.__module__.startswith(OURS) for item in [type(part), *functions]):
            raise _NoFormError  # the configuration has the name of a function at most
        if type(part).__name__ in ADAPTED:
            raise _NoFormError
    if type(model).train_step is not keras.Model.train_step or type(model).test_step is not keras.Model.test_step:
        raise _NoFormError
    if sum(math.prod(variable.shape) for variable in model.variables) > LARGEST:
        raise _NoFormError


def _optimizers(optimizer: Any) -> dict[str, str]:
    """The names of an optimizer and of the one that it may hold, which Keras counts."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if getattr(inner, "_exclude_from_weight_decay_pattern", None) or getattr(inner, "_exclude_from_weight_decay", None):
        raise _NoFormError
    return {optimizer.name: "optimizer", inner.name: "inner optimizer"}


def _plain(node: Any, names: Mapping[str, str], key: str = "", registered: str = "") -> Any:
    """The configuration without what a program does not depend on, and with numbers in place of layers' names."""
    if isinstance(node, Mapping):
        _refuse_own(node)
        registered = str(node["registered_name"]) if "registered_name" in node else registered
        return {
            name: NUMBER if is_given(name, value, registered) else _plain(value, names, name, registered)
            for name, value in node.items()
            if name not in DROPPED and not name.endswith("initializer") and not _is_rate(name, value)
        }
    if isinstance(node, list | tuple):
        return [_plain(value, names, key) for value in node]
    if isinstance(node, str) and (key == "name" or key in LINKS):
        return names.get(node, node)
    return node


def _refuse_own(node: Mapping[str, Any]) -> None:
    """Names of functions and classes that are not of Keras or of this package say nothing of what they do."""
    kind = node.get("class_name")
    if kind in ("function", "__lambda__"):
        raise _NoFormError
    if kind is None or str(kind).startswith("__"):
        return
    module, registered = node.get("module"), str(node.get("registered_name") or "")
    if module is not None:
        if not str(module).startswith(("keras", "nnrecipes", "builtins")):
            raise _NoFormError
    elif not registered.startswith("nnrecipes>"):
        raise _NoFormError


def _is_rate(name: str, value: Any) -> bool:
    return name == "learning_rate" and isinstance(value, float | int)
