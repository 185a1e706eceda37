"""Raw columns to guessed types."""

from dataclasses import dataclass

from nnrecipes.config.data import ColumnType


@dataclass(frozen=True)
class ColumnGuess:
    """A column's type and why."""

    type: ColumnType
    reason: str
