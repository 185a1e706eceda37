"""Numbers that a model is made with -> variables that its program reads, so that it serves models that differ in them.

They are the weight decay of the optimizer and the rates of dropout, as a search changes them from trial to trial. The
learning rate is a variable of Keras' own. The variables belong to no layer and no optimizer: they are not saved.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from nnrecipes.layers.dropout import Dropout

NUMBER = "a number"
RATED = ("nnrecipes>Dropout", "nnrecipes>FadingDropout")


def given_variables(model: keras.Model) -> list[Any]:
    """Return the variables of a compiled model's numbers, as they are now, in an order that the form decides."""
    values = [value for *_, value in _numbers(model)]
    kept: list[Any] = vars(model).get("_nnrecipes_given", [])
    if len(kept) != len(values):
        kept = [keras.Variable(value, dtype="float64", trainable=False, name="given") for value in values]
        vars(model)["_nnrecipes_given"] = kept  # not by setattr, which would make them weights of the model
    for variable, value in zip(kept, values, strict=True):
        variable.assign(value)
    return kept


@contextmanager
def reads_given(model: keras.Model) -> Iterator[None]:
    """Let the model read its numbers from their variables, while a program is traced."""
    numbers = _numbers(model)
    before = [vars(owner).get(name) for owner, name, _ in numbers]
    try:
        for (owner, name, _), variable in zip(numbers, vars(model).get("_nnrecipes_given", []), strict=True):
            vars(owner)[name] = variable
        yield
    finally:
        for (owner, name, _), value in zip(numbers, before, strict=True):
            vars(owner)[name] = value


def numbers_of(model: keras.Model) -> tuple[float, ...]:
    """Return the numbers themselves, for a program that they are a part of."""
    return tuple(value for *_, value in _numbers(model))


def is_given(name: str, value: Any, registered: str) -> bool:
    """Whether a value of a configuration is such a number.

    Args:
        name: Its key.
        value: It.
        registered: The name of the object's class, as Keras stores it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return name == "weight_decay" or (name == "rate" and registered in RATED and 0 < value < 1)


def _numbers(model: keras.Model) -> list[tuple[Any, str, float]]:
    """Owner, attribute that is read, and value."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    decay: Any = getattr(optimizer, "weight_decay", None)
    found = [(optimizer, "weight_decay", float(decay))] if is_given("weight_decay", decay, "") else []
    rated = [layer for layer in model._flatten_layers(include_self=False) if isinstance(layer, Dropout)]
    return [*found, *((layer, "given_rate", float(layer.rate)) for layer in rated if 0 < layer.rate < 1)]
