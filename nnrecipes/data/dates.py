"""Dates to numeric parts: year, month, day of week, ..., plain or on a circle.

A cyclic part of period ``p`` is two columns, ``sin(2 pi v / p)`` and ``cos(2 pi v / p)``, so that December lies beside
January: ``v`` counts from 0 and ``p`` is 12 (months), 7 (days of the week, Monday 0), 365.25 (days of the year) or
24 (hours).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CYCLIC = {"month_cyclic": ("month", 12.0), "day_of_week_cyclic": ("day_of_week", 7.0),
          "day_of_year_cyclic": ("day_of_year", 365.25), "hour_cyclic": ("hour", 24.0)}  # fmt: skip
FROM_ONE = {"month", "day_of_year"}


def part_names(column: str, parts: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that a date column becomes.

    Example:
        >>> part_names("sold", ["year", "month_cyclic"])
        ('sold_year', 'sold_month_sin', 'sold_month_cos')
    """
    names: list[str] = []
    for part in parts:
        if part in CYCLIC:
            names += [f"{column}_{CYCLIC[part][0]}_sin", f"{column}_{CYCLIC[part][0]}_cos"]
        else:
            names.append(f"{column}_{part}")
    return tuple(names)


def expand_dates(frame: pd.DataFrame, columns: Sequence[str], parts: Sequence[str]) -> pd.DataFrame:
    """Put the numeric parts of each date column in its place.

    Args:
        frame: Columns; those named in ``columns`` are datetime64.
        columns: The date columns.
        parts: ``year``, ``month``, ``day``, ``day_of_week``, ``day_of_year``, ``hour``, and ``month_cyclic`` etc.

    Returns:
        A new frame; parts are float64, NaN where the date is missing.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"day": pd.to_datetime(["2024-01-31", None]), "x": [1.0, 2.0]})
        >>> expand_dates(frame, ["day"], ["year", "day_of_week"])
           day_year  day_day_of_week    x
        0    2024.0              2.0  1.0
        1       NaN              NaN  2.0
    """
    import pandas as pd

    result: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name in columns:
            result.update(_parts(frame[name], name, parts))
        else:
            result[name] = frame[name]
    return pd.DataFrame(result, index=frame.index)


def _parts(dates: pd.Series, column: str, parts: Sequence[str]) -> dict[str, pd.Series]:
    import numpy as np

    found: dict[str, pd.Series] = {}
    for part in parts:
        plain, period = CYCLIC.get(part, (part, 0.0))
        value = getattr(dates.dt, plain).astype("float64")
        if part not in CYCLIC:
            found[f"{column}_{part}"] = value
            continue
        angle = 2 * np.pi * (value - (1.0 if plain in FROM_ONE else 0.0)) / period
        found[f"{column}_{plain}_sin"], found[f"{column}_{plain}_cos"] = np.sin(angle), np.cos(angle)
    return found
