"""A log's file -> its column names, without its rows and without numpy or pandas: ``nnrecipes check`` stays quick."""

from pathlib import Path

from nnrecipes.config.data import ArraysSource, ParquetSource
from nnrecipes.config.interactions import LogSource
from nnrecipes.data.datasets import how_to_fetch
from nnrecipes.errors import DataError


def log_header(source: LogSource | ParquetSource | ArraysSource) -> tuple[str, ...]:
    """Return the column names of a log without reading its rows; none where rows come from Python.

    Raises:
        DataError: There is no such file, or it is empty.
    """
    if isinstance(source, ArraysSource):
        return ()
    path = existing_file(source.path)
    if isinstance(source, ParquetSource):
        from nnrecipes.data.header import parquet_header

        return parquet_header(path)
    if source.names is not None:
        return source.names
    with path.open("rb") as file:
        line = file.readline()
    if not line.strip():
        raise DataError(f"{path.name}: expected a header line with column names. Received: an empty file.")
    text = line.decode(source.encoding, "replace").removeprefix("\ufeff").rstrip("\r\n")
    return tuple(name.strip().strip('"') for name in text.split(source.delimiter))


def existing_file(name: str) -> Path:
    """The path of a file that is there.

    Raises:
        DataError: It is not, or it is a folder.
    """
    path = Path(name)
    if not path.is_file():
        raise DataError(f"{path}: expected a file. Received: {'a folder' if path.is_dir() else 'nothing there'}."
                        f"{how_to_fetch(path)}")  # fmt: skip
    return path
