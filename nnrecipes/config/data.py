"""The ``data`` section: where rows come from, what their columns are, and how they are split."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import FilePath, PositiveInt, Section, kind_or

ColumnType = Literal["numeric", "categorical", "date", "text", "identifier"]
DatePart = Literal["year", "month", "day", "day_of_week", "day_of_year", "hour", "month_cyclic", "day_of_week_cyclic",
                   "day_of_year_cyclic", "hour_cyclic"]  # fmt: skip
Share = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)]
"""A count of rows (integer) or a share of them (between 0 and 1)."""

MISSING_VALUES = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "#N/A", "<NA>")


class SklearnSource(Section):
    """A table bundled with scikit-learn."""

    kind: Literal["sklearn"] = "sklearn"
    name: Literal["iris", "wine", "breast_cancer", "diabetes", "digits"]


class CsvSource(Section):
    """A CSV file, or a folder of CSV files with one header, read in the order of their names."""

    kind: Literal["csv"] = "csv"
    path: FilePath
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    missing_values: tuple[str, ...] = MISSING_VALUES


class ParquetSource(Section):
    """A Parquet file, or a folder of them with one schema."""

    kind: Literal["parquet"] = "parquet"
    path: FilePath


class ArraysSource(Section):
    """Rows given from Python: a pandas DataFrame, a mapping of columns, or ``(X, y)``."""

    kind: Literal["arrays"] = "arrays"


Source = Annotated[SklearnSource | CsvSource | ParquetSource | ArraysSource, Field(discriminator="kind")]


class RandomSplit(Section):
    """Rows at random: ``test`` first, then ``validation`` of the rest."""

    kind: Literal["random"] = "random"
    test: Share = 0.1
    validation: Share = 0.1


class StratifiedSplit(Section):
    """Like random, with each class's share kept. ``column`` is the first classification target by default."""

    kind: Literal["stratified"] = "stratified"
    test: Share = 0.1
    validation: Share = 0.1
    column: str | None = None


class GroupSplit(Section):
    """No value of ``column`` stands in two sets; shares and counts are of groups."""

    kind: Literal["group"] = "group"
    column: str
    test: Share = 0.1
    validation: Share = 0.1


class TimeSplit(Section):
    """The oldest rows train, the newest are the test."""

    kind: Literal["time"] = "time"
    column: str
    test: Share = 0.1
    validation: Share = 0.1


class ColumnSplit(Section):
    """A column of the table names each row's set."""

    kind: Literal["column"] = "column"
    column: str
    train: str = "train"
    validation: str = "val"
    test: str = "test"


class FileSplit(Section):
    """A CSV file names each row's set: ``row_id,set`` (0-based row in file order), or a column of the table, ``set``.

    Sets are ``train``, ``val`` (or ``validation``), ``test`` and ``drop``.
    """

    kind: Literal["file"] = "file"
    path: FilePath


class KFoldSplit(Section):
    """``test`` first, then the rest in ``folds`` parts, of which number ``fold`` (from 0) is the validation set."""

    kind: Literal["kfold"] = "kfold"
    folds: Annotated[int, Field(ge=2)] = 5
    fold: Annotated[int, Field(ge=0)] = 0
    test: Share = 0.1
    stratify: bool = False


Split = Annotated[
    Annotated[RandomSplit, Tag("random")]
    | Annotated[StratifiedSplit, Tag("stratified")]
    | Annotated[GroupSplit, Tag("group")]
    | Annotated[TimeSplit, Tag("time")]
    | Annotated[ColumnSplit, Tag("column")]
    | Annotated[FileSplit, Tag("file")]
    | Annotated[KFoldSplit, Tag("kfold")],
    kind_or("random"),
]


class DataConfig(Section):
    """Where rows come from, what their columns are, and how they are split.

    ``features`` is every column but targets, ignored ones, identifiers and the split's own column unless it is given.
    ``columns`` overrides the inferred type of a column. ``fit_rows`` are the rows to fit on: those of the training set,
    or, to refit a network before it serves, the validation rows and in the end all rows as well.
    """

    source: Source
    features: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    ignore: tuple[str, ...] = ()
    columns: dict[str, ColumnType] = Field(default={})
    dates: Literal["parts", "refuse"] = "parts"
    date_parts: Annotated[tuple[DatePart, ...], Field(min_length=1)] = ("year", "month_cyclic", "day_of_week_cyclic")
    missing_target: Literal["refuse", "drop"] = "refuse"
    min_class_rows: PositiveInt = 3
    split: Split = RandomSplit()
    fit_rows: Literal["train", "train_validation", "all"] = "train"
