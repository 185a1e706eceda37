"""Series in columns -> scaled steps and a channel that says where there is one.

Numeric columns are the steps of one channel; columns of arrays are a channel each. The scale of each channel is that
of all steps of the training rows. Missing numbers become 0 after scaling; a step without any number is no step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.preprocessing import Scale
from nnrecipes.data.cells import ArrayCell
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.scaling import Scaler, fit_scaler, scale


@dataclass(frozen=True, eq=False)
class SeriesState:
    """What a series input learnt.

    Args:
        layout: ``steps`` where a column is a step, ``channels`` where a column is a channel.
        length: Steps a row.
        scalers: The scale of each channel.
    """

    layout: str
    length: int
    scalers: tuple[Scaler, ...]

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "SeriesState":
        """Return the state whose fields ``state`` holds."""
        return cls(state["layout"], state["length"], tuple(map(Scaler.from_dict, state["scalers"])))


def fit_series(
    frame: pd.DataFrame, *, length: int | None = None, scale: Scale = "standard", where: str = "input"
) -> SeriesState:
    """Learn the length and the scale from the training rows.

    Args:
        frame: Columns of numbers, or of arrays.
        length: Steps a row; those of the longest training row by default.
        scale: Which scaler.
        where: The input's name, for error messages.

    Raises:
        DataError: Some columns hold numbers and others arrays, or a channel has no number.

    Example:
        >>> state = fit_series(pd.DataFrame({"t0": [1.0, 3.0], "t1": [3.0, 1.0]}))
        >>> encode_series(pd.DataFrame({"t0": [3.0], "t1": [np.nan]}), state).tolist()
        [[[1.0, 1.0], [0.0, 0.0]]]
    """
    arrays = [name for name in frame.columns if frame[name].dtype == object]
    numbers = [name for name in frame.columns if name not in arrays and frame[name].notna().any()]
    if arrays and numbers:
        expected = "columns of one number a row (steps), or of many (channels)"
        raise DataError(f"{where}: expected {expected}. Received: {numbers[0]!r} and {arrays[0]!r}.")
    layout = "channels" if arrays else "steps"
    values = _steps(frame, layout, length)
    empty = np.flatnonzero(np.isnan(values).all(axis=(0, 1))) if values.size else np.arange(1)
    if len(empty):
        name = frame.columns[empty[0]]
        raise DataError(f"{where}: expected numbers among the training rows of {name!r}. Received: none.")
    channels = np.moveaxis(values, 2, 0)
    return SeriesState(layout, values.shape[1], tuple(fit_scaler(c[~np.isnan(c)], scale) for c in channels))


def encode_series(frame: pd.DataFrame, state: SeriesState) -> Array:
    """Return float32 ``(rows, length, channels + 1)``; what is longer than training's rows is cut at its end.

    Raises:
        DataError: The columns hold arrays where training had numbers, or the other way round.
    """
    values = _steps(frame, state.layout, state.length)
    present = ~np.isnan(values)
    encoded = np.zeros((len(frame), state.length, values.shape[2] + 1), dtype=np.float32)
    for channel, scaler in enumerate(state.scalers):
        numbers = values[:, :, channel]
        encoded[:, :, channel] = np.where(present[:, :, channel], scale(np.nan_to_num(numbers), scaler), 0.0)
    encoded[:, :, -1] = present.any(axis=2)
    return encoded


def _steps(frame: pd.DataFrame, layout: str, length: int | None) -> Array:
    """float64 ``(rows, steps, channels)``, NaN where there is no number."""
    if layout == "steps":
        wrong = [name for name in frame.columns if frame[name].dtype == object and frame[name].notna().any()]
        if wrong:
            raise DataError(f"column {wrong[0]!r}: expected one number a row, a step. Received: several.")
        numbers = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        steps = np.full((len(frame), length or numbers.shape[1], 1), np.nan)
        width = min(steps.shape[1], numbers.shape[1])
        steps[:, :width, 0] = numbers[:, :width]
        return steps
    cells = [[_cell(value, name) for value in frame[name]] for name in frame.columns]
    longest = max((len(cell) for channel in cells for cell in channel), default=0)
    steps = np.full((len(frame), length or longest, len(cells)), np.nan)
    for channel, column in enumerate(cells):
        for row, cell in enumerate(column):
            steps[row, : len(cell), channel] = cell[: steps.shape[1]]
    return steps


def _cell(value: object, name: object) -> Array:
    if isinstance(value, ArrayCell):
        return value.array
    if pd.isna(value):  # type: ignore[call-overload]
        return np.empty(0)
    if isinstance(value, int | float):
        return np.array([float(value)])
    raise DataError(f"column {name!r}: expected many numbers a row, a channel. Received: {value!r}.")
