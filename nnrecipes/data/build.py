"""A recipe's data section to a :class:`Dataset`: rows are read, typed, checked and split."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.data import MEDIA, ColumnType, CsvSource, DataConfig
from nnrecipes.config.inputs import ImageInput, SeriesInput, TextInput
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.columns import check_columns
from nnrecipes.data.images import image_bytes
from nnrecipes.data.infer import ColumnGuess, infer_types
from nnrecipes.data.missing import find_missing, misfit_policies, missing_policy
from nnrecipes.data.normal import only_normal
from nnrecipes.data.parse import Decimal, as_text
from nnrecipes.data.quality import (
    check_split,
    check_targets,
    count_duplicates,
    cut_times,
    describe_flat,
    flat_columns,
    missing_targets,
)
from nnrecipes.data.read import read_table
from nnrecipes.data.schema import Schema, prepare
from nnrecipes.data.select import named_features, select_features
from nnrecipes.data.sets import split_file_key
from nnrecipes.data.splits import RowSplit, named_sets, split_rows, times
from nnrecipes.data.stream import Stream
from nnrecipes.data.table import SHOWN, Table
from nnrecipes.data.tasks import choose_tasks, label_columns, parse_targets
from nnrecipes.errors import DataError

SOURCE_TYPES: dict[str, dict[str, ColumnType]] = {
    "images": {"image": "image", "file": "identifier"},
    "idx": {"image": "image"},
    "lines": {"text": "text"},
}
"""Kind of source -> the types that its columns have without being asked."""


@dataclass(frozen=True)
class Dataset:
    """Checked rows, ready for preprocessing.

    Args:
        frame: Features (dates in parts), then target columns; the index is the row id. Numeric features and regression
            targets are float64, categories and classes objects of ``str`` (``None`` where missing), the columns of a
            multilabel target 0.0 or 1.0. Rows that were dropped are not in it.
        schema: The feature columns.
        tasks: Target -> task.
        split: Row ids of the three sets.
        notices: What the user should know.
        guesses: Column -> type and reason; targets are not among them.
        origin: What messages call the table.
        sha256: Of the data.
        stream: All training rows, where they are streamed; ``frame`` and ``split`` then have a sample of them.
    """

    frame: pd.DataFrame
    schema: Schema
    tasks: dict[str, Task]
    split: RowSplit
    notices: tuple[str, ...]
    guesses: dict[str, ColumnGuess]
    origin: str
    sha256: str
    stream: Stream | None = None

    @property
    def train_rows(self) -> int:
        """How many training rows there are."""
        return len(self.split.train) if self.stream is None else self.stream.rows


def load_data(config: RecipeConfig, data: object = None) -> Dataset:
    """Read, type, check and split the rows of a recipe.

    Args:
        config: The recipe.
        data: Rows from Python where the source is ``arrays``: a DataFrame, a mapping of columns, or ``(X, y)``.

    Raises:
        DataError: All that is wrong with the rows, as far as it can be seen at once.

    Example:
        >>> config = RecipeConfig.model_validate({
        ...     "name": "iris", "model": {"kind": "sequential"}, "targets": {"species": {}},
        ...     "data": {"source": {"kind": "sklearn", "name": "iris"}}})
        >>> dataset = load_data(config)
        >>> dataset.tasks, len(dataset.split.train), list(dataset.schema.features)[:2]
        ({'species': 'multiclass'}, 121, ['sepal_length', 'sepal_width'])
    """
    columns = label_columns(config.targets)
    labels = [column for group in columns.values() for column in group]
    table = read_table(config.data.source, data, labels)
    refuse([problem.text(table.origin) for problem in check_columns(config, tuple(table.frame.columns))])
    decimal = decimal_mark(config.data)
    guesses = infer_types(table.frame, declared_types(config), skip=labels, decimal=decimal)
    schema, notices, named = choose_schema(config, guesses)
    tasks, inferred = choose_tasks(table, config.targets, decimal=decimal)
    frame = _typed(table, schema, config, tasks)
    table = _with_images(table, frame, schema)
    policies = {name: missing_policy(config, name, kind) for name, kind in schema.columns.items() if kind not in MEDIA}
    refuse(misfit_policies(policies, schema))

    frame, dropped = _rows_to_split(frame, table, config, labels)
    flat = flat_columns(frame, schema, policies)
    left_out, problems = describe_flat(flat, table.origin, named, "all rows")
    schema, policies = schema.without(set(flat)), {k: v for k, v in policies.items() if k not in flat}
    missing, missing_notices, missing_problems = find_missing(frame, table, schema, policies)
    frame = frame.drop(index=pd.Index(missing))
    if not len(frame):
        raise DataError(f"{table.origin}: expected rows with a value in every column. Received: none.")
    guessed = {name for name, target in config.targets.items() if target.task is None}
    few = check_targets(frame, table, tasks, columns, min_class_rows=config.data.min_class_rows, guessed=guessed)
    refuse(problems + missing_problems + few)

    split = _with_more(_split(config, table, frame, tasks), config.data.fit_rows)
    split, abnormal = only_normal(config, frame, split)
    flat = flat_columns(frame.loc[pd.Index(split.train)], schema, policies)
    left_out_too, problems = describe_flat(flat, table.origin, named, "the training rows")
    schema = schema.without(set(flat))
    if not schema.columns:
        why = [*notices, *left_out, *left_out_too][:SHOWN]
        expected = "expected a feature with two values or more. Received: none."
        problems.append(" ".join([f"{table.origin}: {expected}", *why]))
    learnt = {} if is_autoencoder(config) else tasks
    refuse(problems + check_split(frame, table, learnt, columns, split))
    frame = frame[[*schema.features, *labels]]
    notices += inferred + dropped + left_out + missing_notices + left_out_too + count_duplicates(frame, split)
    notices += abnormal + _time_notices(config.data, table, split)
    return Dataset(frame, schema, tasks, split, tuple(notices), guesses, table.origin, table.sha256)


def _with_more(split: RowSplit, fit_rows: str) -> RowSplit:
    """Move the validation rows, or all, to the training rows."""
    if fit_rows == "train":
        return split
    parts = [split.train, split.validation] + ([split.test] if fit_rows == "all" else [])
    none = split.test[:0]
    return RowSplit(np.sort(np.concatenate(parts)), none, none if fit_rows == "all" else split.test)


def refuse(problems: list[str]) -> None:
    """Raise one error for all problems, if there are any."""
    if problems:
        raise DataError(problems)


def decimal_mark(data: DataConfig) -> Decimal:
    """The decimal mark of the source's numbers that are written as text."""
    return data.source.decimal if isinstance(data.source, CsvSource) else "."


