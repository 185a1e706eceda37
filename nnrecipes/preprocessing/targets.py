"""A target's columns -> its truth, and the labels that the loss takes; what they mean is learnt from training rows."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.encoding import Goal
from nnrecipes.preprocessing.labels import (
    SHOWN,
    class_index,
    encode_labels,
    fit_classes,
    identity_index,
    row_list,
)
from nnrecipes.preprocessing.plans import TargetPlan
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale


@dataclass(frozen=True, eq=False)
class TargetColumn:
    """What one target learnt.

    Args:
        spec: Its output, activation, labels and classes.
        columns: Its columns in the table.
        scaler: Of a regression target, the scale of the labels.
    """

    spec: TargetSpec
    columns: tuple[str, ...]
    scaler: Scaler

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings, numbers and arrays."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "TargetColumn":
        """Return the target that :meth:`to_dict` described."""
        tuples = ("classes", "quantiles", "limits")
        spec: dict[str, Any] = {key: tuple(v) if key in tuples else v for key, v in state["spec"].items()}
        return cls(TargetSpec(**spec), tuple(state["columns"]), Scaler.from_dict(state["scaler"]))


def fit_target(frame: pd.DataFrame, plan: TargetPlan) -> TargetColumn:
    """Learn a target from its training rows: the classes, or the scale.

    Args:
        frame: Training rows.
        plan: What the target is.

    Raises:
        DataError: Rows without a value, a class too few, or more than two classes of a binary target.
    """
    columns = plan.columns or (plan.name,)
    if plan.task == "regression":
        numbers = _numbers(frame, columns)[:, 0]
        return fitted_target(plan, (), fit_scaler(numbers, plan.scale), (numbers.min(), numbers.max()))
    classes = columns if plan.task == "multilabel" else target_classes(frame[columns[0]], plan)
    return fitted_target(plan, classes)


def target_classes(values: Iterable[Any], plan: TargetPlan) -> tuple[str, ...]:
    """Return the classes of a target in order, from the class of each row or from the names of all.

    Raises:
        DataError: A class too few, or more than two classes of a binary target.
    """
    classes = fit_classes(values, positive=plan.positive, where=f"targets.{plan.name}")
    if plan.task == "binary" and len(classes) != 2:
        raise DataError(f"targets.{plan.name}: expected two classes among the training rows (task: binary). "
                        f"Received: {len(classes)}: {', '.join(classes[:20])}.")  # fmt: skip
    return classes


def fitted_target(
    plan: TargetPlan, classes: tuple[str, ...], scaler: Scaler | None = None, ends: tuple[float, ...] = ()
) -> TargetColumn:
    """Return the target that has these classes, or this scale and these least and greatest numbers."""
    columns, scaler = plan.columns or (plan.name,), scaler or Scaler()
    limits: tuple[float, ...] = ()
    if plan.labels == "value":
        limits = tuple(scale(np.array(ends), scaler).astype(np.float32).tolist())
    units = len(plan.quantiles) or 1 if plan.labels in {"value", "binary"} else len(classes)
    if plan.task == "identity":
        units = 0
    spec = TargetSpec(plan.name, plan.output, plan.task, plan.activation, plan.labels, classes, units, plan.quantiles,
                      limits)  # fmt: skip
    return TargetColumn(spec, columns, scaler)


def target_truth(frame: pd.DataFrame, target: TargetColumn) -> Array:
    """Return what the rows really are.

    Returns:
        float64 ``(rows,)`` in the target's own unit; int64 ``(rows,)`` class numbers, of an identity that no training
        row has one behind theirs; of a multilabel target 0/1 int64 ``(rows, labels)``.

    Raises:
        DataError: The columns are absent, rows have no value, or a class that no training row has.
    """
    absent = [name for name in target.columns if name not in frame.columns]
    if absent:
        raise DataError([f"expected the target column {name!r}. Received: rows without it." for name in absent])
    if target.spec.task == "regression":
        return _numbers(frame, target.columns)[:, 0]
    if target.spec.task == "identity":
        return identity_index(frame[target.columns[0]], target.spec.classes, where=f"targets.{target.spec.name}")
    if target.spec.task != "multilabel":
        return class_index(frame[target.columns[0]], target.spec.classes, where=f"targets.{target.spec.name}")
    marks = _numbers(frame, target.columns)
    if not np.isin(marks, (0.0, 1.0)).all():
        strange = np.unique(marks[~np.isin(marks, (0.0, 1.0))])[:SHOWN].tolist()
        raise DataError(f"targets.{target.spec.name}: expected 0 or 1 in each label's column. Received: {strange}.")
    return marks.astype(np.int64)


def target_labels(truth: Array, target: TargetColumn) -> Array:
    """Return the truth in the form that the loss takes: scaled, or class numbers encoded."""
    if target.spec.labels == "value":
        return scale(truth, target.scaler).astype(np.float32).reshape(-1, 1)
    if target.spec.labels == "multi_hot":
        return truth.astype(np.float32)
    return encode_labels(truth, target.spec.labels, len(target.spec.classes))


def encoding_goal(truth: Array, target: TargetColumn) -> Goal:
    """Return what target encoding averages: the number, the positive class, or one column a class."""
    spec = target.spec
    if spec.task == "regression":
        return Goal(truth.reshape(-1, 1))
    if spec.task == "binary":
        return Goal(truth.astype(np.float64).reshape(-1, 1), strata=truth)
    if spec.task == "multilabel":
        return Goal(truth.astype(np.float64), spec.classes)
    return Goal(np.eye(len(spec.classes))[truth], spec.classes, strata=truth)


def _numbers(frame: pd.DataFrame, columns: tuple[str, ...]) -> Array:
    values = frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
    for i, name in enumerate(columns):
        gaps = np.flatnonzero(~np.isfinite(values[:, i]))
        if len(gaps):
            where = row_list(frame.index[gaps])
            raise DataError(f"column {name!r}: expected a number in each row of a target. Received: none in {where}.")
    return values
