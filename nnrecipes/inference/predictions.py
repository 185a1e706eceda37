"""Decoded outputs of the network -> a table of named answers, a row for a row."""

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, DataSpec, TargetSpec


def prediction_frame(spec: DataSpec, decoded: dict[str, Array]) -> pd.DataFrame:
    """Return the answers as columns.

    Args:
        spec: The data spec of the run.
        decoded: Target -> values ``(rows,)`` or probabilities ``(rows, classes)``.

    Returns:
        For regression the target's column in its own unit; for classes the name of the most probable one and
        ``<target>_probability_<class>``; for labels ``<target>_<label>`` (0 or 1) and ``<target>_probability_<label>``.
    """
    columns: dict[str, Array] = {}
    for target in spec.targets:
        columns |= _columns(target, decoded[target.name])
    return pd.DataFrame(columns)


def _columns(target: TargetSpec, values: Array) -> dict[str, Array]:
    if target.task == "regression":
        return {target.name: values}
    probabilities = {f"{target.name}_probability_{name}": values[:, i] for i, name in enumerate(target.classes)}
    if target.task == "multilabel":
        labels = {f"{target.name}_{name}": (values[:, i] >= 0.5).astype(int) for i, name in enumerate(target.classes)}
        return labels | probabilities
    names = np.array(target.classes, dtype=object)[values.argmax(axis=1)] if len(values) else np.array([], dtype=object)
    return {target.name: names} | probabilities
