"""Files -> the parts that can be read by themselves: row groups of Parquet, some thousand records of CSV.

Nothing but their places is kept, so a table of any size is a short list.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.data.csv_file import read_csv, read_numbers
from nnrecipes.data.header import csv_header, parquet_header, source_files, with_header
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError

CHUNK = 32_768
"""Rows that are typed at once, and records of CSV in one unit."""

BUFFER = 1 << 16
"""Bytes of a column that are read at once: by default pyarrow takes in whole row groups."""


@dataclass(frozen=True)
class Unit:
    """Where some rows stand.

    Args:
        file: Their file.
        part: The row group of a Parquet file; the first byte in a CSV file.
        rows: How many rows.
        first: The row id of the first one, 0-based over all files.
        start: Rows of the file before them.
        size: Of CSV, the number of bytes.
        line: Of CSV, lines of the file before them.
    """

    file: Path
    part: int
    rows: int
    first: int
    start: int
    size: int = 0
    line: int = 0


def find_units(source: CsvSource | ParquetSource) -> list[Unit]:
    """Return the units of all files in order; a CSV file is read through for it, of Parquet only the footers.

    Raises:
        DataError: No files, one without the columns of the first one, or no rows.
    """
    files = source_files(source.path, source.kind)
    names = [_columns(file, source) for file in files]
    problems = [f"{file.name}: expected the columns of {files[0].name}: {', '.join(names[0])}. "
                f"Received: {', '.join(found)}."
                for file, found in zip(files, names, strict=True) if found != names[0]]  # fmt: skip
    if problems:
        raise DataError(problems)
    units: list[Unit] = []
    first = 0
    for file in files:
        for unit in _csv_units(file, source) if isinstance(source, CsvSource) else _row_groups(file):
            units.append(replace(unit, first=first))
            first += unit.rows
    if not first:
        raise DataError(f"{Path(source.path).name}: expected at least one row. Received: no rows.")
    return units


def read_unit(
    unit: Unit,
    source: CsvSource | ParquetSource,
    columns: Sequence[str] | None = None,
    numbers: Collection[str] = (),
    rows: int = CHUNK,
) -> Iterator[Table]:
    """Yield the rows of a unit in order, at most ``rows`` at a time; the index is the row id.

    Args:
        unit: The unit.
        source: How its file is read.
        columns: The columns that are wanted; None reads all.
        numbers: Those that may be read as numbers at once.
        rows: At most so many rows a table.

    Raises:
        DataError: The file is not what it was, or not what it should be.
    """
    if isinstance(source, CsvSource):
        parts = _read_records(unit, source, columns or (), numbers)
    else:
        parts = _read_row_group(unit, columns, rows)
    done = 0
    for table in parts:
        frame = table.frame.set_axis(range(unit.first + done, unit.first + done + len(table.frame)))
        yield replace(table, frame=frame)
        done += len(frame)
    if done != unit.rows:
        expected = f"{unit.rows:,} rows from row {unit.start:,}, as there were when it was first read"
        raise DataError(f"{unit.file.name}: expected {expected}. Received: {done:,}.")


def interleave(
    units: Sequence[Unit],
    source: CsvSource | ParquetSource,
    columns: Sequence[str] | None = None,
    numbers: Collection[str] = (),
    *,
    open_at_once: int,
) -> Iterator[Table]:
    """Yield tables of several units in turn, so that rows of different files and row groups come side by side."""
    waiting = iter(units)
    readers = [read_unit(unit, source, columns, numbers) for unit in islice(waiting, open_at_once)]
    while readers:
        for reader in list(readers):
            table = next(reader, None)
            if table is not None:
                yield table
                continue
            readers.remove(reader)
            readers += [read_unit(unit, source, columns, numbers) for unit in islice(waiting, 1)]


def _columns(file: Path, source: CsvSource | ParquetSource) -> tuple[str, ...]:
    if isinstance(source, ParquetSource):
        return parquet_header(file)
    with file.open("rb") as stream:
        start, delimiter = with_header(_record(stream), source.delimiter, header=source.header)
    return csv_header(file.name, start, delimiter=delimiter, encoding=source.encoding)


def _row_groups(file: Path) -> Iterator[Unit]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{file.name}: expected a Parquet file. Received: {error}") from None
    start = 0
    for part in range(footer.num_row_groups):
        rows = footer.row_group(part).num_rows
        if rows:
            yield Unit(file, part, rows, 0, start)
        start += rows


def _read_row_group(unit: Unit, columns: Sequence[str] | None, rows: int) -> Iterator[Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = parquet_header(unit.file)
    start = unit.start
    try:
        with pq.ParquetFile(unit.file, buffer_size=BUFFER, pre_buffer=False) as parquet:
            stored = [name for name in parquet.schema_arrow.names if not name.startswith("__index_level_")]
            wanted = {old: new for old, new in zip(stored, names, strict=True) if columns is None or new in columns}
            _refuse_nested(unit.file.name, parquet.schema_arrow, wanted)
            for batch in parquet.iter_batches(rows, row_groups=[unit.part], columns=list(wanted)):
                frame = pa.Table.from_batches([batch]).to_pandas(ignore_metadata=True).rename(columns=wanted)
                yield Table(frame, unit.file.name, start=start, folder=str(unit.file.absolute().parent))
                start += len(frame)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{unit.file.name}: expected a Parquet file. Received: {error}") from None


def _refuse_nested(origin: str, schema: Any, names: dict[str, str]) -> None:
    import pyarrow as pa

    nested = [new for old, new in names.items() if pa.types.is_nested(schema.field(old).type)]
    if nested:
        raise DataError([f"{origin}: column {name!r}: expected one value a row where rows are streamed. "
                         "Received: lists or records." for name in nested])  # fmt: skip


def _csv_units(file: Path, source: CsvSource) -> Iterator[Unit]:
    """Cut a file at every so many records; a quoted line break does not end one."""
    start = 0
    with file.open("rb") as stream:
        place = len(_record(stream)) if source.header else 0
        stream.seek(place)
        line = 1 if source.header else 0
        while block := list(islice(iter(lambda: _record(stream), b""), CHUNK)):
            size = sum(map(len, block))
            rows = sum(1 for record in block if record.strip())
            if rows:
                yield Unit(file, place, rows, 0, start, size, line)
            start, place = start + rows, place + size
            line += sum(record.count(b"\n") for record in block)


def _read_records(unit: Unit, source: CsvSource, columns: Sequence[str], numbers: Collection[str]) -> Iterator[Table]:
    with unit.file.open("rb") as stream:
        header = _record(stream) if source.header else b""
        stream.seek(unit.part)
        content = stream.read(unit.size)
    folder = str(unit.file.absolute().parent)
    if numbers and source.header and source.delimiter != "whitespace":
        names = csv_header(unit.file.name, header, delimiter=source.delimiter, encoding=source.encoding)
        frame = read_numbers(content, names, unit.file.name, wanted=columns, numbers=numbers,
                             delimiter=source.delimiter, encoding=source.encoding, decimal=source.decimal,
                             missing_values=source.missing_values)  # fmt: skip
        if frame is not None:
            yield Table(frame, unit.file.name, first_line=unit.line + 1, start=unit.start, folder=folder)
            return
    table = read_csv(header + content, unit.file.name, delimiter=source.delimiter, encoding=source.encoding,
                     missing_values=source.missing_values, header=source.header)  # fmt: skip
    before = unit.line - bool(source.header)
    lines = table.lines + before if table.lines is not None else None
    first = table.first_line + before if table.first_line is not None else None
    yield replace(table, lines=lines, first_line=first, start=unit.start, folder=folder)


def _record(stream: Any) -> bytes:
    record: bytes = next(stream, b"")
    while record.count(b'"') % 2 and (more := next(stream, b"")):
        record += more
    return record
