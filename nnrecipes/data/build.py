"""A recipe's data section to a :class:`Dataset`."""

from dataclasses import dataclass

import pandas as pd

from nnrecipes.config.targets import Task
from nnrecipes.data.infer import ColumnGuess
from nnrecipes.data.schema import Schema
from nnrecipes.data.splits import RowSplit


@dataclass(frozen=True)
class Dataset:
    """Checked rows, ready for preprocessing.

    Args:
        frame: Features (dates in parts), then target columns; the index is the row id. Numeric features and regression
            targets are float64, categories and classes objects of ``str`` (``None`` where missing), the columns of a
            multilabel target 0.0 or 1.0.
        schema: The feature columns.
        tasks: Target -> task.
        split: Row ids of the three sets.
        notices: What the user should know.
        guesses: Column -> type and reason.
        origin: What messages call the table.
        sha256: Of the data.
    """

    frame: pd.DataFrame
    schema: Schema
    tasks: dict[str, Task]
    split: RowSplit
    notices: tuple[str, ...]
    guesses: dict[str, ColumnGuess]
    origin: str
    sha256: str
