"""A recipe and its rows -> the same recipe with row ids, column types and tasks written down, over rows in memory.

What is written down can no longer follow the values, so that validation and test rows may be given any values: a
column names each row's set, every feature has its declared type, every target its task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nnrecipes.config.consistency import fill
from nnrecipes.config.data import MEDIA, ArraysSource, ColumnSplit, ColumnType
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.build import Dataset, decimal_mark
from nnrecipes.data.missing import missing_policy
from nnrecipes.data.parse import parse_columns
from nnrecipes.data.spec import Array
from nnrecipes.data.splits import RowSplit
from nnrecipes.data.table import Table
from nnrecipes.data.tasks import label_columns, parse_targets

SETS = ("train", "validation", "test")


@dataclass(frozen=True)
class Frozen:
    """A recipe whose rows may change and whose sets, types and tasks may not.

    Args:
        config: The recipe; its source is ``arrays``, its split a column.
        frame: Raw feature columns, target columns and the column of sets; the index is the row id.
        types: Raw feature column -> its type.
        tasks: Target -> task.
        labels: Target -> its columns.
        gaps: Raw feature columns that may be missing in rows that are kept.
        split: Row ids of the three sets.
    """

    config: RecipeConfig
    frame: pd.DataFrame
    types: Mapping[str, ColumnType]
    tasks: Mapping[str, Task]
    labels: Mapping[str, tuple[str, ...]]
    gaps: frozenset[str]
    split: RowSplit

    @property
    def held_out(self) -> Array:
        """Row ids of validation and test rows."""
        return np.concatenate([self.split.validation, self.split.test])

    def with_values(self, rows: Array, values: Mapping[str, object]) -> "Frozen":
        """Return a copy in which ``rows`` of some columns have other values."""
        changed = {}
        for name, new in values.items():
            column = self.frame[name].to_numpy(copy=True)
            column[rows] = new
            changed[name] = pd.Series(column, index=self.frame.index, dtype=self.frame[name].dtype)
        return replace(self, frame=self.frame.assign(**changed))


def freeze(config: RecipeConfig, dataset: Dataset, table: Table) -> Frozen:
    """Write down what the real rows decided.

    Args:
        config: The recipe.
        dataset: Its checked rows.
        table: Its raw rows.
    """
    types = dict(dataset.schema.columns)
    decimal = decimal_mark(config.data)
    targets = parse_targets(table, config.targets, dataset.tasks, decimal=decimal)[0]
    features = parse_columns(table, types, decimal=decimal, folders=dataset.schema.folders)
    frame = pd.concat([features, targets], axis=1)
    sets = _free_name("set", frame)
    frame[sets] = _set_of_rows(len(frame), dataset.split)
    data = config.data.model_copy(update={
        "source": ArraysSource(), "features": tuple(types), "ignore": (), "columns": types, "min_class_rows": 1,
        "split": ColumnSplit(column=sets, validation="validation")})  # fmt: skip
    gaps = frozenset(name for name in types if _may_miss(config, name, dataset))
    frozen = fill(config, dataset.tasks).model_copy(update={"data": data})
    return Frozen(frozen, frame, types, dataset.tasks, label_columns(config.targets), gaps, dataset.split)


def _set_of_rows(rows: int, split: RowSplit) -> Array:
    sets = np.full(rows, "drop", dtype=object)
    for name in SETS:
        sets[getattr(split, name)] = name
    return sets


def _free_name(name: str, frame: pd.DataFrame) -> str:
    while name in frame.columns:
        name += "_"
    return name


def _may_miss(config: RecipeConfig, column: str, dataset: Dataset) -> bool:
    names = {column, *dataset.schema.expand(column)}
    kind = dataset.schema.columns[column]
    return kind in MEDIA or not {missing_policy(config, name, kind) for name in names} & {"refuse", "drop"}
