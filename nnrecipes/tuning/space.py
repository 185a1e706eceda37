"""A search space and Optuna's trial -> the overrides of one trial.

A choice stands in the study as JSON, so that a study's file and plots show what was tried, lists and sections too.
"""

import itertools
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.config.check_space import wanted
from nnrecipes.config.tuning import ParameterConfig

if TYPE_CHECKING:
    import optuna

Space = Mapping[str, ParameterConfig]
SHARED = ("learning_rate", "weight_decay", "dropout")
"""Keys whose numbers a program reads from variables."""


def suggest(trial: "optuna.trial.BaseTrial", space: Space) -> dict[str, Any]:
    """Return key -> value of a trial; a key whose condition does not hold is left out.

    Example:
        >>> import optuna
        >>> space = {"model.dropout": ParameterConfig(uniform=(0.0, 0.5)),
        ...          "training.optimizer": ParameterConfig(choice=({"kind": "adam"}, {"kind": "sgd"}))}
        >>> trial = optuna.trial.FixedTrial({"model.dropout": 0.25, "training.optimizer": '{"kind": "sgd"}'})
        >>> suggest(trial, space)
        {'model.dropout': 0.25, 'training.optimizer': {'kind': 'sgd'}}
    """
    found: dict[str, Any] = {}
    for key in in_order(space):
        if _holds(space[key], space, found):
            found[key] = _suggested(trial, key, space[key])
    return found


def in_order(space: Space) -> list[str]:
    """The keys, each behind those of its condition."""
    found: list[str] = []

    def add(key: str) -> None:
        if key not in found:
            for other in space[key].when or {}:
                add(other)
            found.append(key)

    for key in space:
        add(key)
    return found


def values_of(params: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Return the overrides of a trial that Optuna remembers by its ``params``."""
    return {key: json.loads(value) if space[key].kind == "choice" else value for key, value in params.items()
            if key in space}  # fmt: skip


def grid(space: Space) -> list[dict[str, Any]]:
    """Return every combination as Optuna's params; of combinations that differ only in keys left out, the first.

    Example:
        >>> len(grid({"a": ParameterConfig(choice=(1, 2)), "b": ParameterConfig(integer=(1, 3))}))
        6
    """
    keys = in_order(space)
    found: dict[str, dict[str, Any]] = {}
    for combination in itertools.product(*(_all(space[key]) for key in keys)):
        params: dict[str, Any] = {}
        for key, value in zip(keys, combination, strict=True):
            if _holds(space[key], space, values_of(params, space)):
                params[key] = value
        found.setdefault(json.dumps(params, sort_keys=True), params)
    return list(found.values())


def own_params(recipe: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Return the recipe's own values as Optuna's params, of the keys whose space holds them.

    Args:
        recipe: The resolved recipe.
        space: The space.

    Example:
        >>> space = {"a.b": ParameterConfig(uniform=(0.0, 1.0)), "a.c": ParameterConfig(choice=(1, 2))}
        >>> own_params({"a": {"b": 0.5, "c": 3}}, space)
        {'a.b': 0.5}
    """
    found: dict[str, Any] = {}
    for key in in_order(space):
        value: Any = recipe
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if _holds(space[key], space, values_of(found, space)) and _has(space[key], value):
            found[key] = json.dumps(value) if space[key].kind == "choice" else value
    return found


def covers(params: Mapping[str, Any], space: Space) -> bool:
    """Whether these params are a point of the space: they have every key whose condition holds.

    Example:
        >>> space = {"a.b": ParameterConfig(uniform=(0.0, 1.0)), "a.c": ParameterConfig(choice=(1, 2))}
        >>> covers({"a.b": 0.5, "a.c": "1"}, space), covers({"a.b": 0.5}, space)
        (True, False)
    """
    values = values_of(params, space)
    return all(key in params for key in space if _holds(space[key], space, values))


def _has(parameter: ParameterConfig, value: Any) -> bool:
    if parameter.kind == "choice":
        return json.dumps(value) in choice_texts(parameter)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = getattr(parameter, parameter.kind)
    steps = 0 if parameter.step is None else (value - low) / parameter.step
    return bool(low <= value <= high and abs(steps - round(steps)) < 1e-9)


def architectures(space: Space) -> float:
    """How many networks the space has that a program of their own has to train; those of numbers share one.

    Example:
        >>> architectures({"training.optimizer.learning_rate": ParameterConfig(loguniform=(1e-4, 1e-1)),
        ...                "model.dropout": ParameterConfig(uniform=(0.1, 0.5)),
        ...                "model.hidden_units": ParameterConfig(choice=([8], [16]))})
        2
    """
    found: float = 1
    for key, parameter in space.items():
        shared = key.rpartition(".")[2] in SHARED or not key.startswith(("model", "training.batch", "training.optim"))
        found *= 1 if shared else _count(parameter)
    return found


def size(space: Space) -> float:
    """How many combinations there are at most; infinite where a range has no steps.

    Example:
        >>> size({"a": ParameterConfig(choice=(1, 2)), "b": ParameterConfig(integer=(1, 3))})
        6
    """
    return math.prod(map(_count, space.values()))


def _count(parameter: ParameterConfig) -> float:
    if parameter.kind in {"uniform", "loguniform"} and parameter.step is None:
        return math.inf
    if parameter.kind == "logint":
        return (parameter.logint or (0, 0))[1] - (parameter.logint or (0, 0))[0] + 1
    return len(_all(parameter))


def _holds(parameter: ParameterConfig, space: Space, found: Mapping[str, Any]) -> bool:
    return all(other in found and found[other] in wanted(value, list(space[other].choice or ()))
               for other, value in (parameter.when or {}).items())  # fmt: skip


def _suggested(trial: "optuna.trial.BaseTrial", key: str, parameter: ParameterConfig) -> Any:
    if parameter.kind == "choice":
        return json.loads(trial.suggest_categorical(key, choice_texts(parameter)))
    low, high = getattr(parameter, parameter.kind)
    if parameter.kind in {"integer", "logint"}:
        step = int(parameter.step or 1)
        return trial.suggest_int(key, low, high, step=step, log=parameter.kind == "logint")
    return trial.suggest_float(key, low, high, step=parameter.step, log=parameter.kind == "loguniform")


def choice_texts(parameter: ParameterConfig) -> list[str]:
    """The choices as a study holds them."""
    return [json.dumps(value) for value in parameter.choice or ()]


def _all(parameter: ParameterConfig) -> list[Any]:
    if parameter.kind == "choice":
        return list(choice_texts(parameter))
    low, high = getattr(parameter, parameter.kind)
    step = parameter.step or 1
    count = int(np.floor((high - low) / step + 1e-9)) + 1
    values = [low + step * place for place in range(count)]
    return [int(value) for value in values] if parameter.kind == "integer" else values
