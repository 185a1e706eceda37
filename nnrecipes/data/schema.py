"""What the columns are; :func:`prepare` is the one path from raw columns to features, in training and in prediction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from nnrecipes.config.data import MEDIA, ColumnType
from nnrecipes.data.dates import expand_dates, part_names
from nnrecipes.data.parse import parse_columns
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError, nearest

FeatureType = Literal["numeric", "categorical", "text", "image", "series"]


@dataclass(frozen=True)
class Schema:
    """The columns that feed a network, in order, and how later files are read.

    Args:
        columns: Raw column -> its type; only columns that are used.
        date_parts: The parts that a date column becomes.
        folders: Column of images -> the folder or zip archive that its paths are relative to.
        csv: ``delimiter``, ``decimal``, ``encoding`` and ``missing_values`` of the training file; empty for other
            sources.

    Example:
        >>> schema = Schema({"age": "numeric", "sold": "date"}, ("year", "month_cyclic"))
        >>> schema.features
        {'age': 'numeric', 'sold_year': 'numeric', 'sold_month_sin': 'numeric', 'sold_month_cos': 'numeric'}
        >>> schema.source("sold_year")
        'sold'
    """

    columns: dict[str, ColumnType]
    date_parts: tuple[str, ...] = ()
    csv: dict[str, Any] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    def expand(self, column: str) -> tuple[str, ...]:
        """The features that a raw column becomes: its date parts, or itself."""
        if self.columns[column] == "date":
            return part_names(column, self.date_parts)
        return () if self.columns[column] == "identifier" else (column,)

    @property
    def features(self) -> dict[str, FeatureType]:
        """Feature -> ``numeric``, ``categorical``, ``text``, ``image`` or ``series``, after date expansion."""
        return {feature: "numeric" if kind == "date" or kind == "identifier" else kind
                for column, kind in self.columns.items() for feature in self.expand(column)}  # fmt: skip

    @property
    def tabular(self) -> dict[str, FeatureType]:
        """The numeric and categorical features."""
        return {name: kind for name, kind in self.features.items() if kind not in MEDIA}

    def source(self, feature: str) -> str:
        """The raw column of a feature: the date column of a date part, else the feature itself."""
        return next(column for column in self.columns if feature in self.expand(column))

    def without(self, columns: set[str]) -> "Schema":
        """The schema less some raw columns."""
        return replace(self, columns={name: kind for name, kind in self.columns.items() if name not in columns})

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and strings, as JSON holds them."""
        csv = {key: list(value) if isinstance(value, tuple) else value for key, value in self.csv.items()}
        return {"columns": dict(self.columns), "date_parts": list(self.date_parts), "csv": csv,
                "folders": dict(self.folders)}  # fmt: skip

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Schema":
        """Return the schema that :meth:`to_dict` described."""
        csv = {key: tuple(value) if isinstance(value, list) else value for key, value in values["csv"].items()}
        return cls(dict(values["columns"]), tuple(values["date_parts"]), csv, dict(values.get("folders", {})))


def prepare(table: Table, schema: Schema) -> pd.DataFrame:
    """Turn raw columns into features: parsed, finite, dates in parts; other columns are ignored.

    Args:
        table: Rows of a file or from Python.
        schema: The columns and their types.

    Returns:
        One column a feature, as :func:`~nnrecipes.data.parse.parse_columns` gives it; the index is the table's.

    Raises:
        DataError: All columns that are missing, or all values that do not fit their column's type, with rows.
    """
    absent = [name for name in schema.columns if name not in table.frame.columns]
    if absent:
        spare = [name for name in table.frame.columns if name not in schema.columns]
        raise DataError([f"{table.origin}: expected a column named {name!r}. Received: {_instead(name, spare, table)}."
                         for name in absent])  # fmt: skip
    used = {name: kind for name, kind in schema.columns.items() if schema.expand(name)}
    decimal = schema.csv.get("decimal", ".")
    parsed = parse_columns(table, used, decimal=decimal, folders=schema.folders)
    return expand_dates(parsed, [name for name, kind in used.items() if kind == "date"], schema.date_parts)


def _instead(name: str, spare: Sequence[object], table: Table) -> str:
    """What stands in the table in place of a column: one that looks misspelt, or all of them."""
    near = nearest(name, spare)
    if near is not None:
        return repr(near)
    return ", ".join(map(repr, table.frame.columns[:20])) + (" …" if len(table.frame.columns) > 20 else "")
