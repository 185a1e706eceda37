"""One column of the rows that a run answers, as a file and as a request hold it; nothing heavy is imported."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "category", "text", "image", "series", "date"]


@dataclass(frozen=True)
class Column:
    """One key of a row.

    Args:
        name: The column.
        kind: ``number``, ``category``, ``text``, ``image`` or ``series`` (many numbers a cell); in a request also
            ``date``, which a file takes by its parts.
        required: Whether a row without a value has no answer.
        levels: The categories of the training rows.
        range: Least and greatest number of the training rows; of runs that do not know it, about where they lie.
        exact: Whether ``range`` is known.
        spread: A number's unit: what scaling divides by.
        shape: Of a cell: ``(height, width, channels)`` of an image, ``(steps,)`` of a series, else ``(1,)``.
    """

    name: str
    kind: Kind
    required: bool = False
    levels: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    exact: bool = False
    spread: float = 1.0
    shape: tuple[int, ...] = (1,)

    @property
    def taken(self) -> tuple[int | None, ...]:
        """The shape of a cell as a file takes it: images of any size, which it resizes."""
        return (None, None, self.shape[-1]) if self.kind == "image" else self.shape

    @property
    def dtype(self) -> str:
        """``float32``, ``string`` or ``uint8``."""
        return {"category": "string", "text": "string", "image": "uint8"}.get(self.kind, "float32")
