"""A file -> tables of some thousand rows, one after the other: memory does not grow with the file."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.data.csv_file import read_csv
from nnrecipes.data.header import source_files
from nnrecipes.data.read import parquet_frames
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError


def read_batches(source: CsvSource | ParquetSource, rows: int = 65_536) -> Iterator[Table]:
    """Yield the rows of a file or of a folder in order; messages count rows and lines from the file's beginning.

    Args:
        source: The file, and how it is read.
        rows: At most so many rows a table.

    Raises:
        DataError: As :func:`~nnrecipes.data.read.read_table` does, when the batch at fault is reached.
    """
    for file in source_files(source.path, source.kind):
        any_row = False
        for table in _csv(file, source, rows) if isinstance(source, CsvSource) else _parquet(file, rows):
            any_row = any_row or bool(len(table.frame))
            yield table
        if not any_row:
            raise DataError(f"{file.name}: expected at least one row. Received: no rows.")


def _parquet(file: Path, rows: int) -> Iterator[Table]:
    start = 0
    for frame in parquet_frames(file, rows):
        yield Table(frame, file.name, start=start, folder=str(file.absolute().parent))
        start += len(frame)


def _csv(file: Path, source: CsvSource, rows: int) -> Iterator[Table]:
    options = {"delimiter": source.delimiter, "encoding": source.encoding, "missing_values": source.missing_values,
               "header": source.header}  # fmt: skip
    start = line = 0
    for header, block in _blocks(file, source.encoding, rows, headed=source.header):
        table = read_csv(header + block, file.name, **options)  # type: ignore[arg-type]
        lines = table.lines + line if table.lines is not None else None
        first = table.first_line + line if table.first_line is not None else None
        yield dataclasses.replace(table, lines=lines, first_line=first, start=start, folder=str(file.absolute().parent))
        start += len(table.frame)
        line += block.count(b"\n")


def _blocks(file: Path, encoding: str, rows: int, *, headed: bool) -> Iterator[tuple[bytes, bytes]]:
    """Yield the header and some whole records; a quoted line break does not end a record."""
    if encoding.casefold().replace("_", "-") not in {"utf-8", "utf8", "utf-8-sig", "ascii", "latin-1", "cp1252"}:
        content = file.read_bytes()
        yield b"", content
        return
    with file.open("rb") as stream:
        header = _record(stream) if headed else b""
        records: list[bytes] = []
        while record := _record(stream):
            records.append(record)
            if len(records) == rows:
                yield header, b"".join(records)
                records = []
        if records or (headed and not header):
            yield header, b"".join(records)


def _record(stream: Iterator[bytes]) -> bytes:
    record = next(stream, b"")
    while record.count(b'"') % 2 and (more := next(stream, b"")):
        record += more
    return record
