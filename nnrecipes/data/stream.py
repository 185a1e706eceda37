"""Training rows that stay in their files: how to read them, and what one pass over them found."""

from dataclasses import dataclass

from nnrecipes.data.row_reader import RowReader
from nnrecipes.data.totals import Total


@dataclass(frozen=True)
class Stream:
    """The training rows of a dataset that is streamed.

    Args:
        reader: Reads them.
        rows: How many there are.
        totals: Feature or target column -> its totals over all of them.
    """

    reader: RowReader
    rows: int
    totals: dict[str, Total]
