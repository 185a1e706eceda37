"""The bytes of one CSV file to a table of text, or one error that names every record that does not fit the header."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from nnrecipes.data.header import bad_encoding, csv_header, with_header
from nnrecipes.data.table import SHOWN, Table
from nnrecipes.errors import DataError


def read_csv(
    content: bytes,
    origin: str,
    *,
    delimiter: str,
    encoding: str,
    missing_values: Sequence[str],
    header: bool = True,
) -> Table:
    r"""Read every column as text.

    Args:
        content: The file.
        origin: Its name, for messages.
        delimiter: One character, or ``whitespace``.
        encoding: As Python calls it; a byte-order mark is accepted and removed.
        missing_values: What stands for a missing value, once blanks around it are cut off.
        header: Whether the first line names the columns; they are ``column_1``, ``column_2``, ... otherwise.

    Returns:
        Columns of ``str`` objects, ``None`` where missing.

    Raises:
        DataError: Short and long rows, an open quote, bytes that are not in the encoding.

    Example:
        >>> table = read_csv(b"a,b\n1,x\n,y\n", "a.csv", delimiter=",", encoding="utf-8", missing_values=[""])
        >>> table.frame["a"].tolist(), table.place(1)
        (['1', None], 'row 1 (line 3)')
    """
    content, delimiter = with_header(content, delimiter, header=header)
    start = content[: max(1 << 16, content.find(b"\n") + 1)]
    names = csv_header(origin, start, delimiter=delimiter, encoding=encoding)
    plain = _as_utf8(content, origin, encoding)
    try:
        columns: Any = arrow_csv.read_csv(
            pa.BufferReader(plain),
            read_options=arrow_csv.ReadOptions(column_names=list(names), skip_rows=0, block_size=1 << 24),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())),
        )
    except pa.ArrowInvalid as error:
        raise _refusal(plain, origin, delimiter, len(names), error, first=int(header)) from None
    frame = pd.DataFrame({name: _objects(columns[name].slice(1), missing_values) for name in names}, dtype=object)
    if _records(plain) == len(frame) + 1:
        return Table(frame, origin, first_line=1 + header)
    return Table(frame, origin, lines=_lines(plain, origin, delimiter, len(frame), first=int(header)))


def read_numbers(
    content: bytes,
    names: Sequence[str],
    origin: str,
    *,
    wanted: Sequence[str],
    numbers: Collection[str],
    delimiter: str,
    encoding: str,
    missing_values: Sequence[str],
    decimal: str = ".",
) -> pd.DataFrame | None:
    r"""Read records without a header, some columns as numbers at once, which takes a fraction of the time.

    Args:
        content: Whole records.
        names: The columns of the file.
        origin: Its name, for messages.
        wanted: The columns to read.
        numbers: Those of them that are numbers.
        delimiter: One character.
        encoding: As Python calls it.
        missing_values: What stands for a missing value.
        decimal: The decimal mark of numbers.

    Returns:
        float64 and ``str`` objects; None where a value or a record is not plain, which :func:`read_csv` then reads.

    Example:
        >>> options = {"delimiter": ",", "encoding": "utf-8", "missing_values": ["NA"]}
        >>> read_numbers(b"1,x\nNA,y\n", ["a", "b"], "a.csv", wanted=["a"], numbers={"a"}, **options)["a"].tolist()
        [1.0, nan]
        >>> read_numbers(b"one,x\n", ["a", "b"], "a.csv", wanted=["a"], numbers={"a"}, **options) is None
        True
    """
    plain = _as_utf8(content, origin, encoding)
    text = pa.large_string()
    try:
        columns: Any = arrow_csv.read_csv(
            pa.BufferReader(plain),
            read_options=arrow_csv.ReadOptions(column_names=list(names), block_size=1 << 24),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.float64() if name in numbers else text for name in names},
                include_columns=list(wanted),
                null_values=list(missing_values),
                decimal_point=decimal,
            ),
        )
    except pa.ArrowInvalid:
        return None
    known = {name: columns[name].to_numpy() for name in wanted if name in numbers}
    strange = any(np.isnan(values).sum() != columns[name].null_count for name, values in known.items())
    if strange or _records(plain) != columns.num_rows:
        return None
    return pd.DataFrame({name: known[name] if name in known else _objects(columns[name], missing_values)
                         for name in wanted})  # fmt: skip


def _as_utf8(content: bytes, origin: str, encoding: str) -> bytes:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        try:
            content.decode("utf-8")
        except UnicodeError as error:
            raise DataError(bad_encoding(origin, content, error)) from None
        return content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        raise DataError(bad_encoding(origin, content, error)) from None


def _objects(column: Any, missing_values: Sequence[str]) -> npt.NDArray[Any]:
    text = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(text, value_set=pa.array(list(missing_values), pa.large_string()))
    values = pc.if_else(missing, pa.scalar(None, pa.large_string()), text).to_pylist()
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _records(plain: bytes) -> int:
    return plain.count(b"\n") + (not plain.endswith(b"\n"))


def _walk(plain: bytes, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line on which it begins; ``first`` is the line of the header."""
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(plain.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    begin = first
    for record in reader:
        if record:
            yield begin, record
        begin = reader.line_num + first


def _lines(plain: bytes, origin: str, delimiter: str, rows: int, *, first: int) -> npt.NDArray[np.int64] | None:
    lines: list[int] = []
    try:
        lines.extend(line for line, _ in _walk(plain, delimiter, first))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise _open_quote(origin, lines) from None
        return None
    return np.asarray(lines[1:], dtype=np.int64) if len(lines) == rows + 1 else None


def _open_quote(origin: str, lines: Sequence[int]) -> DataError:
    received = f"one that opens after line {lines[-1] if lines else 0} and is still open at the end of the file"
    return DataError(f"{origin}: expected a quote that ends. Received: {received}.")


def _refusal(plain: bytes, origin: str, delimiter: str, width: int, error: Exception, *, first: int) -> DataError:
    ragged: list[str] = []
    lines: list[int] = []
    try:
        for row, (line, record) in enumerate(_walk(plain, delimiter, first), -1):
            lines.append(line)
            if len(record) != width:
                ragged.append(f"row {row} (line {line}) has {len(record)}")
    except csv.Error as reason:
        if not ragged and "unexpected end" in str(reason):
            return _open_quote(origin, lines)
        ragged.append(f"{reason}")
    if not ragged:
        return DataError(f"{origin}: expected a CSV file. Received: {error}.")
    rest = f" and {len(ragged) - SHOWN:,} more rows" if len(ragged) > SHOWN else ""
    values = "value" if width == 1 else "values"
    return DataError(f"{origin}: expected {width} {values} in every row, as in the header. "
                     f"Received: {', '.join(ragged[:SHOWN])}{rest}.")  # fmt: skip
