"""Raw columns to guessed types, by a written rule. The first line that fits decides:

1. A type that the recipe declares.
2. No value at all: ``categorical``.
3. Arrays of one dimension: ``series``; others, and bytes: ``image``; datetime values, or only ISO dates
   (``2024-01-31``, ``2024-01-31 12:00``): ``date``.
4. Booleans, or only ``true`` and ``false``: ``categorical``.
5. Only whole numbers, no two equal, at least 20 rows and none missing, that fill a range without a gap, or rise from
   row to row and fill at least half of theirs: ``identifier``.
6. Numbers; or numbers in at least 90 % of the values, whose rest the parser then refuses by row: ``numeric``.
7. UUIDs: ``identifier``.
8. At least 20 values, no two equal, none with a blank, none above 40 characters: ``identifier``.
9. Strings with a blank in most of them, of which at least 90 % are distinct (at least 20 values), or that are 40
   characters long on average: ``text``.
10. ``categorical``.
"""  # noqa: D415

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnrecipes.config.data import ColumnType
from nnrecipes.data.parse import Decimal, as_numbers, as_text
from nnrecipes.data.patterns import ISO_DATE

FEW = 20
MOSTLY = 0.9
LONG = 40
UUID = r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?"


@dataclass(frozen=True)
class ColumnGuess:
    """A column's type and why.

    Args:
        type: ``numeric``, ``categorical``, ``date``, ``text``, ``identifier``, ``image`` or ``series``.
        reason: The line of the rule, in words.
        declared: Whether the recipe gave the type.
    """

    type: ColumnType
    reason: str
    declared: bool = False


def infer_types(
    frame: pd.DataFrame,
    declared: Mapping[str, ColumnType],
    skip: Collection[str] = (),
    *,
    decimal: Decimal = ".",
) -> dict[str, ColumnGuess]:
    """Guess the type of every column but those in ``skip``.

    Args:
        frame: Raw columns.
        declared: Column -> type, as the recipe says.
        skip: Columns that are no features: targets.
        decimal: The decimal mark of numbers that are written as text.

    Example:
        >>> frame = pd.DataFrame({"x": ["1", "2"], "day": ["2024-01-31", None]}, dtype=object)
        >>> {name: guess.type for name, guess in infer_types(frame, {"x": "categorical"}).items()}
        {'x': 'categorical', 'day': 'date'}
    """
    return {
        name: ColumnGuess(declared[name], "declared", declared=True)
        if name in declared
        else infer_type(frame[name], decimal=decimal)
        for name in frame.columns
        if name not in skip
    }


def infer_type(column: pd.Series, *, decimal: Decimal = ".") -> ColumnGuess:
    """Guess one column's type.

    Example:
        >>> infer_type(pd.Series(range(100, 150)))
        ColumnGuess(type='identifier', reason='50 whole numbers in sequence', declared=False)
    """
    values = column.dropna()
    if values.empty:
        return ColumnGuess("categorical", "no values")
    if isinstance(values.iloc[0], bytes):
        one_dimension = len(getattr(values.iloc[0], "shape", ())) == 1
        return ColumnGuess("series" if one_dimension else "image", repr(values.iloc[0])[:40])
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return ColumnGuess("date", "datetime values")
    if pd.api.types.is_bool_dtype(column.dtype):
        return ColumnGuess("categorical", "true and false")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _guess_numbers(column, as_numbers(column)[0])
    numbers, bad = as_numbers(column, decimal=decimal)
    if not bad.any():
        return _guess_numbers(column, numbers)
    text = pd.Series(as_text(values), dtype="str")
    if text.str.fullmatch(ISO_DATE[1:-1]).all():
        return ColumnGuess("date", "ISO dates")
    if text.str.casefold().isin(["true", "false"]).all():
        return ColumnGuess("categorical", "true and false")
    if bad.sum() <= (1 - MOSTLY) * len(values):
        return ColumnGuess("numeric", f"numbers, but for {int(bad.sum())} of {len(values)} values")
    return _guess_strings(text, share_of_numbers=1 - bad.sum() / len(values))


def _guess_numbers(column: pd.Series, numbers: np.ndarray) -> ColumnGuess:
    if column.isna().any() or len(numbers) < FEW or not np.isfinite(numbers).all():
        return ColumnGuess("numeric", "numbers")
    whole = (numbers == np.floor(numbers)).all()
    if whole and len(np.unique(numbers)) == len(numbers):
        span = numbers.max() - numbers.min() + 1
        rising = bool((np.diff(numbers) > 0).all())
        if span == len(numbers) or (rising and span <= 2 * len(numbers)):
            return ColumnGuess("identifier", f"{len(numbers):,} whole numbers in sequence")
    return ColumnGuess("numeric", "numbers")


def _guess_strings(text: pd.Series, *, share_of_numbers: float) -> ColumnGuess:
    distinct = text.nunique()
    if text.str.fullmatch(UUID).all():
        return ColumnGuess("identifier", "UUIDs")
    if (
        len(text) >= FEW
        and distinct == len(text)
        and not text.str.contains(r"\s").any()
        and text.str.len().max() <= LONG
    ):
        return ColumnGuess("identifier", f"{len(text):,} short codes, no two equal")
    if text.str.contains(r"\s").mean() > 0.5:
        if len(text) >= FEW and distinct >= MOSTLY * len(text):
            return ColumnGuess("text", f"{distinct:,} distinct strings with blanks in {len(text):,} values")
        if text.str.len().mean() > LONG:
            return ColumnGuess("text", f"{text.str.len().mean():.0f} characters on average")
    mixed = f", {share_of_numbers:.0%} of the values are numbers" if share_of_numbers >= 0.5 else ""
    return ColumnGuess("categorical", f"{distinct:,} distinct strings{mixed}")
