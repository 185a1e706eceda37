"""A recipe and a header to the columns that the recipe names and the header does not have; no rows are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from nnrecipes.config.data import CsvSource
from nnrecipes.config.problem import Key, Problem
from nnrecipes.data.dates import part_names
from nnrecipes.data.header import read_header
from nnrecipes.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from nnrecipes.config.data import DataConfig
    from nnrecipes.config.recipe import RecipeConfig


def check_columns(config: RecipeConfig, header: Sequence[str]) -> list[Problem]:
    """Compare every column that a recipe names with a header.

    Inputs and ``preprocessing.columns`` may name a date column's parts (``sold_year``) as well as the column.

    Args:
        config: The recipe.
        header: Column names; where there are none (rows from Python that are not there yet) nothing is checked.

    Returns:
        One problem a name.

    Example:
        >>> from nnrecipes.config.recipe import RecipeConfig
        >>> config = RecipeConfig.model_validate({
        ...     "name": "a", "model": {"kind": "sequential"}, "targets": {"species": {}},
        ...     "data": {"source": {"kind": "sklearn", "name": "iris"}, "ignore": ("sepal_lenght",)}})
        >>> problem, = check_columns(config, ["sepal_length", "species"])
        >>> problem.text("iris.yaml:7")
        "iris.yaml:7: data.ignore.0: expected a column of iris. Received: 'sepal_lenght'. Did you mean sepal_length?"
    """
    if not header:
        return []
    expected = f"a column of {source_name(config.data)}"
    parts = [part for column in header for part in part_names(column, config.data.date_parts)]
    columns, features = set(header), {*header, *parts}
    problems = [Problem(key, expected, repr(name), did_you_mean(name, header))
                for key, name in _columns(config) if name not in columns]  # fmt: skip
    problems += _split_file(config.data, header)
    return problems + [Problem(key, expected, repr(name), did_you_mean(name, header))
                       for key, name in _features(config) if name not in features]  # fmt: skip


def source_name(data: DataConfig) -> str:
    """What messages call a source: a file's name, a bundled table's name, ``the rows``.

    Example:
        >>> from nnrecipes.config.data import CsvSource, DataConfig
        >>> source_name(DataConfig(source=CsvSource(path="files/a.csv")))
        'a.csv'
    """
    match data.source.kind:
        case "sklearn":
            return data.source.name
        case "arrays":
            return "the rows"
        case "idx":
            return PurePath(data.source.images[0]).name
        case "lines":
            return ", ".join(PurePath(path).name for path in data.source.files.values())
        case _:
            return PurePath(data.source.path).name


def _split_file(data: DataConfig, header: Sequence[str]) -> Iterator[Problem]:
    """What can be said of a split file by its header: its key is ``row_id`` or a column of the table."""
    if data.split.kind != "file":
        return
    key = ("data", "split", "path")
    try:
        names = read_header(CsvSource(path=data.split.path))
    except DataError as error:
        yield Problem(key, "a readable CSV file: row_id (or a column of the table), set", str(error).rstrip("."))
        return
    if len(names) != 2 or names[1] != "set":
        yield Problem(key, "two columns: row_id (or a column of the table) and set", ", ".join(map(repr, names)))
    elif names[0] not in ("row_id", *header):
        near = did_you_mean(names[0], ("row_id", *header))
        yield Problem(key, "row_id or a column of the table as the first column", repr(names[0]), near)


def _columns(config: RecipeConfig) -> Iterator[tuple[Key, str]]:
    data = config.data
    for i, name in enumerate(data.features or ()):
        yield ("data", "features", i), name
    for i, name in enumerate(data.ignore):
        yield ("data", "ignore", i), name
    for name in data.columns:
        yield ("data", "columns", name), name
    column = getattr(data.split, "column", None)
    if column is not None:
        yield ("data", "split", "column"), column
    for target, section in config.targets.items():
        if section.columns is None:
            yield ("targets", target), target
        for i, name in enumerate(section.columns or ()):
            yield ("targets", target, "columns", i), name


def _features(config: RecipeConfig) -> Iterator[tuple[Key, str]]:
    for input_name, section in config.inputs.items():
        for i, name in enumerate(section.columns):
            yield ("inputs", input_name, "columns", i), name
    for name in config.preprocessing.columns:
        yield ("preprocessing", "columns", name), name
