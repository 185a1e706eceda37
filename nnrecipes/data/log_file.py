"""A CSV or Parquet file, or columns from Python -> id columns as codes and number columns, by pyarrow."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.data import ArraysSource, ParquetSource
from nnrecipes.config.interactions import LogSource
from nnrecipes.data.log_header import existing_file, log_header
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean

SHOWN = 5
ONE = "\x1f"  # stands for a delimiter of several characters


@dataclass(frozen=True)
class Log:
    """The columns of a log.

    Args:
        ids: Name -> distinct ids as text, and the code of each row, int32 ``(rows,)``.
        numbers: Name -> float64 ``(rows,)``.
        origin: What messages call it.
        sha256: Of the file, or of the values.
    """

    ids: dict[str, tuple[Array, Array]]
    numbers: dict[str, Array]
    origin: str
    sha256: str


def read_log(
    source: LogSource | ParquetSource | ArraysSource,
    data: Any,
    *,
    ids: Mapping[str, str],
    numbers: Mapping[str, str] | None = None,
) -> Log:
    """Read the columns of a log.

    Args:
        source: Where it is.
        data: A DataFrame or a mapping of columns, where the source is ``arrays``.
        ids: What a column is -> its name in the file.
        numbers: Likewise; dates and times become seconds.

    Raises:
        DataError: No such file or column, a short row, an empty id, text where a number should be.
    """
    import pyarrow as pa

    numbers = numbers or {}
    wanted = [*ids.values(), *numbers.values()]
    if isinstance(source, ArraysSource):
        table, origin, sha256 = _from_python(data, wanted)
    elif data is not None:
        expected = "data.interactions.source.kind: expected arrays where rows come from Python"
        raise DataError(f"{expected}. Received: {source.kind!r}.")
    else:
        table, origin, sha256 = _from_file(source, wanted, list(ids.values()))
    if not table.num_rows:
        raise DataError(f"{origin}: expected at least one row. Received: no rows.")
    found = {what: _codes(table.column(name), name, origin) for what, name in ids.items()}
    values = {what: _numbers(table.column(name), name, origin) for what, name in numbers.items()}
    del table
    pa.default_memory_pool().release_unused()
    return Log(found, values, origin, sha256)


def require_columns(wanted: Sequence[str], header: Sequence[str], origin: str) -> None:
    """Raise what is missing of ``wanted``, every name.

    Raises:
        DataError: A column is missing.
    """
    missing = [name for name in wanted if name not in header]
    if missing:
        raise DataError([f"{origin}: expected the column {name!r}. Received: {', '.join(header)}."
                         f"{did_you_mean(name, header)}" for name in missing])  # fmt: skip


def _from_file(source: LogSource | ParquetSource, wanted: Sequence[str], ids: Sequence[str]) -> tuple[Any, str, str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = existing_file(source.path)
    header = log_header(source)
    require_columns(wanted, header, path.name)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        table = pq.read_table(path, columns=list(wanted)) if isinstance(source, ParquetSource) else _csv(
            source, path, header, wanted, ids)  # fmt: skip
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, UnicodeError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path.name}: expected rows of {', '.join(header)}. Received: {reason}") from None
    return table, path.name, sha256


def _csv(source: LogSource, path: Path, header: Sequence[str], wanted: Sequence[str], ids: Sequence[str]) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    content: Any = str(path)
    delimiter = source.delimiter
    if len(delimiter) > 1:
        content = pa.BufferReader(path.read_bytes().replace(delimiter.encode(source.encoding), ONE.encode()))
        delimiter = ONE
    quote: Any = '"' if delimiter in ",;" else False  # titles of tab-separated files have lone quotes
    types = {name: pa.dictionary(pa.int32(), pa.string()) for name in ids}
    return csv.read_csv(
        content,
        read_options=csv.ReadOptions(column_names=list(header), skip_rows=int(source.names is None),
                                     encoding=source.encoding),
        parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=quote),
        convert_options=csv.ConvertOptions(column_types=types, include_columns=list(dict.fromkeys(wanted)),
                                           strings_can_be_null=True, null_values=["", "NA", "null"]),
    )  # fmt: skip


def _from_python(data: Any, wanted: Sequence[str]) -> tuple[Any, str, str]:
    import pyarrow as pa

    if not isinstance(data, pd.DataFrame | Mapping):
        received = "nothing" if data is None else type(data).__name__
        raise DataError(f"data: expected a DataFrame or a mapping of columns. Received: {received}.")
    require_columns(wanted, [str(name) for name in data], "the rows")
    frame = pd.DataFrame({name: np.asarray(data[name]) for name in dict.fromkeys(wanted)})
    digest = hashlib.sha256("\x00".join(frame.columns).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return pa.Table.from_pandas(frame, preserve_index=False), "the rows", digest.hexdigest()


def _codes(column: Any, name: str, origin: str) -> tuple[Array, Array]:
    """Distinct ids as text and the code of each row; 3.0 from a column of numbers is the id 3."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count:
        rows = np.flatnonzero(column.is_null().to_numpy())[:SHOWN]
        more = f" and {column.null_count - len(rows):,} more" if column.null_count > len(rows) else ""
        raise DataError(f"{origin}: column {name!r}: expected an id in every row. "
                        f"Received: none in row {', '.join(map(str, rows))}{more}.")  # fmt: skip
    if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.floor(column))).as_py():
        column = column.cast(pa.int64())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    ids = np.array([str(value).strip() for value in whole.dictionary.to_pylist()], dtype=object)
    codes = whole.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    if len(set(ids)) < len(ids):  # blanks around an id
        ids, place = np.unique(ids, return_inverse=True)
        codes = place[codes].astype(np.int32)
    return ids, codes


def _numbers(column: Any, name: str, origin: str) -> Array:
    import pyarrow as pa

    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("ns")).cast(pa.int64())
        values: Array = column.to_numpy() / 1e9
        return values
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        bad = next(value for value in column.to_pylist() if not _is_number(value))
        raise DataError(f"{origin}: column {name!r}: expected numbers. Received: {bad!r}.") from None
    strange = np.flatnonzero(~np.isfinite(values))
    if len(strange):
        places = ", ".join(map(str, strange[:SHOWN]))
        raise DataError(f"{origin}: column {name!r}: expected a finite number in every row. "
                        f"Received: none in row {places} ({len(strange):,} in all).")  # fmt: skip
    return values


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True
