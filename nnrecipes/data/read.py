"""A source to a :class:`Table`: files, folders of files, tables bundled with scikit-learn, and arrays from Python.

CSV values stay text until their types are known. Blanks around a value are cut off; a value that is then one of
``missing_values`` is missing. Every record must have as many values as the header: nothing is padded or cut.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import CsvSource, ParquetSource, Source
from nnrecipes.data.arrays import as_frame
from nnrecipes.data.bundled import BUNDLED, Bundled
from nnrecipes.data.cells import as_cell, as_cells
from nnrecipes.data.csv_file import read_csv
from nnrecipes.data.header import parquet_header, source_files
from nnrecipes.data.media_sources import read_idx_files, read_images, read_lines
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError


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
        >>> from nnrecipes.config.data import SklearnSource
        >>> table = read_table(SklearnSource(name="iris"))
        >>> table.frame.shape, table.frame["species"][0]
        ((150, 5), 'setosa')
    """
    if source.kind != "arrays" and data is not None:
        raise DataError(f"data.source.kind: expected arrays where rows come from Python. Received: {source.kind!r}.")
    table = _read(source, data, target)
    if not len(table.frame):
        raise DataError(f"{table.origin}: expected at least one row. Received: no rows.")
    return table


def _read(source: Source, data: object, target: Sequence[str]) -> Table:
    match source.kind:
        case "sklearn":
            return _read_bundled(source.name)
        case "arrays":
            frame = as_frame(data, target)
            return Table(frame, "arrays", sha256=frame_sha256(frame))
        case "images":
            return read_images(source)
        case "idx":
            return read_idx_files(source)
        case "lines":
            return read_lines(source)
        case _:
            return _read_files(source)


def frame_sha256(frame: pd.DataFrame) -> str:
    """The SHA-256 of column names and values."""
    digest = hashlib.sha256("\x00".join(map(str, frame.columns)).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def source_sha256(source: Source, data: object = None, target: Sequence[str] = ()) -> str:
    """The SHA-256 that :func:`read_table` gives to the table of a source; files are not taken into memory for it."""
    if isinstance(source, CsvSource | ParquetSource) and data is None:
        return files_sha256(source_files(source.path, source.kind))
    return read_table(source, data, target).sha256


def files_sha256(files: Sequence[Path]) -> str:
    """The SHA-256 of the content of files, one after the other, of which little is in memory at a time."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
    return digest.hexdigest()


def _read_bundled(name: str) -> Table:
    from sklearn import datasets

    bundled = BUNDLED[name]
    if name == "digits_images":
        return _digit_images(datasets.load_digits(), bundled)
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    frame = pd.DataFrame(bunch.data, columns=list(bundled.columns))
    classes = np.asarray(bundled.classes, dtype=object)
    frame[bundled.target] = classes[bunch.target] if bundled.classes else bunch.target
    return Table(frame, f"sklearn {name}", sha256=frame_sha256(frame))


def _digit_images(bunch: Any, bundled: Bundled) -> Table:
    """Digits as images; their grey values from 0 to 16 become 0 to 255."""
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    frame = pd.DataFrame({"image": as_cells(pixels), bundled.target: bunch.target.astype(str)}, dtype=object)
    return Table(frame, "sklearn digits_images", sha256=frame_sha256(frame))


def _read_files(source: CsvSource | ParquetSource) -> Table:
    files = source_files(source.path, source.kind)
    digest = hashlib.sha256()
    tables: list[Table] = []
    for file in files:
        content = file.read_bytes()
        digest.update(content)
        if source.kind == "csv":
            tables.append(read_csv(content, file.name, delimiter=source.delimiter, encoding=source.encoding,
                                   missing_values=source.missing_values, header=source.header))  # fmt: skip
        else:
            tables.append(Table(next(parquet_frames(file)), file.name))
    if len(tables) == 1:
        one = tables[0]
        return replace(one, sha256=digest.hexdigest(), folder=str(files[0].absolute().parent))
    return replace(_join(tables, Path(source.path).name, digest.hexdigest()), folder=str(files[0].absolute().parent))


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

    Lists of numbers become arrays, one a row.

    Raises:
        DataError: It is no Parquet file, or a column holds records or lists of something else.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = parquet_header(file)
    with pq.ParquetFile(file) as parquet:
        stored = [name for name in parquet.schema_arrow.names if not name.startswith("__index_level_")]
        kinds = {name: parquet.schema_arrow.field(name).type for name in stored}
        nested = [name for name in stored if pa.types.is_nested(kinds[name])]
        refused = [name for name in nested if not _is_numbers(kinds[name])]
        if refused:
            raise DataError([f"{file.name}: column {name!r}: expected one value a row. Received: lists or records."
                             for name in refused])  # fmt: skip
        try:
            parts = parquet.iter_batches(rows, columns=stored) if rows else [parquet.read(columns=stored)]
            for part in parts:
                frame = part.to_pandas() if rows else part.to_pandas(ignore_metadata=True)
                frame = frame.reset_index(drop=True)
                for name in nested:
                    frame[name] = frame[name].map(as_cell, na_action="ignore")
                frame.columns = pd.Index(names)
                yield frame
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{file.name}: expected a Parquet file. Received: {error}") from None


def _is_numbers(kind: Any) -> bool:
    """Whether a Parquet type is a list of numbers."""
    import pyarrow as pa

    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists and (pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type)))
