"""What the network says, as tensors -> named answers: numbers in the target's unit, calibrated probabilities, classes.

The formulas are those of :mod:`nnrecipes.preprocessing.decode` and :mod:`nnrecipes.evaluation.calibration`. The place
of a class counts from 1, so that 0 is left for a row that cannot be answered.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.calibration import HINGES, Calibration
from nnrecipes.evaluation.decision import Decision
from nnrecipes.evaluation.metrics import EPSILON
from nnrecipes.inference.export.names import LABEL, WITH_CLASS
from nnrecipes.inference.export.scalers import unscale
from nnrecipes.preprocessing.targets import TargetColumn


def decoded(
    outputs: Mapping[str, Any], targets: Mapping[str, TargetColumn], decisions: Mapping[str, Decision]
) -> dict[str, Any]:
    """Return target -> answers ``(batch, width)``, and ``<target>_label`` -> the class's place from 1, ``(batch, 1)``.

    A multilabel target's label is 0 or 1 for each of its labels, ``(batch, labels)``.

    Args:
        outputs: Output -> what the network gives.
        targets: Of the preprocessor.
        decisions: Target -> calibration and threshold.
    """
    answers = {}
    for name, target in targets.items():
        values = _values(outputs[target.spec.output], target)
        values = _calibrated(values, target.spec, decisions[name].calibration)
        answers[name] = values
        if has_classes(target.spec):
            answers[name + LABEL] = _place(values, target.spec, decisions[name].threshold.value)
        elif target.spec.task == "multilabel":
            answers[name + LABEL] = ops.cast(values > 0.5, "int32")
    return answers


def has_classes(target: TargetSpec) -> bool:
    """Whether a row of the target has one class, whose name is an answer."""
    return target.task in WITH_CLASS


def _values(raw: Any, target: TargetColumn) -> Any:
    spec = target.spec
    if len(raw.shape) == 1:
        raw = ops.expand_dims(raw, -1)
    if spec.task == "identity":
        return raw / ops.sqrt(ops.maximum(ops.sum(ops.square(raw), axis=1, keepdims=True), 1e-30))
    if spec.task == "regression":
        return unscale(raw, target.scaler)
    if spec.task == "multilabel":
        return raw
    if spec.labels == "binary":
        positive = raw if spec.activation.endswith("sigmoid") else (raw + 1.0) / 2.0
        positive = ops.clip(positive, 0.0, 1.0)
        return ops.concatenate([1.0 - positive, positive], axis=1)
    total = ops.sum(raw, axis=1, keepdims=True)
    if spec.activation == "softmax":
        return raw / total
    empty = ops.equal(total, 0)
    return ops.where(empty, 1 / len(spec.classes), raw / ops.where(empty, 1.0, total))


def _calibrated(values: Any, spec: TargetSpec, calibration: Calibration) -> Any:
    if calibration.method == "none":
        return values
    if calibration.method == "temperature":
        return ops.softmax(_logs(values) * (1 / calibration.temperature))
    if spec.activation in HINGES:
        evidence = 2.0 * values[:, 1:] - 1.0
    else:
        logs = _logs(values)
        evidence = logs[:, 1:] - logs[:, :1]
    line = calibration.slope * evidence + calibration.intercept
    return ops.concatenate([ops.sigmoid(-line), ops.sigmoid(line)], axis=1)


def _logs(values: Any) -> Any:
    return ops.log(ops.clip(values, EPSILON, 1 - EPSILON))


def _place(values: Any, spec: TargetSpec, threshold: float) -> Any:
    if spec.task == "binary":
        above = values[:, 1:] > float(np.float32(threshold))
        return ops.cast(above, "int32") + 1
    return ops.cast(ops.top_k(values, 1)[1], "int32") + 1
