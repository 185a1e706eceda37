"""What a user calls rows (a file, a frame, a mapping of columns) -> features and labels as training read them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.data import ArraysSource, CsvSource, ParquetSource
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.missing import missing_policy
from nnrecipes.data.parse import parse_columns
from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import Array, DataSpec
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError, did_you_mean


def source_of(data: Any, schema: Schema) -> CsvSource | ParquetSource | ArraysSource:
    """Return how to read ``data``: a CSV file like the training file's, a Parquet file, or rows in memory."""
    if not isinstance(data, str | Path):
        return ArraysSource()
    path = Path(data).expanduser().absolute()
    parquet = path.suffix == ".parquet" or (path.is_dir() and any(path.glob("*.parquet")))
    return ParquetSource(path=str(path)) if parquet else CsvSource(path=str(path), **schema.csv)


def answerable(frame: pd.DataFrame, schema: Schema, config: RecipeConfig) -> Array:
    """Return which rows can be answered: those without a missing value in a column whose policy is ``drop``."""
    kept = np.ones(len(frame), dtype=bool)
    for name, kind in schema.features.items():
        if missing_policy(config, name, kind) == "drop":
            kept &= frame[name].notna().to_numpy()
    return kept


def read_targets(table: Table, spec: DataSpec, config: RecipeConfig) -> pd.DataFrame:
    """Return the target columns of labelled rows.

    Raises:
        DataError: If one is not in the table, or a value is missing.
    """
    kinds = {}
    for target in spec.targets:
        for column in config.targets[target.name].columns or (target.name,):
            if column not in table.frame.columns:
                near = did_you_mean(column, table.frame.columns)
                raise DataError(
                    f"{table.origin}: expected the target column {column!r}. Received: {', '.join(table.frame.columns)}.{near}"
                )
            kinds[column] = "categorical" if target.task in {"binary", "multiclass"} else "numeric"
    frame = parse_columns(table, kinds, decimal=getattr(config.data.source, "decimal", "."))
    for column in kinds:
        if frame[column].isna().any():
            rows = table.where(np.flatnonzero(frame[column].isna()))
            raise DataError(f"{table.origin}: {column}: expected a label in every row. Received: none in {rows}.")
    return frame
