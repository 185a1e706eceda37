"""Raw columns to typed ones: numbers, categories, dates and text; or one error that names every misfit value.

Numbers are decimal, with an optional exponent (``-1.5e3``), or infinite, which is refused. Categories are strings: a
whole number is written without ``.0``, so that ``3`` and ``3.0`` (integers that once stood beside a missing value) are
one category.
Dates are ISO 8601; an offset is turned into UTC.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nnrecipes.config.data import ColumnType
from nnrecipes.data.media import as_images, as_series
from nnrecipes.data.patterns import ISO_DATE, NUMBER, plain_text
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Decimal = Literal[".", ","]


def parse_columns(
    table: Table,
    types: Mapping[str, ColumnType],
    *,
    decimal: Decimal = ".",
    folders: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Give each column its type.

    Args:
        table: Raw columns.
        types: Column -> type; only these columns are returned, in this order.
        decimal: The decimal mark of numbers that are written as text.
        folders: Column of images -> the folder or zip archive that its paths are relative to.

    Returns:
        float64 for ``numeric`` (NaN where missing), datetime64 for ``date``, objects for ``image`` (references) and
        ``series`` (arrays; float64 where each value is one number), objects of ``str`` or ``None`` for the others.

    Raises:
        DataError: Text in a numeric column, infinite numbers, values that are no dates: all of them, with their rows.

    Example:
        >>> table = Table(pd.DataFrame({"age": ["1", "x"], "town": ["Bonn", None]}), "a.csv", first_line=2)
        >>> parse_columns(table, {"age": "categorical", "town": "categorical"})["age"].tolist()
        ['1', 'x']
        >>> parse_columns(table, {"age": "numeric"})
        Traceback (most recent call last):
        nnrecipes.errors.DataError: a.csv: column 'age': expected numbers. Received: 'x' in row 1 (line 3). Declare ...
    """
    columns: dict[str, Values] = {}
    problems: list[str] = []
    for name, kind in types.items():
        raw = table.frame[name]
        if kind == "numeric":
            columns[name], bad = as_numbers(raw, decimal=decimal)
            problems += _number_problems(table, name, columns[name], bad)
        elif kind == "date":
            columns[name], bad = as_dates(raw)
            if bad.any():
                advice = "Declare it categorical under data.columns, or list it under data.ignore."
                expected = "ISO dates such as 2024-01-31 or 2024-01-31 12:00"
                problems.append(_problem(table, name, expected, np.flatnonzero(bad), advice))
        elif kind == "image":
            columns[name], found = as_images(table, name, folders.get(name))
            problems += found
        elif kind == "series":
            columns[name], found = _series(table, name, decimal)
            problems += found
        else:
            columns[name] = as_text(raw)
    if problems:
        raise DataError(problems)
    series = {name: pd.Series(values, table.frame.index, dtype=values.dtype) for name, values in columns.items()}
    return pd.DataFrame(series, index=table.frame.index)


def _series(table: Table, name: str, decimal: Decimal) -> tuple[Values, list[str]]:
    """One step a row, as numbers; or all steps of a row in each cell."""
    raw = table.frame[name]
    if not raw.map(lambda value: isinstance(value, bytes)).any():
        numbers, bad = as_numbers(raw, decimal=decimal)
        if not bad.any():
            return numbers, _number_problems(table, name, numbers, bad)
    return as_series(table, name, decimal=decimal)


def _number_problems(table: Table, name: str, values: Values, bad: Mask) -> list[str]:
    problems = []
    if bad.any():
        advice = "Declare it categorical under data.columns, or add the token to data.source.missing_values."
        problems.append(_problem(table, name, "numbers", np.flatnonzero(bad), advice))
    infinite = np.isinf(values)
    if infinite.any():
        problems.append(_problem(table, name, "finite numbers", np.flatnonzero(infinite), "Mark them as missing."))
    return problems


def _problem(table: Table, name: str, expected: str, rows: Values, advice: str) -> str:
    received = table.where(rows, table.frame[name].iloc[rows[:5]])
    return f"{table.origin}: column {name!r}: expected {expected}. Received: {received}. {advice}"


def as_numbers(raw: pd.Series, *, decimal: Decimal = ".") -> tuple[npt.NDArray[np.float64], Mask]:
    """Return float64 values (NaN where missing or not a number) and the mask of values that are not numbers."""
    if pd.api.types.is_numeric_dtype(raw.dtype) and raw.dtype.kind != "c":
        return raw.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(raw), dtype=bool)
    text = _arrow_text(raw)
    if decimal == ",":
        text = pc.if_else(
            pc.match_substring(text, "."), pa.scalar("?", text.type), pc.replace_substring(text, ",", ".")
        )
    good = np.asarray(pc.fill_null(pc.match_substring_regex(text, NUMBER), False))
    values = np.full(len(raw), np.nan)
    values[good] = _floats(text.filter(pa.array(good)))
    return values, ~good & np.asarray(text.is_valid())


def _floats(text: Any) -> npt.NDArray[np.float64]:
    try:
        numbers: Any = pc.cast(pc.utf8_trim_whitespace(text), pa.float64())
    except pa.ArrowInvalid:  # a leading plus, or "1."
        numbers = [float(value) for value in text.to_pylist()]
    return np.asarray(numbers, dtype=np.float64)


def as_dates(raw: pd.Series) -> tuple[Values, Mask]:
    """Return datetime64 values (NaT where missing or not a date) and the mask of values that are not dates."""
    missing = raw.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(raw.dtype) and not isinstance(raw.dtype, pd.ArrowDtype):
        plain = raw.dt.tz_convert("UTC").dt.tz_localize(None) if raw.dt.tz is not None else raw
        return plain.to_numpy(), np.zeros(len(raw), dtype=bool)
    text = _arrow_text(raw)
    good = np.asarray(pc.fill_null(pc.match_substring_regex(text, ISO_DATE), False))
    strings = pd.Series(text.to_pylist(), dtype=object).where(good, None)
    dates = pd.to_datetime(strings, format="ISO8601", errors="coerce", utc=True)
    return dates.dt.tz_localize(None).to_numpy(), dates.isna().to_numpy() & ~missing


def as_text(raw: pd.Series) -> Values:
    """Return objects of ``str``, ``None`` where missing; a whole number has no ``.0``.

    Example:
        >>> as_text(pd.Series([3.0, None, 2.5])).tolist(), as_text(pd.Series(["3.0", "1.10"])).tolist()
        (['3', None, '2.5'], ['3', '1.10'])
    """
    codes, levels = pd.factorize(raw)
    texts = np.empty(len(levels) + 1, dtype=object)
    for i, level in enumerate(levels.tolist() if hasattr(levels, "tolist") else list(levels)):
        texts[i] = plain_text(level)
    texts[-1] = None
    found: Values = texts[codes]
    return found


def _arrow_text(raw: pd.Series) -> Any:
    missing = raw.isna().to_numpy()
    if raw.dtype == object:
        try:
            return pa.array(raw.to_numpy(), pa.large_string(), mask=missing)
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            pass
    values = [None if gone else value if isinstance(value, str) else plain_text(value)
              for value, gone in zip(raw.tolist(), missing, strict=True)]  # fmt: skip
    return pa.array(values, pa.large_string())
