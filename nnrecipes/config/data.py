"""The ``data`` section: where rows come from, what their columns are, and how they are split."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import FilePath, PositiveInt, Section, kind_or
from nnrecipes.config.shorthand import KindAlone

ColumnType = Literal["numeric", "categorical", "date", "text", "identifier", "image", "series"]
MEDIA = ("text", "image", "series")
"""Types whose columns feed an input of that kind, and no other; a missing value needs no policy there."""
DatePart = Literal["year", "month", "day", "day_of_week", "day_of_year", "hour", "month_cyclic", "day_of_week_cyclic",
                   "day_of_year_cyclic", "hour_cyclic"]  # fmt: skip
Share = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)]
"""A count of rows (integer) or a share of them (between 0 and 1)."""

MISSING_VALUES = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "#N/A", "<NA>")


class SklearnSource(Section):
    """A table bundled with scikit-learn; ``digits_images`` is ``digits`` with an image of 8 x 8 pixels a row."""

    kind: Literal["sklearn"] = "sklearn"
    name: Literal["iris", "wine", "breast_cancer", "diabetes", "digits", "digits_images"]


class CsvSource(Section):
    """A CSV file, or a folder of CSV files with one header, read in the order of their names.

    ``delimiter`` is one character, or ``whitespace`` for columns that blanks or tabs separate, however many. Without a
    ``header`` line columns are called ``column_1``, ``column_2``, ...
    """

    kind: Literal["csv"] = "csv"
    path: FilePath
    delimiter: Annotated[str, Field(pattern=r"^(.|\t|whitespace)$")] = ","
    header: bool = True
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    missing_values: tuple[str, ...] = MISSING_VALUES


class ParquetSource(Section):
    """A Parquet file, or a folder of them with one schema."""

    kind: Literal["parquet"] = "parquet"
    path: FilePath


class ImagesSource(Section):
    """A folder or a zip archive of images, in the order of their paths.

    Columns: ``image``; ``label``, the name of the folder that holds the file; ``file``, its path.
    """

    kind: Literal["images"] = "images"
    path: FilePath


class IdxSource(Section):
    """Arrays in IDX files, the format of MNIST, plain or packed by gzip; several files follow one another.

    Columns: ``image`` (a row of the arrays, of whatever shape) and, where ``labels`` are given, ``label``.
    """

    kind: Literal["idx"] = "idx"
    images: Annotated[tuple[FilePath, ...], Field(min_length=1)]
    labels: tuple[FilePath, ...] = ()


class LinesSource(Section):
    """Text files with one text a line, a file a class, in the order of ``files``. Columns: ``text`` and ``label``."""

    kind: Literal["lines"] = "lines"
    files: Annotated[dict[str, FilePath], Field(min_length=1)]
    encoding: str = "utf-8"


class ArraysSource(Section):
    """Rows given from Python: a pandas DataFrame, a mapping of columns, or ``(X, y)``."""

    kind: Literal["arrays"] = "arrays"


Source = Annotated[
    SklearnSource | CsvSource | ParquetSource | ImagesSource | IdxSource | LinesSource | ArraysSource,
    Field(discriminator="kind"),
    KindAlone(),
]


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


class OrderSplit(Section):
    """The last rows are the test, those before them the validation set, as they stand in the source."""

    kind: Literal["order"] = "order"
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
    | Annotated[OrderSplit, Tag("order")]
    | Annotated[ColumnSplit, Tag("column")]
    | Annotated[FileSplit, Tag("file")]
    | Annotated[KFoldSplit, Tag("kfold")],
    kind_or("random"),
    KindAlone(),
]


class DataConfig(Section):
    """Where rows come from, what their columns are, and how they are split.

    ``features`` is every column but targets, ignored ones, identifiers and the split's own column unless it is given.
    ``columns`` overrides the inferred type of a column. ``fit_rows`` are the rows to fit on: those of the training set,
    or, to refit a network before it serves, the validation rows and in the end all rows as well.

    ``stream`` reads the training rows of Parquet and CSV files anew in each epoch, ``block_rows`` at a time, in place
    of keeping them in memory; ``auto`` does so where the table takes more than ``training.memory_limit`` GiB.
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
    stream: Literal["auto"] | bool = "auto"
    block_rows: PositiveInt = 131_072
