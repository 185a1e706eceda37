"""Rows of three sets -> the same without anomalies among those that train and validate, by the label's classes.

Classes that are numbers are compared as numbers: ``1`` is the class that a file writes as ``1.0000000e+00``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.splits import RowSplit
from nnrecipes.errors import DataError, did_you_mean


def only_normal(config: RecipeConfig, frame: pd.DataFrame, split: RowSplit) -> tuple[RowSplit, list[str]]:
    """Return the split whose training and validation rows are normal, and a notice that counts the others.

    Raises:
        DataError: A class that no row has.
    """
    normal = config.reconstruction.normal if config.reconstruction else ()
    if not normal:
        return split, []
    label = next(iter(config.targets))
    _check_classes(normal, frame[label])
    kept = pd.Series(~is_anomaly(frame[label], normal), frame.index)
    parts = {name: rows[kept.loc[pd.Index(rows)].to_numpy()]
             for name, rows in (("train", split.train), ("validation", split.validation))}  # fmt: skip
    left = {name: len(getattr(split, name)) - len(rows) for name, rows in parts.items()}
    if not len(parts["train"]):
        raise DataError(f"reconstruction.normal: expected normal rows in the training set. Received: none of {normal}.")
    notice = (f"{left['train']:,} training and {left['validation']:,} validation rows are left out: their {label} is "
              f"not normal ({', '.join(normal)}). Test rows stay as they are.")  # fmt: skip
    return replace(split, **parts), [notice] if any(left.values()) else []


def is_anomaly(labels: Iterable[object], normal: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which labels are of no normal class, bool ``(rows,)``.

    Example:
        >>> is_anomaly(["1.0e+00", "2", "x"], ["1", "x"]).tolist()
        [False, True, False]
    """
    known = {_plain(name) for name in normal}
    return np.array([_plain(label) not in known for label in labels], dtype=bool)


def _plain(label: object) -> str:
    """A class as text, of a number always the same one."""
    try:
        return f"{float(str(label)):.12g}"
    except ValueError:
        return str(label)


def _check_classes(normal: Sequence[str], labels: pd.Series) -> None:
    known = sorted({_plain(label) for label in labels.unique()})
    for i, name in enumerate(normal):
        if _plain(name) not in known:
            raise DataError(f"reconstruction.normal.{i}: expected a class of {labels.name}: {', '.join(known[:20])}. "
                            f"Received: {name!r}.{did_you_mean(name, known)}")  # fmt: skip
