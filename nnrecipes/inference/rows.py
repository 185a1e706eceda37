"""What a user calls rows (a file, a frame, a mapping of columns) -> features and labels as training read them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.data import ArraysSource, CsvSource, ImagesSource, ParquetSource
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.images import SUFFIXES
from nnrecipes.data.missing import missing_policy
from nnrecipes.data.parse import as_text
from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import Array, DataSpec, TargetSpec
from nnrecipes.data.table import Table
from nnrecipes.data.tasks import label_columns, parse_targets
from nnrecipes.errors import DataError, did_you_mean


def source_of(data: Any, schema: Schema) -> CsvSource | ParquetSource | ImagesSource | ArraysSource:
    """Return how to read ``data``: a CSV file like the training file's, a Parquet file, images, or rows in memory."""
    if not isinstance(data, str | Path):
        return ArraysSource()
    path = Path(data).expanduser().absolute()
    tables = path.is_dir() and any((*path.glob("*.csv"), *path.glob("*.parquet")))
    if set(schema.columns) == {"image"} and (path.suffix == ".zip" or (path.is_dir() and not tables)):
        return ImagesSource(path=str(path))
    parquet = path.suffix == ".parquet" or (path.is_dir() and any(path.glob("*.parquet")))
    return ParquetSource(path=str(path)) if parquet else CsvSource(path=str(path), **schema.csv)


def one_image(data: Any, schema: Schema) -> Any:
    """Return the row of one image where ``data`` is the path of one and that is all a row needs, else ``data``."""
    columns = list(schema.columns)
    if isinstance(data, str | Path) and len(columns) == 1 and schema.columns[columns[0]] == "image":
        path = Path(data).expanduser().absolute()
        if path.suffix.lower() in SUFFIXES:
            return pd.DataFrame({columns[0]: [str(path)]}, dtype=object)
    return data


def answerable(frame: pd.DataFrame, schema: Schema, config: RecipeConfig) -> Array:
    """Return which rows can be answered: those without a missing value in a column whose policy is ``drop``."""
    kept = np.ones(len(frame), dtype=bool)
    for name, kind in schema.tabular.items():
        if missing_policy(config, name, kind) == "drop":
            kept &= frame[name].notna().to_numpy()
    return kept


def read_targets(table: Table, spec: DataSpec, config: RecipeConfig) -> pd.DataFrame:
    """Return the target columns of labelled rows.

    Raises:
        DataError: If one is not in the table, a value is missing, or one is not a label of training's.
    """
    columns = label_columns({target.name: config.targets[target.name] for target in spec.targets})
    for column in (column for group in columns.values() for column in group):
        if column not in table.frame.columns:
            near, names = did_you_mean(column, table.frame.columns), ", ".join(table.frame.columns)
            raise DataError(f"{table.origin}: expected the target column {column!r}. Received: {names}.{near}")
    problems: list[str] = []
    parts = [_labels(table, target, config, problems) for target in spec.targets]
    if problems:
        raise DataError(problems)
    return pd.concat(parts, axis=1)


def _labels(table: Table, target: TargetSpec, config: RecipeConfig, problems: list[str]) -> pd.DataFrame:
    if target.task == "identity":
        frame = pd.DataFrame({target.name: as_text(table.frame[target.name])}, table.frame.index, dtype=object)
    elif target.task in {"binary", "multiclass"}:
        text = pd.Series(as_text(table.frame[target.name]), table.frame.index, dtype=object)
        frame, strange = text.to_frame(target.name), np.flatnonzero(text.notna() & ~text.isin(target.classes))
        if len(strange):
            received = table.where(strange, text.iloc[strange[:5]])
            known = ", ".join(map(repr, target.classes[:20]))
            problems.append(f"{table.origin}: {target.name}: expected one of {known}. Received: {received}.")
    else:
        section = {target.name: config.targets[target.name]}
        decimal = config.data.source.decimal if isinstance(config.data.source, CsvSource) else "."
        frame, found = parse_targets(table, section, {target.name: target.task}, decimal=decimal)
        problems += found
    missing = np.flatnonzero(frame.isna().any(axis=1))
    if len(missing):
        problems.append(f"{table.origin}: {target.name}: expected a label. Received: none in {table.where(missing)}.")
    return frame