def csv_options(data: DataConfig) -> dict[str, Any]:
    """How later CSV files are read: like the training file; empty where that was none."""
    return data.source.model_dump(exclude={"kind", "path"}) if isinstance(data.source, CsvSource) else {}


def declared_types(config: RecipeConfig) -> dict[str, ColumnType]:
    """Column -> the type that the source, ``data.columns`` or an input of texts, images or series gives to it."""
    types: dict[str, ColumnType] = dict(SOURCE_TYPES.get(config.data.source.kind, {}))
    types |= config.data.columns
    for section in config.inputs.values():
        if isinstance(section, ImageInput | TextInput | SeriesInput):
            types |= dict.fromkeys(section.columns, section.kind)
    return types


def _with_images(table: Table, frame: pd.DataFrame, schema: Schema) -> Table:
    """The table with a checksum in which the images' files are as well."""
    columns = [name for name, kind in schema.columns.items() if kind == "image"]
    if not columns:
        return table
    digest = hashlib.sha256(table.sha256.encode())
    for content in (content for name in columns for content in image_bytes(frame[name])):
        digest.update(content)
    return replace(table, sha256=digest.hexdigest())


def choose_schema(config: RecipeConfig, guesses: dict[str, ColumnGuess]) -> tuple[Schema, list[str], set[str]]:
    """Return the feature columns, what the user should know of them, and which columns the recipe names."""
    data = config.data
    inputs = [column for section in config.inputs.values() for column in section.columns]
    named = named_features(data.features, inputs, list(guesses), data.date_parts)
    exclude = {*data.ignore, *_split_columns(data)}
    media = {column for section in config.inputs.values() if section.kind in MEDIA for column in section.columns}
    chosen = select_features(guesses, named=named, exclude=exclude, dates=data.dates, date_parts=data.date_parts,
                             media=media)  # fmt: skip
    refuse(chosen.problems)
    images = [section for section in config.inputs.values() if isinstance(section, ImageInput)]
    folders = {column: section.folder for section in images if section.folder for column in section.columns}
    schema = Schema(chosen.columns, data.date_parts, csv_options(data), folders)
    return schema, chosen.notices + _mixed(schema, guesses), {*(named or ()), *data.columns}


