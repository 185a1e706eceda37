"""What is wrong with a request -> an answer that says so (RFC 9457, ``application/problem+json``)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrecipes import errors
from nnrecipes.errors import NnRecipesError

MEDIA_TYPE = "application/problem+json"
SHOWN = 20
"""Problems that an answer names; it counts the others."""
LONGEST = 60


@dataclass(frozen=True)
class FieldProblem:
    """One value that does not fit.

    Args:
        field: The key; empty for a row as a whole.
        expected: What it must be.
        received: What it is.
        row: Its row, counted from 0; None where the request has no rows.
        did_you_mean: The nearest right name, or nothing.
    """

    field: str
    expected: str
    received: str
    row: int | None = None
    did_you_mean: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it, with the sentence that a person reads."""
        where = self.field if self.row is None else f"row {self.row}: {self.field}" if self.field else f"row {self.row}"
        hint = f" Did you mean {self.did_you_mean}?" if self.did_you_mean else ""
        return {"row": self.row, "field": self.field, "expected": self.expected, "received": self.received,
                "did_you_mean": self.did_you_mean or None,
                "message": f"{where}: expected {self.expected}. Received: {self.received}.{hint}"}  # fmt: skip


class RefusedError(NnRecipesError):
    """A request that gets no answer but its reason.

    Args:
        status: The HTTP status.
        title: What is wrong, in a sentence.
        problems: The values that do not fit.
        headers: More headers of the answer.
    """

    def __init__(
        self, status: int, title: str, problems: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.title, self.problems = status, title, list(problems)
        self.headers = dict(headers or {})

    def body(self, request_id: str = "") -> bytes:
        """The answer's body.

        Example:
            >>> problem = FieldProblem("age", "a number", "'x'", row=0)
            >>> json.loads(RefusedError(422, "One value does not fit.", [problem]).body())["errors"][0]["message"]
            "row 0: age: expected a number. Received: 'x'."
        """
        found = {"type": "about:blank", "title": self.title, "status": self.status, "id": request_id}
        errors = [problem.to_dict() for problem in self.problems[:SHOWN]]
        more = len(self.problems) - SHOWN
        rest = {"more_errors": more} if more > 0 else {}
        return json.dumps({**found, "errors": errors, **rest}).encode("ascii")


def shown(value: object) -> str:
    """A received value in a few characters, safe to print.

    Example:
        >>> shown(None), shown("a" * 100)[-3:], shown({"a": 1}), shown(True)
        ('null', "a'…", 'an object', 'true')
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value):,}"
        case int() if value.bit_length() > 200:
            return "an integer of more than 60 digits"
        case str():
            return ascii(value) if len(value) < LONGEST else ascii(value[:LONGEST]) + "…"
    return repr(value)


def nearest(word: str, names: Sequence[str]) -> str:
    """The name nearest to a word, or nothing.

    Example:
        >>> nearest("petal_lenght", ["petal_length", "sepal_width"])
        'petal_length'
    """
    short = [name for name in names[:200] if len(name) < 100]
    return errors.nearest(word, short) or ""
