"""A source to a :class:`Table`: files, folders of files, tables bundled with scikit-learn, and arrays from Python.

CSV values stay text until their types are known. Blanks around a value are cut off; a value that is then one of
``missing_values`` is missing. Every record must have as many values as the header: nothing is padded or cut.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import ArraysSource, CsvSource, ParquetSource, SklearnSource
from nnrecipes.data.arrays import as_frame
from nnrecipes.data.bundled import BUNDLED
from nnrecipes.data.csv_file import read_csv
from nnrecipes.data.header import parquet_header, source_files
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError

Source = CsvSource | ParquetSource | SklearnSource | ArraysSource


def read_table(source: Source, data: object = None, target: Sequence[str] = ()) -> Table:
    """Read all rows of a source.

    Args:
        source: The ``data.source`` section.
        data: Of ``arrays``: a DataFrame, a mapping of columns, or ``(X, y)``.
        target: Names for the columns of ``y``.

    Returns:
        The table, with at least one row.

    Raises:
        DataError: A file that is not there or not what it should be, with lines and rows.

    Example:
        >>> table = read_table(SklearnSource(name="iris"))
        >>> table.frame.shape, table.frame["species"][0]
        ((150, 5), 'setosa')
    """
    if source.kind != "arrays" and data is not None:
        raise DataError(f"data.source.kind: expected arrays where rows come from Python. Received: {source.kind!r}.")
    if source.kind == "sklearn":
        table = _read_bundled(source.name)
    elif source.kind == "arrays":
        frame = as_frame(data, target)
        table = Table(frame, "arrays", sha256=frame_sha256(frame))
    else:
        table = _read_files(source)
    if not len(table.frame):
        raise DataError(f"{table.origin}: expected at least one row. Received: no rows.")
    return table


def frame_sha256(frame: pd.DataFrame) -> str:
    """The SHA-256 of column names and values."""
    digest = hashlib.sha256("\x00".join(map(str, frame.columns)).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _read_bundled(name: str) -> Table:
    from sklearn import datasets

    bundled = BUNDLED[name]
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    frame = pd.DataFrame(bunch.data, columns=list(bundled.columns))
    classes = np.asarray(bundled.classes, dtype=object)
    frame[bundled.target] = classes[bunch.target] if bundled.classes else bunch.target
    return Table(frame, f"sklearn {name}", sha256=frame_sha256(frame))


def _read_files(source: CsvSource | ParquetSource) -> Table:
    files = source_files(source.path, source.kind)
    digest = hashlib.sha256()
    tables: list[Table] = []
    for file in files:
        content = file.read_bytes()
        digest.update(content)
        if source.kind == "csv":
            tables.append(read_csv(content, file.name, delimiter=source.delimiter, encoding=source.encoding,
                                   missing_values=source.missing_values))  # fmt: skip
        else:
            tables.append(Table(next(parquet_frames(file)), file.name))
    if len(tables) == 1:
        one = tables[0]
        return Table(one.frame, one.origin, one.first_line, digest.hexdigest(), one.lines)
    return _join(tables, Path(source.path).name, digest.hexdigest())


def _join(tables: list[Table], origin: str, sha256: str) -> Table:
    first = tables[0]
    problems = [f"{table.origin}: expected the columns of {first.origin}: {', '.join(first.frame.columns)}. "
                f"Received: {', '.join(table.frame.columns)}."
                for table in tables[1:] if list(table.frame.columns) != list(first.frame.columns)]  # fmt: skip
    if problems:
        raise DataError(problems)
    starts = np.cumsum([0, *(len(table.frame) for table in tables)])
    lines = None
    if first.first_line is not None or first.lines is not None:
        lines = np.concatenate([_lines(table) for table in tables])
    files = tuple((table.origin, int(start)) for table, start in zip(tables, starts, strict=False))
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    return Table(frame, origin, None, sha256, lines, files)


def _lines(table: Table) -> npt.NDArray[np.int64]:
    return table.lines if table.lines is not None else np.arange(len(table.frame)) + (table.first_line or 0)


def parquet_frames(file: Path, rows: int | None = None) -> Iterator[pd.DataFrame]:
    """Yield a Parquet file's columns, all rows at once or at most ``rows`` at a time; a pandas index is no column.

    Raises:
        DataError: It is no Parquet file, or a column holds lists or records.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = parquet_header(file)
    with pq.ParquetFile(file) as parquet:
        stored = [name for name in parquet.schema_arrow.names if not name.startswith("__index_level_")]
        nested = [name for name in stored if pa.types.is_nested(parquet.schema_arrow.field(name).type)]
        if nested:
            raise DataError([f"{file.name}: column {name!r}: expected one value a row. Received: lists or records."
                             for name in nested])  # fmt: skip
        try:
            parts = parquet.iter_batches(rows, columns=stored) if rows else [parquet.read(columns=stored)]
            for part in parts:
                frame = part.to_pandas() if rows else part.to_pandas(ignore_metadata=True)
                frame = frame.reset_index(drop=True)
                frame.columns = pd.Index(names)
                yield frame
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{file.name}: expected a Parquet file. Received: {error}") from None