def _mixed(schema: Schema, guesses: dict[str, ColumnGuess]) -> list[str]:
    return [f"Column {name!r} is taken as categorical: {guesses[name].reason}. If the others mean a missing value, "
            "add them to data.source.missing_values."
            for name in schema.columns if "are numbers" in guesses[name].reason]  # fmt: skip


def _split_columns(data: DataConfig) -> list[str]:
    match data.split.kind:
        case "group" | "time" | "column":
            return [data.split.column]
        case "file":
            return [split_file_key(data.split.path)]
        case _:
            return []


def _typed(table: Table, schema: Schema, config: RecipeConfig, tasks: dict[str, Task]) -> pd.DataFrame:
    problems: list[str] = []
    try:
        features = prepare(table, schema)
    except DataError as error:
        problems += error.problems
    targets, found = parse_targets(table, config.targets, tasks, decimal=decimal_mark(config.data))
    refuse(problems + found)
    return pd.concat([features, targets], axis=1)


def _rows_to_split(
    frame: pd.DataFrame, table: Table, config: RecipeConfig, labels: list[str]
) -> tuple[pd.DataFrame, list[str]]:
    notices = []
    split = config.data.split
    if split.kind in ("file", "column"):
        kept = named_sets(split, table.frame) != "drop"
        if not kept.all():
            notices.append(f"{int((~kept).sum()):,} of {len(frame):,} rows dropped: the split says so.")
            frame = frame[kept]
    rows, lines = missing_targets(frame[labels], table)
    if len(rows) and config.data.missing_target == "refuse":
        raise DataError(lines)
    if len(rows):
        notices.append(f"{len(rows):,} of {len(frame):,} rows dropped: no target (data.missing_target: drop).")
    return frame.drop(index=pd.Index(rows)), notices


def _split(config: RecipeConfig, table: Table, frame: pd.DataFrame, tasks: dict[str, Task]) -> RowSplit:
    split = config.data.split
    column = next((name for name, task in tasks.items() if task in ("binary", "multiclass")), None)
    if split.kind == "stratified" and split.column is not None:
        column = split.column
    labels = None
    if column is not None:
        labels = pd.Series(as_text(table.frame[column]), table.frame.index, dtype=object, name=column)
    rows: npt.NDArray[np.int64] = frame.index.to_numpy(dtype=np.int64)
    return split_rows(split, frame=table.frame, labels=labels, seed=config.seed, base_rows=rows)


def _time_notices(data: DataConfig, table: Table, split: RowSplit) -> list[str]:
    if data.split.kind != "time":
        return []
    rows = np.sort(np.concatenate([split.train, split.validation, split.test]))
    return cut_times(times(table.frame[data.split.column].loc[pd.Index(rows)]), pd.Index(rows), split)
