"""The columns of a run as a request holds them: what each may be, and what training had."""

import math
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["number", "category", "text", "image", "series", "date"]
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


@dataclass(frozen=True)
class Field:
    """One key of a row.

    Args:
        name: The column.
        kind: What its values are.
        required: Whether a row without a value has no answer.
        levels: The categories of the training rows.
        range: Least and greatest number of the training rows, or about where they lie.
        exact: Whether ``range`` is known.
        shape: Of an image ``(height, width, channels)``, of a series ``(steps,)``, else ``(1,)``.
    """

    name: str
    kind: Kind
    required: bool = False
    levels: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    exact: bool = False
    shape: tuple[int, ...] = (1,)

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        return WORDS[self.kind] if self.required else f"{WORDS[self.kind]} or null"

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind, "required": self.required}
        if self.range is not None and all(map(math.isfinite, self.range)):
            found |= {"range": list(self.range), "range_is_exact": self.exact}
        if self.kind == "category":
            found["categories"] = list(self.levels)
        if self.kind in ("image", "series"):
            found["shape"] = list(self.shape)
        return found


def typical(field: Field) -> Any:
    """Return a value that a field takes: what a server tries its engine with before it says that it is ready.

    Example:
        >>> typical(Field("age", "number", range=(10.0, 30.0))), typical(Field("town", "category", levels=("Bonn",)))
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
