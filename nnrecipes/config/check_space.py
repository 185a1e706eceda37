"""A recipe's search space -> what is wrong with it, found before anything is trained.

Each limit and each choice is put in the recipe's place and the recipe is validated as if it were written there, so a
trial cannot fail by a value that its key does not take.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nnrecipes.config.consistency import check_consistency, outputs
from nnrecipes.config.load import Loaded, validate
from nnrecipes.config.monitor import log_names, resolve_mode
from nnrecipes.config.overrides import apply_overrides
from nnrecipes.config.problem import Problem
from nnrecipes.config.read import Raw
from nnrecipes.config.tuning import ParameterConfig, TuningConfig
from nnrecipes.errors import ConfigError, did_you_mean

UNTRIED = ("tuning", "data.split", "data.fit_rows", "name", "seed", "refit_of", "training.callbacks.monitor")
"""Keys that a search may not vary: trials would not be comparable, or the rows of validation not the same."""


def check_space(loaded: Loaded) -> list[Problem]:
    """Return what is wrong with the ``tuning`` section of a valid recipe; nothing where it has none."""
    tuning = loaded.config.tuning
    if tuning is None:
        return []
    problems = [*_objectives(loaded, tuning), *_sampler(tuning)]
    for key, parameter in tuning.space.items():
        found = list(_key(key)) or list(_when(key, parameter, tuning.space))
        problems += found or list(_values(key, parameter, loaded.raw, tuning.space))
    return problems


def _key(key: str) -> Iterator[Problem]:
    for untried in UNTRIED:
        if key == untried or key.startswith(f"{untried}."):
            place = ("tuning", "space", key)
            yield Problem(place, f"a key that trials may differ in; {untried} is the same for all", repr(key))


def _when(key: str, parameter: ParameterConfig, space: Mapping[str, ParameterConfig]) -> Iterator[Problem]:
    for other, value in (parameter.when or {}).items():
        place = ("tuning", "space", key, "when")
        if other == key or other not in space or space[other].kind != "choice":
            names = [name for name, each in space.items() if each.kind == "choice" and name != key]
            yield Problem(place, f"keys of the space with choices: {', '.join(names) or 'there are none'}", repr(other),
                          did_you_mean(other, names))  # fmt: skip
            continue
        choices = list(space[other].choice or ())
        for each in wanted(value, choices):
            if each not in choices:
                yield Problem((*place, other), f"one of {choices}", repr(each))
    yield from _circle(key, space)


def _circle(key: str, space: Mapping[str, ParameterConfig]) -> Iterator[Problem]:
    seen, ahead = set(), list(space[key].when or {})
    while ahead:
        name = ahead.pop()
        if name == key:
            yield Problem(("tuning", "space", key, "when"), "conditions that lead nowhere back", repr(name))
            return
        if name not in seen and name in space:
            seen.add(name)
            ahead += list(space[name].when or {})


def wanted(value: Any, choices: list[Any]) -> list[Any]:
    """The values that a condition names: one of the choices, or a list of such.

    Example:
        >>> wanted("a", ["a", "b"]), wanted(["a", "b"], ["a", "b"]), wanted([64], [[64], [32]])
        (['a'], ['a', 'b'], [[64]])
    """
    return [value] if value in choices or not isinstance(value, list) else list(value)


def _values(key: str, parameter: ParameterConfig, raw: Raw, space: Mapping[str, ParameterConfig]) -> Iterator[Problem]:
    """Put each value that decides in its place, under the conditions of its key."""
    kind = parameter.kind
    own = getattr(parameter, kind)
    found: list[Problem] = []
    for place, value in enumerate(own):
        number = int(value) if kind in {"integer", "logint"} else value
        step = () if kind == "choice" and len(own) == 1 else (place,)
        problems = _tried({**_conditions(parameter, space), key: number}, raw)
        found += [replace(problem, key=("tuning", "space", key, kind, *step)) for problem in problems[:1]]
    said = {(problem.expected, problem.received) for problem in found}
    if len(found) > 1 and len(said) == 1:  # no value is at fault, but the key
        found = [replace(found[0], key=("tuning", "space", key))]
    yield from found


def _conditions(parameter: ParameterConfig, space: Mapping[str, ParameterConfig]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for other, value in (parameter.when or {}).items():
        found |= {**_conditions(space[other], space), other: wanted(value, list(space[other].choice or ()))[0]}
    return found


def _tried(overrides: Mapping[str, Any], raw: Raw) -> list[Problem]:
    trial = Raw(copy.deepcopy(raw.values), raw.origin, raw.base)
    try:
        apply_overrides(trial, overrides)
    except ConfigError as error:
        return [Problem((), "a key of the recipe", str(error))]
    config, problems = validate(trial.values, trial.base)
    return problems if config is None else check_consistency(config)


def _objectives(loaded: Loaded, tuning: TuningConfig) -> Iterator[Problem]:
    config = loaded.config
    tasks = {name: target.task for name, target in config.targets.items() if target.task}
    names = log_names(outputs(config, tasks)) if len(tasks) == len(config.targets) else None
    directions = tuning.direction if isinstance(tuning.direction, tuple) else None
    if directions is not None and len(directions) != max(len(tuning.objectives), 1):
        yield Problem(("tuning", "direction"), f"one for each of {len(tuning.objectives)} objectives", repr(directions))
    for place, name in enumerate(tuning.objectives):
        key = ("tuning", "objective", *(() if isinstance(tuning.objective, str) else (place,)))
        held_out = [each for each in names or () if each.startswith("val_")]
        if not name.startswith("val_") or (names is not None and name not in held_out):
            expected = f"one of {', '.join(held_out)}" if held_out else "a name that begins with val_"
            yield Problem(key, f"{expected}: what an epoch logs for the validation rows", repr(name),
                          did_you_mean(name, held_out))  # fmt: skip
        elif direction_of(tuning, place) == "auto" and resolve_mode(name) is None:
            yield Problem(("tuning", "direction"), f"min or max: the direction of {name} is not known", "'auto'")
    if len(tuning.objectives) > 1 and tuning.pruner not in {"auto", "none"}:
        yield Problem(("tuning", "pruner"), "none: trials with several objectives are not pruned", repr(tuning.pruner))
    if tuning.folds and config.data.split.kind in {"time", "order"}:
        expected = f"nothing beside a split by {config.data.split.kind}: folds would take rows out of their order"
        yield Problem(("tuning", "folds"), expected, repr(tuning.folds))
    if tuning.folds and tuning.pruner not in {"auto", "none"}:
        yield Problem(("tuning", "pruner"), "none: a trial with folds has no one curve", repr(tuning.pruner))


def direction_of(tuning: TuningConfig, place: int) -> str:
    """The direction that the section gives to an objective."""
    return tuning.direction if isinstance(tuning.direction, str) else tuning.direction[place]


def _sampler(tuning: TuningConfig) -> Iterator[Problem]:
    if tuning.sampler != "grid":
        return
    for key, parameter in tuning.space.items():
        if parameter.kind in {"choice", "integer"} or parameter.step is not None:
            continue
        at = ("tuning", "space", key)
        yield Problem(at, "choice, integer, or a step, as the grid tries every value", parameter.kind)
