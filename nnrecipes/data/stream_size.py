"""A recipe -> whether its rows are streamed; only footers of Parquet files and sizes of CSV files are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.data.header import source_files
from nnrecipes.errors import ConfigError, DataError

if TYPE_CHECKING:
    from nnrecipes.config.recipe import RecipeConfig

GIB = 2**30
VALUE = 8  # bytes of a number in a table in memory


def streams(config: RecipeConfig) -> bool:
    """Whether a recipe's training rows are streamed: it says so, or the table is larger than ``memory_limit``.

    Raises:
        DataError: There are no such files.
    """
    source = config.data.source
    if config.data.stream == "auto" and isinstance(source, CsvSource | ParquetSource):
        return table_size(source) > config.training.memory_limit * GIB
    return config.data.stream is True


def need_memory(config: RecipeConfig, data: object, what: str) -> None:
    """Refuse rows that are streamed where something needs all of them.

    Raises:
        ConfigError: They are.
    """
    if data is None and streams(config):
        expected = "expected rows that are read into memory"
        received = "rows that are streamed. Set data.stream: false, or data.source.path to one file of them"
        raise ConfigError(f"{what}: {expected}. Received: {received}.")


def table_size(source: CsvSource | ParquetSource) -> int:
    """Return about how many bytes a table takes: 8 a value of a Parquet file, of a CSV file as many as it has.

    Raises:
        DataError: There are no such files, or they are no Parquet files.
    """
    files = source_files(source.path, source.kind)
    if source.kind == "csv":
        return sum(file.stat().st_size for file in files)
    return sum(_cells(file) for file in files) * VALUE


def _cells(file: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{file.name}: expected a Parquet file. Received: {error}") from None
    return int(footer.num_rows * footer.num_columns)
