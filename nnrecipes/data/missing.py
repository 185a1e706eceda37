"""Which policy a column's missing values follow, and which rows go because of it."""

from typing import get_args

from nnrecipes.config.data import ColumnType
from nnrecipes.config.preprocessing import CategoricalMissing, NumericMissing
from nnrecipes.config.recipe import RecipeConfig

POLICIES: dict[str, tuple[str, ...]] = {
    "numeric": get_args(NumericMissing),
    "categorical": get_args(CategoricalMissing),
}


def missing_policy(config: RecipeConfig, column: str, type: ColumnType) -> str:
    """The policy of a raw column: its own under ``preprocessing.columns``, else that of its type (dates are numeric)."""
    own = config.preprocessing.columns.get(column)
    if own is not None and own.missing is not None:
        return own.missing
    section = config.preprocessing.categorical if type == "categorical" else config.preprocessing.numeric
    return section.missing
