"""What a recommender's lists are made of: the best places of a row of scores, and the users of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError


def best(values: Array, k: int) -> tuple[Array, Array]:
    """The places of the greatest values, of equal ones the first, and the values; -1 for minus infinity."""
    order = np.argsort(-values, kind="stable")[:k]
    return np.where(np.isfinite(values[order]), order, -1), values[order]


def first_column(frame: pd.DataFrame, names: Sequence[str]) -> str:
    """The first of the names that is a column.

    Raises:
        DataError: None of them is.
    """
    for name in names:
        if name in frame:
            return name
    raise DataError(f"users: expected the column {names[0]!r}. Received: {', '.join(map(str, frame.columns))}.")


def in_order(values: "pd.Series[Any]") -> tuple[Array, Array]:
    """Distinct ids in the order in which they come, and each row's place among them."""
    codes, names = pd.factorize(values.astype(str))
    return np.asarray(names, dtype=object), np.asarray(codes, dtype=np.int64)
