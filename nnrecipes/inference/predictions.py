"""Decoded outputs of the network -> a table of named answers, a row for a row."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, DataSpec, TargetSpec
from nnrecipes.evaluation.quantiles import point_of


def prediction_frame(
    spec: DataSpec, decoded: Mapping[str, Array], thresholds: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Return the answers as columns.

    Args:
        spec: The data spec of the run.
        decoded: Target -> values ``(rows,)`` or probabilities ``(rows, classes)``.
        thresholds: Binary target -> the probability above which a row is positive, 0.5 by default.

    Returns:
        For regression the target's column in its own unit (with quantiles the one nearest to the median, and
        ``<target>_quantile_0.05``, ... beside it); for classes the name of the most probable one (of two
        classes the second where it is above the threshold) and ``<target>_probability_<class>``; for labels
        ``<target>_<label>`` (0 or 1) and ``<target>_probability_<label>``; for an identity the vector,
        ``<target>_embedding_1``, ...
    """
    columns: dict[str, Array] = {}
    for target in spec.targets:
        columns |= _columns(target, decoded[target.name], (thresholds or {}).get(target.name, 0.5))
    return pd.DataFrame(columns)


def _columns(target: TargetSpec, values: Array, threshold: float) -> dict[str, Array]:
    if target.quantiles:
        levels = {f"{target.name}_quantile_{level:g}": values[:, i] for i, level in enumerate(target.quantiles)}
        return {target.name: point_of(target, values), **levels}
    if target.task == "regression":
        return {target.name: values}
    if target.task == "identity":
        return {f"{target.name}_embedding_{i + 1}": values[:, i] for i in range(values.shape[1])}
    probabilities = {f"{target.name}_probability_{name}": values[:, i] for i, name in enumerate(target.classes)}
    if target.task == "multilabel":
        labels = {f"{target.name}_{name}": (values[:, i] > 0.5).astype(int) for i, name in enumerate(target.classes)}
        return labels | probabilities
    if len(values) == 0:
        return {target.name: np.array([], dtype=object)} | probabilities
    chosen = (values[:, 1] > threshold).astype(int) if target.task == "binary" else values.argmax(axis=1)
    return {target.name: np.array(target.classes, dtype=object)[chosen]} | probabilities
