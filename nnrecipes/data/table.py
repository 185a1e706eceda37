"""A table as it was read: raw columns, one row id a row, and where in which file each row stands."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

SHOWN = 5


@dataclass(frozen=True)
class Table:
    """Raw columns with a ``RangeIndex``: the row id, 0-based, in file order.

    Columns of a CSV file hold ``str`` objects, with ``None`` where a value is missing; other sources keep their dtypes.

    Args:
        frame: The columns.
        origin: What messages call the table: a file's name, ``sklearn iris``, ``arrays``.
        first_line: The line of row 0 where every row is one line of one file.
        sha256: Of the files' bytes, or of the content where there is no file.
        lines: The line of each row where lines and rows do not run in step (quoted line breaks, blank lines, folders).
        files: Of a folder, each file's name and its first row id.
        folder: Where the files lie, to which paths in the rows are relative; empty for rows that come from no file.
        start: Rows of the file before row 0 of ``frame``, where this is a part of a big file; messages count them.

    Example:
        >>> table = Table(pd.DataFrame({"a": ["1", "x", "3"]}), "a.csv", first_line=2)
        >>> table.where([1, 2], values=["x", "3"])
        "'x' in row 1 (line 3), '3' in row 2 (line 4)"
        >>> Table(table.frame, "arrays").where(range(9))
        'row 0, row 1, row 2, row 3, row 4 and 4 more'
    """

    frame: pd.DataFrame
    origin: str
    first_line: int | None = None
    sha256: str = ""
    lines: npt.NDArray[np.int64] | None = None
    files: tuple[tuple[str, int], ...] = ()
    start: int = 0
    folder: str = ""

    def place(self, row: int) -> str:
        """Name one row: ``row 17 (line 19)``, or ``row 17 (b.csv line 4)`` in a folder."""
        file = next((name for name, first in reversed(self.files) if first <= row), "")
        line = None
        if self.lines is not None:
            line = int(self.lines[row])
        elif self.first_line is not None:
            line = self.first_line + row
        detail = " ".join(filter(None, [file, f"line {line}" if line is not None else ""]))
        return f"row {row + self.start} ({detail})" if detail else f"row {row + self.start}"

    def where(self, rows: Iterable[int], values: Iterable[object] | None = None) -> str:
        """Name the first five of ``rows``, each after its value where ``values`` are given, and count the others."""
        ids = [int(row) for row in rows]
        places = [self.place(row) for row in ids[:SHOWN]]
        if values is not None:
            places = [f"{_short(value)} in {place}" for value, place in zip(values, places, strict=False)]
        rest = len(ids) - len(places)
        return ", ".join(places) + (f" and {rest:,} more" if rest else "")


def _short(value: object) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 40 else text[:39] + "…"
