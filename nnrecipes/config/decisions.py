"""Calibration and threshold of a target -> what in them does not fit the task."""

from collections.abc import Iterator

from nnrecipes.config.problem import Problem
from nnrecipes.config.targets import TargetConfig, Task, ThresholdAim

NEEDS = {"f1": (), "cost": ("false_positive", "false_negative"), "recall_at_precision": ("precision",)}
HINGES = {"linear", "tanh"}


def check_decision(name: str, task: Task, target: TargetConfig) -> Iterator[Problem]:
    """Yield what does not fit.

    Example:
        >>> [problem.expected for problem in check_decision("y", "regression", TargetConfig(calibration="platt"))]
        ['no calibration of a regression target']
    """
    key = ("targets", name)
    fitting = {"binary": "none, temperature or platt", "multiclass": "none or temperature"}
    if target.calibration != "none" and target.calibration not in fitting.get(task, ""):
        expected = f"{fitting[task]} for a {task} target" if task in fitting else f"no calibration of a {task} target"
        yield Problem((*key, "calibration"), expected, repr(target.calibration))
    elif target.calibration == "temperature" and target.activation in HINGES:
        expected = f"platt for a {target.activation} output, whose numbers are no probabilities"
        yield Problem((*key, "calibration"), expected, repr(target.calibration))
    if target.threshold != 0.5 and task != "binary":
        yield Problem((*key, "threshold"), f"no threshold for a {task} target", _shown(target))
    if isinstance(target.threshold, ThresholdAim):
        yield from _aim((*key, "threshold"), target.threshold)


def _aim(key: tuple[str, ...], chosen: ThresholdAim) -> Iterator[Problem]:
    for field in ("false_positive", "false_negative", "precision"):
        value = getattr(chosen, field)
        if field in NEEDS[chosen.aim] and value is None:
            yield Problem((*key, field), f"a number: the aim {chosen.aim} needs it", "nothing")
        elif field not in NEEDS[chosen.aim] and value is not None:
            yield Problem((*key, field), f"nothing: the aim {chosen.aim} does not use it", repr(value))


def _shown(target: TargetConfig) -> str:
    threshold = target.threshold
    plain = threshold.model_dump(exclude_none=True) if isinstance(threshold, ThresholdAim) else threshold
    return repr(plain)
