"""Training rows that stay in their files: how to read them, and what one pass over them found."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnrecipes.data.row_reader import RowReader
from nnrecipes.data.totals import Total


@dataclass(frozen=True)
class Stream:
    """The training rows of a dataset that is streamed.

    Args:
        reader: Reads them.
        rows: How many there are.
        totals: Feature or target column -> its totals over all of them.
        unit_rows: How many of them each unit of the reader has, int64 ``(units,)``.
    """

    reader: RowReader
    rows: int
    totals: dict[str, Total]
    unit_rows: npt.NDArray[np.int64]
