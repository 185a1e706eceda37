"""Row ids to training, validation and test rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowSplit:
    """Sorted int64 row ids of the three sets; no row stands in two."""

    train: Rows
    validation: Rows
    test: Rows
