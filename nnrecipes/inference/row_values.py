"""One value of a row, as Python or JSON has it -> what the run takes; without pandas, as a server needs no more.

The rules are those of :mod:`nnrecipes.data.parse`.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from nnrecipes.data.dates import CYCLIC, FROM_ONE
from nnrecipes.data.patterns import ISO_DATE, NUMBER, plain_text

NAN = float("nan")
_NUMBER = re.compile(NUMBER)
_DATE = re.compile(ISO_DATE)


class MisfitError(ValueError):
    """A value that its column does not take; the message is what is expected."""


def to_number(value: Any) -> float:
    """Return a number, NaN where it is missing.

    Raises:
        MisfitError: It is no number.

    Example:
        >>> to_number(3), to_number("1e3"), to_number(None)
        (3.0, 1000.0, nan)
    """
    if type(value) is float:
        return value
    if type(value) is int:
        return _whole(value)
    if value is None:
        return NAN
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise MisfitError("a number")
        return float(value)
    if isinstance(value, bool | int) or hasattr(value, "__float__"):
        return _whole(value)
    raise MisfitError("a number")


def to_category(value: Any) -> str:
    """Return a category, an empty text where it is missing.

    Example:
        >>> to_category("Bonn"), to_category(3.0), to_category(None)
        ('Bonn', '3', '')
    """
    if type(value) is str:
        return plain_text(value) if value.endswith("0") and "." in value else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple | dict | set | bytes) or bool(getattr(value, "shape", None)):
        raise MisfitError("a text or a number")
    return plain_text(value)


def date_parts(value: Any, parts: Sequence[str]) -> list[float]:
    """Return the numbers that a date becomes, all NaN where it is missing.

    Raises:
        MisfitError: It is no ISO date.

    Example:
        >>> date_parts("2024-01-31", ["year", "day_of_week"])
        [2024.0, 2.0]
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return [NAN] * sum(2 if part in CYCLIC else 1 for part in parts)
    moment = _moment(value)
    plain = {"year": moment.year, "month": moment.month, "day": moment.day, "day_of_week": moment.weekday(),
             "day_of_year": moment.timetuple().tm_yday, "hour": moment.hour}  # fmt: skip
    found: list[float] = []
    for part in parts:
        if part not in CYCLIC:
            found.append(float(plain[part]))
            continue
        name, period = CYCLIC[part]
        angle = 2 * math.pi * (plain[name] - (1.0 if name in FROM_ONE else 0.0)) / period
        found += [math.sin(angle), math.cos(angle)]
    return found


def _whole(value: Any) -> float:
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        raise MisfitError("a number") from None


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif isinstance(value, str) and _DATE.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise MisfitError("an ISO date such as 2024-01-31 or 2024-01-31 12:00") from None
    else:
        raise MisfitError("an ISO date such as 2024-01-31 or 2024-01-31 12:00")
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment
