"""Answers as lists -> the named answers of each row, as :mod:`nnrecipes.inference.predictions` names them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnrecipes.inference.export.names import WITH_CLASS

Emit = Callable[[Mapping[str, Any], list[dict[str, Any]]], None]
"""Answer -> its values of each row; what is added to the rows' answers."""


def emitters(outputs: Sequence[Mapping[str, Any]]) -> list[Emit]:
    """Return one a target, in their order."""
    return [_emitter(output) for output in outputs]


def _emitter(output: Mapping[str, Any]) -> Emit:
    if output["task"] in WITH_CLASS:
        return _classes(output)
    if output["task"] == "multilabel":
        return _labels(output)
    if output["task"] == "identity":
        return _numbers(output["name"], [f"{output['name']}_embedding_{i + 1}" for i in range(output["shape"][0])])
    if output["quantiles"]:
        return _quantiles(output)
    return _numbers(output["name"], [output["name"]])


def _numbers(name: str, keys: list[str]) -> Emit:
    def emit(found: Mapping[str, Any], answers: list[dict[str, Any]]) -> None:
        for answer, values in zip(answers, found[name], strict=True):
            answer.update(zip(keys, values if math.isfinite(values[0]) else [None] * len(keys), strict=True))

    return emit


def _classes(output: Mapping[str, Any]) -> Emit:
    name, label = output["name"], output["label"]
    keys = [f"{name}_probability_{each}" for each in output["classes"]]

    def emit(found: Mapping[str, Any], answers: list[dict[str, Any]]) -> None:
        for answer, values, (chosen,) in zip(answers, found[name], found[label], strict=True):
            answer[name] = chosen or None
            answer.update(zip(keys, values if chosen else [None] * len(keys), strict=True))

    return emit


def _labels(output: Mapping[str, Any]) -> Emit:
    name, label = output["name"], output["label"]
    keys = [f"{name}_probability_{each}" for each in output["classes"]]
    marks = [f"{name}_{each}" for each in output["classes"]]

    def emit(found: Mapping[str, Any], answers: list[dict[str, Any]]) -> None:
        for answer, values, chosen in zip(answers, found[name], found[label], strict=True):
            known = math.isfinite(values[0])
            answer.update(zip(marks, chosen if known else [None] * len(keys), strict=True))
            answer.update(zip(keys, values if known else [None] * len(keys), strict=True))

    return emit


def _quantiles(output: Mapping[str, Any]) -> Emit:
    name, levels = output["name"], output["quantiles"]
    middle = min(range(len(levels)), key=lambda place: abs(levels[place] - 0.5))
    every = _numbers(name, [f"{name}_quantile_{level:g}" for level in levels])

    def emit(found: Mapping[str, Any], answers: list[dict[str, Any]]) -> None:
        for answer, values in zip(answers, found[name], strict=True):
            answer[name] = values[middle] if math.isfinite(values[middle]) else None
        every(found, answers)

    return emit
