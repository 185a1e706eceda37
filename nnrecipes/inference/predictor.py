"""Rows as dicts -> answers as dicts, by onnxruntime and without TensorFlow, Keras or pandas.

A predictor answers what :meth:`nnrecipes.inference.run.Run.predict` answers for the same rows, under the same names.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnrecipes.errors import DataError, nearest
from nnrecipes.inference.emitters import Emit, emitters
from nnrecipes.inference.export.names import CODES, NUMBERS
from nnrecipes.inference.row_values import MisfitError, date_parts, to_category, to_number

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Row = Mapping[str, Any]
Answer = dict[str, Any]


class Problem(NamedTuple):
    """What is wrong with one value of a row."""

    row: int
    field: str
    expected: str
    received: str


class RowError(DataError):
    """Rows that a run does not take.

    Args:
        problems: All of them.
        several: Whether they are of several rows, so that the row is told.
    """

    def __init__(self, problems: Sequence[Problem], *, several: bool = True) -> None:
        self.items = list(problems)
        rows = [f"row {item.row}: " if several else "" for item in self.items]
        super().__init__([f"{row}{item.field}: expected {item.expected}. Received: {item.received}."
                          for row, item in zip(rows, self.items, strict=True)])  # fmt: skip


class Predictor:
    """Answers rows.

    Args:
        schema: As :mod:`nnrecipes.inference.export.schema` describes it.
        answer: Arrays by name -> answers by name: a session of onnxruntime, or TensorFlow.
        backend: ``onnxruntime`` or ``tensorflow``.
        media: Rows -> the arrays of images, texts and series; None where the run has none.

    Attributes:
        schema: What rows and answers are.
        backend: What computes.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        answer: Callable[[Arrays], Arrays],
        *,
        backend: str = "onnxruntime",
        media: Callable[[Sequence[Row]], Arrays] | None = None,
    ) -> None:
        self.schema = schema
        self.backend = backend
        self._answer = answer
        self._media = media
        self._names = [column["name"] for column in schema["columns"]]
        packed = schema["packed"]
        source = {feature: column for column in schema["columns"] for feature in column["inputs"]}
        self._dates = [column for column in schema["columns"] if column["type"] == "date"]
        self._numbers: list[str] = packed.get(NUMBERS, [])
        self._plain = all(source[name]["type"] != "date" for name in self._numbers)
        self._codes: list[str] = packed.get(CODES, [])
        policies = {item["name"]: item["missing"] for item in schema["inputs"]}
        self._refused = {name for name, policy in policies.items() if policy == "refuse"}
        self._sources = {name: column["name"] for name, column in source.items()}
        self._emit: list[Emit] = emitters(schema["outputs"])

    def predict_one(self, row: Row) -> Answer:
        """Return the named answers of one row: ``species``, ``species_probability_setosa``, ...

        Args:
            row: Column -> value; None stands for a missing one. Other keys are ignored.

        Returns:
            Plain Python values; all None where the row cannot be answered (a gap in a column of ``missing: drop``).

        Raises:
            RowError: Columns are absent, or hold what they cannot hold.
        """
        return self._predict([row], several=False)[0]

    def predict_rows(self, rows: Sequence[Row]) -> list[Answer]:
        """Return the same for many rows, in their order."""
        return self._predict(rows, several=True) if rows else []

    def predict_arrays(self, arrays: Arrays) -> Arrays:
        """Return answers by name as arrays ``(rows, width)``, of arrays by name as the file takes them."""
        return self._answer(arrays)

    def _predict(self, rows: Sequence[Row], *, several: bool) -> list[Answer]:
        try:
            arrays = self._arrays(rows)
        except (KeyError, MisfitError, TypeError, AttributeError):
            raise RowError(self._problems(rows), several=several) from None
        found = {name: values.tolist() for name, values in self._answer(arrays).items()}
        answers = [{} for _ in rows]  # type: list[Answer]
        for emit in self._emit:
            emit(found, answers)
        return answers

    def _arrays(self, rows: Sequence[Row]) -> Arrays:
        """All rows as arrays; any error at all is looked into by :meth:`_problems`."""
        arrays: Arrays = {} if self._media is None else self._media(rows)
        if self._numbers:
            if self._plain:
                table = np.array([[to_number(row[name]) for name in self._numbers] for row in rows])
            else:
                table = np.array([self._with_dates(row) for row in rows])
            if not np.isfinite(table).all():
                self._look_at_gaps(table)
            arrays[NUMBERS] = table
        if self._codes:
            texts = [[to_category(row[name]) for name in self._codes] for row in rows]
            if self._refused and any("" in row for row in texts):
                self._refuse_empty(texts)
            arrays[CODES] = np.array(texts, dtype=object)
        return arrays

    def _with_dates(self, row: Row) -> list[float]:
        values: dict[str, float] = {}
        for column in self._dates:
            parts = date_parts(row[column["name"]], self.schema["date_parts"])
            values |= dict(zip(column["inputs"], parts, strict=True))
        return [values[name] if name in values else to_number(row[name]) for name in self._numbers]

    def _look_at_gaps(self, table: Array) -> None:
        if np.isinf(table).any():
            raise MisfitError("a finite number")
        gaps = np.isnan(table)
        if any(gaps[:, place].any() for place, name in enumerate(self._numbers) if name in self._refused):
            raise MisfitError("a value")

    def _refuse_empty(self, texts: Sequence[Sequence[str]]) -> None:
        for place, name in enumerate(self._codes):
            if name in self._refused and any(row[place] == "" for row in texts):
                raise MisfitError("a value")

    def _problems(self, rows: Sequence[Any]) -> list[Problem]:
        found = []
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):  # whatever JSON holds
                found.append(Problem(number, "row", "an object of columns", type(row).__name__))
                continue
            for column in self.schema["columns"]:
                problem = self._problem(row, column)
                found += [Problem(number, column["name"], *problem)] if problem else []
        return found

    def _problem(self, row: Row, column: Mapping[str, Any]) -> tuple[str, str] | None:
        name = column["name"]
        if name not in row:
            near = nearest(name, [key for key in row if key not in self._names])
            if near is not None:
                return f"the key {name!r}", f"{near!r}"
            return f"a value for each of the columns {', '.join(self._names)}", "none"
        value = row[name]
        try:
            missing = self._checked(value, column)
        except MisfitError as error:
            return str(error), shown(value)
        if missing and any(part in self._refused for part in column["inputs"]):
            return "a value (missing: refuse)", shown(value)
        return None

    def _checked(self, value: Any, column: Mapping[str, Any]) -> bool:
        """Whether a value is missing.

        Raises:
            MisfitError: The column does not take it.
        """
        if column["type"] == "numeric":
            number = to_number(value)
            if math.isinf(number):
                raise MisfitError("a finite number")
            return math.isnan(number)
        if column["type"] == "date":
            return math.isnan(date_parts(value, self.schema["date_parts"])[0])
        return to_category(value) == "" if column["type"] == "categorical" else False


def shown(value: object) -> str:
    """Return a value as a message shows it, not too long.

    Example:
        >>> shown("x" * 100)[-12:], shown(None)
        ('xxxxxxxxxxx…', 'null')
    """
    if value is None:
        return "null"
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
