"""A recipe and a header to the columns that the recipe names and the header does not have; no rows are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from nnrecipes.config.problem import Key, Problem
from nnrecipes.data.dates import part_names
from nnrecipes.errors import did_you_mean

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
        case _:
            return PurePath(data.source.path).name


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
