"""A run with targets and probe rows -> what a file of it has to answer."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.inference.export.names import WITH_CLASS
from nnrecipes.inference.export.parity import Expected
from nnrecipes.preprocessing.scaling import Scaler

if TYPE_CHECKING:
    from nnrecipes.inference.run import Run


def expected_answers(run: "Run", frame: pd.DataFrame) -> dict[str, Expected]:
    """Return target -> what the run says, by TensorFlow and the preprocessor.

    Args:
        run: The run.
        frame: Features, as the run's schema prepares them.
    """
    decided, answered = run.decided(frame)
    found = {}
    for target in run.spec.targets:
        values = _in_place(np.asarray(decided[target.name], np.float64), answered)
        labels, margin = _labels(target, values, run.decisions[target.name].threshold.value)
        scaler = run.preprocessor.targets_[target.name].scaler
        unit = spread(scaler) if target.task == "regression" else None
        found[target.name] = Expected(values, unit, labels, margin)
    return found


def spread(scaler: Scaler) -> float:
    """Return one standard deviation, or what a scaler takes for it, in the unit of the numbers.

    Of a logarithm it is that factor of the middle number: ``exp(mean) * sd``.
    """
    if scaler.kind == "minmax":
        return 1 / scaler.factor
    if scaler.kind == "log":
        return float(np.exp(scaler.offset) * scaler.factor)
    return scaler.factor


def _in_place(values: Array, answered: Array) -> Array:
    wide = values.reshape(len(values), -1)
    whole = np.full((len(answered), wide.shape[1]), np.nan)
    whole[answered] = wide
    return whole


def _labels(target: TargetSpec, values: Array, threshold: float) -> tuple[Array | None, Array | None]:
    if target.task not in WITH_CLASS:
        return None, None
    there = ~np.isnan(values[:, 0])
    ranked = np.sort(np.nan_to_num(values), axis=1)
    if target.task == "binary":
        chosen, margin = (values[:, 1] > threshold).astype(int), np.abs(values[:, 1] - threshold)
    else:
        chosen, margin = np.nan_to_num(values).argmax(axis=1), ranked[:, -1] - ranked[:, -2]
    names = np.array(target.classes, dtype=object)[chosen]
    names[~there] = ""
    return names, np.nan_to_num(margin, nan=1.0)
