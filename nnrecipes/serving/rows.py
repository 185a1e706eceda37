"""The body of a request -> columns of checked values, or all that is wrong with them.

A body is one row (an object) or many (a list of objects). Values are strict: a number is no string. ``null`` is a
missing value; of a category or a text ``""`` is, too. Keys that the model does not use are left alone, as columns of a
file are.
"""

import base64
import binascii
import datetime
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrecipes.inference.export.column import Column
from nnrecipes.serving.fields import LARGEST, expected
from nnrecipes.serving.pictures import check_picture
from nnrecipes.serving.problem import FieldProblem, RefusedError, nearest, shown

WHOLE = re.compile(r"([+-]?\d+)\.0+")
WORDY = ("category", "text")
"""Kinds of which an empty string is a missing value."""
OBJECTS = 100_000
"""That a body may hold at least, counting those in keys that the model does not use."""
ENOUGH = 100
"""Problems after which nobody reads on."""
JSON_EXAMPLE = "JSON: an object (one row) or a list of objects"
Check = Callable[[Any], Any]


@dataclass(frozen=True)
class Rows:
    """Checked rows.

    Args:
        values: A row a dict: field -> float, str, bytes of an image file, list of floats, or None.
        single: Whether the body was one row, whose answer is one object.
    """

    values: list[dict[str, Any]]
    single: bool = False

    def __len__(self) -> int:
        return len(self.values)


class MisfitError(Exception):
    """A value that is not what its field takes; the argument is what it must be instead."""


def read_json(body: bytes, *, most: int) -> Any:
    """Return what a body says.

    Args:
        body: Bytes of UTF-8.
        most: Objects that it may hold.

    Raises:
        RefusedError: It is no JSON, a key stands in it twice, or it has too many objects.
    """
    objects = 0

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        if objects > most:
            raise RefusedError(422, f"Expected at most {most:,} objects. Received: more.")
        found = dict(pairs)
        if len(found) < len(pairs):
            raise RefusedError(422, "A key stands in a row twice.", [FieldProblem(_twice(pairs), "one value", "two")])
        return found

    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=to_dict, parse_constant=_constant)
    except UnicodeDecodeError as error:
        received = f"a byte {body[error.start]:#04x} in place {error.start:,}"
        raise RefusedError(400, f"Expected {JSON_EXAMPLE}, in UTF-8. Received: {received}.") from None
    except RecursionError:
        raise RefusedError(400, f"Expected {JSON_EXAMPLE}. Received: JSON nested too deep.") from None
    except ValueError as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "a number of too many digits"
        raise RefusedError(400, f"Expected {JSON_EXAMPLE}. Received: {reason or 'nothing'}.") from None


def read_rows(body: bytes, fields: Sequence[Column], *, most: int) -> Rows:
    """Return the rows of a body.

    Args:
        body: The request's body.
        fields: The keys of a row.
        most: Rows that are taken.

    Raises:
        RefusedError: No JSON, no rows, too many, or values that do not fit; with all of them.

    Example:
        >>> read_rows(b'{"age": 7}', [Column("age", "number")], most=1)
        Rows(values=[{'age': 7.0}], single=True)
    """
    found = read_json(body, most=max(OBJECTS, 2 * most))
    single = isinstance(found, dict)
    rows = [found] if single else found
    if not isinstance(rows, list) or not rows:
        raise RefusedError(422, f"Expected {JSON_EXAMPLE}. Received: {shown(found)}.")
    if len(rows) > most:
        raise RefusedError(422, f"Expected at most {most:,} rows. Received: {len(rows):,}.")
    problems: list[FieldProblem] = []
    checks = [(field, CHECKS[field.kind]) for field in fields]
    values: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            problems.append(FieldProblem("", "an object", shown(row), place))
        else:
            values.append(_read_row(row, place, checks, problems))
        if len(problems) >= ENOUGH:
            break
    if problems:
        raise RefusedError(422, _title(problems), problems)
    return Rows(values, single)


def _read_row(
    row: Mapping[str, Any], place: int, checks: Sequence[tuple[Column, Check]], problems: list[FieldProblem]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, check in checks:
        name = field.name
        value = row.get(name)
        if value is None or (value == "" and field.kind in WORDY):
            if field.required or name not in row:
                problems.append(_absent(field, row, place, [each.name for each, _ in checks]))
            values[name] = None
            continue
        try:
            values[name] = check(value)
        except MisfitError as misfit:
            problems.append(FieldProblem(name, str(misfit) or expected(field), shown(value), place))
    return values


def _absent(field: Column, row: Mapping[str, Any], place: int, names: Sequence[str]) -> FieldProblem:
    if field.name in row:
        return FieldProblem(field.name, expected(field), shown(row[field.name]), place)
    spare = [name for name in row if name not in names]
    near = nearest(field.name, spare)
    if near:
        return FieldProblem(near, f"the key {field.name!r}, {expected(field)}", shown(near), place, field.name)
    return FieldProblem(field.name, expected(field), "no such key", place)


def _title(problems: Sequence[FieldProblem]) -> str:
    count = len(problems)
    return "One value does not fit the model." if count == 1 else f"{count} values do not fit the model."


def _twice(pairs: Sequence[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _constant(word: str) -> None:
    raise RefusedError(400, f"Expected JSON, in which null is a missing value. Received: {word}.")


def _number(value: Any) -> float:
    kind = type(value)
    if kind is int and -LARGEST <= value <= LARGEST:
        return float(value)
    if kind is not float and kind is not int:
        raise MisfitError
    if not -LARGEST <= value <= LARGEST:
        raise MisfitError(f"a number between {-LARGEST:g} and {LARGEST:g}")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MisfitError
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise MisfitError("a text of Unicode characters") from None
    if "\0" in value:
        raise MisfitError("a text without null characters")
    return value


def _category(value: Any) -> str:
    """A category as training read it: whole numbers without ``.0``, truth values as Python writes them."""
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, int | float):
        raise MisfitError
    if not isinstance(value, bool):
        _number(value)
    text = str(value)
    whole = WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _image(value: Any) -> bytes:
    if not isinstance(value, str):
        raise MisfitError
    content = value.partition(",")[2] if value.startswith("data:") else value
    try:
        found = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise MisfitError from None
    reason = check_picture(found)
    if reason:
        raise MisfitError(reason)
    return found


def _series(value: Any) -> list[float]:
    if not isinstance(value, list) or not value:
        raise MisfitError
    return [math.nan if step is None else _number(step) for step in value]


def _date(value: Any) -> str:
    text = _text(value)
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        raise MisfitError from None
    return text


CHECKS: dict[str, Check] = {
    "number": _number,
    "category": _category,
    "text": _text,
    "image": _image,
    "series": _series,
    "date": _date,
}
