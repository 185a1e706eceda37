"""The columns of a run as a request holds them: what each may be, and what training had."""

import math
from dataclasses import dataclass
from typing import Any

from nnrecipes.inference.export.column import Column

LARGEST = 1e30
"""Numbers beyond are refused: scaled and squared they would leave float32."""
GREY_DOT = b"P5 1 1 255\n\x80"
"""The smallest image file."""
WORDS: dict[str, str] = {
    "number": "a number",
    "category": "a category (a string)",
    "text": "a text (a string)",
    "image": "an image file in base64",
    "series": "a list of numbers",
    "date": "an ISO date such as 2024-01-31",
}


def expected(field: Column) -> str:
    """What a value must be, in words.

    Example:
        >>> expected(Column("age", "number")), expected(Column("age", "number", required=True))
        ('a number or null', 'a number')
    """
    return WORDS[field.kind] if field.required else f"{WORDS[field.kind]} or null"


def described(field: Column) -> dict[str, Any]:
    """A column as JSON holds it."""
    found: dict[str, Any] = {"name": field.name, "kind": field.kind, "required": field.required}
    if field.range is not None and all(map(math.isfinite, field.range)):
        found |= {"range": list(field.range), "range_is_exact": field.exact}
    if field.kind == "category":
        found["categories"] = list(field.levels)
    if field.kind in ("image", "series"):
        found["shape"] = list(field.shape)
    return found


def typical(field: Column) -> Any:
    """Return a value that a field takes: what a server tries its engine with before it says that it is ready.

    Example:
        >>> typical(Column("age", "number", range=(10.0, 30.0))), typical(Column("town", "category", levels=("Bonn",)))
        (20.0, 'Bonn')
    """
    match field.kind:
        case "number":
            return sum(field.range) / 2 if field.range else 0.0
        case "category":
            return field.levels[0] if field.levels else "a"
        case "text":
            return "a text"
        case "series":
            return [sum(field.range) / 2 if field.range else 0.0] * field.shape[0]
        case "date":
            return "2024-01-31"
        case "image":
            return GREY_DOT


@dataclass(frozen=True)
class Answer:
    """One target of the run.

    Args:
        name: The target.
        task: ``regression``, ``binary``, ``multiclass``, ``multilabel`` or ``identity``.
        classes: Names of the classes or labels.
        quantiles: Levels of the quantiles of a regression target that has them.
    """

    name: str
    task: str
    classes: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        found: dict[str, Any] = {"name": self.name, "task": self.task}
        if self.classes:
            found["classes"] = list(self.classes)
        if self.quantiles:
            found["quantiles"] = list(self.quantiles)
        return found
