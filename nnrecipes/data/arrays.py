"""What users hand over in Python to one DataFrame: a DataFrame, a mapping of columns, or ``(X, y)``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.cells import as_cell, as_cells
from nnrecipes.data.header import clean_names
from nnrecipes.errors import DataError

EXPECTED = "a pandas DataFrame, a mapping of columns, or (X, y)"


def as_frame(data: object, target: Sequence[str] = ()) -> pd.DataFrame:
    """Copy rows into one DataFrame with a fresh ``RangeIndex``.

    Args:
        data: A DataFrame; a mapping of columns; or ``(X, y)``, each a DataFrame or an array. Columns of an array X are
            called ``x0``, ``x1``, ...; an array X of more dimensions is one column ``x`` of arrays; the columns of y
            take the names in ``target``. A column may hold arrays, lists of numbers or Pillow images.
        target: The names of the targets' columns.

    Raises:
        DataError: Anything else, columns of different lengths, or columns of more than one value a row.

    Example:
        >>> as_frame((np.zeros((2, 2)), np.array([0, 1])), ["label"]).columns.tolist()
        ['x0', 'x1', 'label']
    """
    if isinstance(data, pd.DataFrame):
        frame = _plain(data)
    elif isinstance(data, Mapping):
        frame = _frame_of_columns(data)
    elif isinstance(data, tuple) and len(data) == 2:
        frame = _frame_of_pair(data[0], data[1], target)
    else:
        raise DataError(f"data: expected {EXPECTED}. Received: {type(data).__name__}.")
    frame.columns = pd.Index(clean_names("data", frame.columns.tolist()))
    for name in frame.columns:
        if frame[name].dtype == object and frame[name].map(_is_nested).any():
            frame[name] = pd.Series(frame[name].map(as_cell), frame.index, dtype=object)
    nested = [name for name in frame.columns if frame[name].dtype == object and frame[name].map(_is_nested).any()]
    if nested:
        raise DataError([f"data: column {name!r}: expected one value a row. Received: lists or records."
                         for name in nested])  # fmt: skip
    return frame


def _is_nested(value: object) -> bool:
    return isinstance(value, list | tuple | dict | set | np.ndarray) or hasattr(value, "getbands")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.columns.nlevels > 1:
        raise DataError("data: expected one level of column names. Received: a MultiIndex.")
    return frame.reset_index(drop=True).copy()


def _frame_of_columns(columns: Mapping[Any, Any]) -> pd.DataFrame:
    lengths, arrays = {}, {}
    for name, values in columns.items():
        array = values if isinstance(values, pd.Series) else _column(values)
        if array.ndim == 0:
            raise DataError(f"data: column {name!r}: expected one value a row. Received: shape {array.shape}.")
        lengths[name] = len(array)
        arrays[name] = as_cells(array) if array.ndim > 1 else array
    if len(set(lengths.values())) > 1:
        raise DataError(f"data: expected columns of one length. Received: {lengths}.")
    series = {name: values.reset_index(drop=True) if isinstance(values, pd.Series) else values
              for name, values in arrays.items()}  # fmt: skip
    return pd.DataFrame(series).copy()


def _column(values: Any) -> Any:
    """An array; of rows of unequal length, one of objects."""
    try:
        return np.asarray(values)
    except ValueError:
        column = np.empty(len(values), dtype=object)
        column[:] = list(values)
        return column


def _frame_of_pair(x: object, y: object, target: Sequence[str]) -> pd.DataFrame:
    features = _plain(x) if isinstance(x, pd.DataFrame) else _matrix("X", x)
    if isinstance(x, np.ndarray) and x.ndim > 2:
        features.columns = pd.Index(["x"])
    elif not isinstance(x, pd.DataFrame):
        features.columns = pd.Index([f"x{i}" for i in range(features.shape[1])])
    labels = _plain(y) if isinstance(y, pd.DataFrame) else _matrix("y", y)
    if labels.shape[1] != len(target):
        raise DataError(f"data: y: expected {len(target)} columns, for {', '.join(target) or 'no target'}. "
                        f"Received: {labels.shape[1]}.")  # fmt: skip
    if len(features) != len(labels):
        raise DataError(f"data: expected as many rows in X as in y. Received: {len(features)} and {len(labels)}.")
    labels.columns = pd.Index(list(target))
    return pd.concat([features, labels], axis=1)


def _matrix(name: str, values: object) -> pd.DataFrame:
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True).to_frame()
    array = np.asarray(values)
    if array.ndim in (3, 4) and name == "X":
        return pd.DataFrame({"x": as_cells(array)})
    if array.ndim not in (1, 2):
        raise DataError(f"data: {name}: expected rows, or rows and columns. Received: shape {array.shape}.")
    return pd.DataFrame(array.reshape(len(array), -1).copy())
