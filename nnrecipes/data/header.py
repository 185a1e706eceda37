"""A source to its column names, from the first line alone: a recipe is checked without reading rows.

The rules are those of :mod:`nnrecipes.data.read`: a byte-order mark is no part of the first name, blanks around a name
are cut off, a column without a name (an index that was written with the rows) is called ``column_1`` after its place.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.data.bundled import BUNDLED
from nnrecipes.data.datasets import how_to_fetch
from nnrecipes.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from nnrecipes.config.data import Source

DELIMITERS = {",": "','", ";": "';'", "\t": '"\\t" (tab)', "|": "'|'"}
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_header(source: Source) -> tuple[str, ...]:
    """Return the column names of a source; none for ``arrays``, whose rows come later.

    Raises:
        DataError: No such file, an empty one, a duplicate name, a wrong delimiter or encoding.

    Example:
        >>> from nnrecipes.config.data import SklearnSource
        >>> read_header(SklearnSource(name="iris"))[-1]
        'species'
    """
    if source.kind == "sklearn":
        return BUNDLED[source.name].header
    if source.kind == "arrays":
        return ()
    if source.kind == "images":
        existing_place(source.path)
        return ("image", "label", "file")
    if source.kind == "idx":
        for path in (*source.images, *source.labels):
            existing_file(path)
        return ("image", "label") if source.labels else ("image",)
    if source.kind == "lines":
        for path in source.files.values():
            existing_file(path)
        return ("text", "label")
    first = source_files(source.path, source.kind)[0]
    if source.kind == "parquet":
        return parquet_header(first)
    with first.open("rb") as file:
        start = file.read(1 << 16)
        while b"\n" not in start and b"\r" not in start and (more := file.read(1 << 16)):
            start += more
    start, delimiter = with_header(start, source.delimiter, header=source.header)
    return csv_header(first.name, start, delimiter=delimiter, encoding=source.encoding)


def with_header(content: bytes, delimiter: str, *, header: bool) -> tuple[bytes, str]:
    r"""Return a CSV file in which one character separates columns and the first line names them, and that character.

    Example:
        >>> with_header(b"  1   2\n", "whitespace", header=False)
        (b'column_1 column_2\n1 2\n', ' ')
    """
    if delimiter == "whitespace":
        content, delimiter = b"".join(b" ".join(line.split()) + b"\n" for line in content.splitlines()), " "
    if header:
        return content, delimiter
    first = next((line for line in content.splitlines() if line.strip()), b"").decode("latin-1")
    width = len(next(csv.reader([first], delimiter=delimiter), []))
    names = delimiter.join(f"column_{place}" for place in range(1, width + 1))
    return names.encode() + b"\n" + content if width else content, delimiter


def existing_file(path: str) -> Path:
    """Return a path that leads to a file.

    Raises:
        DataError: It does not.
    """
    place = existing_place(path)
    if not place.is_file():
        raise DataError(f"{place}: expected a file. Received: a folder.")
    return place


def existing_place(path: str) -> Path:
    """Return a path that leads to a file or a folder.

    Raises:
        DataError: It does not.
    """
    place = Path(path)
    if not place.exists():
        raise DataError(f"{place}: expected a file or folder. Received: no such path.{_near(place)}")
    return place


def _near(place: Path) -> str:
    near = how_to_fetch(place)
    if not near and place.parent.is_dir():
        near = did_you_mean(place.name, [file.name for file in place.parent.glob("*")])
    return near


def source_files(path: str, kind: str) -> list[Path]:
    """Return the file, or the folder's files of that kind in the order of their names.

    Raises:
        DataError: Nothing there.
    """
    place = Path(path)
    if place.is_dir():
        files = sorted(file for file in place.iterdir() if file.suffix.lower() == f".{kind}" and file.is_file())
        if not files:
            raise DataError(f"{place}: expected a folder with *.{kind} files. Received: a folder without any.")
        return files
    if not place.is_file():
        raise DataError(f"{place}: expected a {kind} file or a folder of them. Received: no such file.{_near(place)}")
    return [place]


def parquet_header(file: Path) -> tuple[str, ...]:
    """Return the column names of a Parquet file; a pandas index is no column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(file).names
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{file.name}: expected a Parquet file. Received: {error}") from None
    return clean_names(file.name, [name for name in names if not name.startswith("__index_level_")])


def csv_header(origin: str, start: bytes, *, delimiter: str, encoding: str) -> tuple[str, ...]:
    r"""Return the names in the first record of ``start``, the first bytes of a file.

    Raises:
        DataError: The file is empty or not in ``encoding``, a name comes twice, or the delimiter looks wrong.

    Example:
        >>> csv_header("a.csv", b"id; x\n1;2\n", delimiter=";", encoding="utf-8")
        ('id', 'x')
    """
    if start.startswith(UTF16) and encoding.lower().replace("_", "-") == "utf-8":
        raise DataError(f"{origin}: expected text in utf-8. Received: UTF-16. Set data.source.encoding: utf-16.")
    text = _decode(origin, start, encoding)
    lines = [line for line in text.removeprefix("\ufeff").splitlines(keepends=True) if line.strip()]
    if not lines:
        raise DataError(f"{origin}: expected a header line with column names. Received: an empty file.")
    names = next(csv.reader(lines, delimiter=delimiter))
    if len(names) == 1:
        other = next((mark for mark in DELIMITERS if mark != delimiter and mark in names[0]), None)
        if other:
            separated = DELIMITERS.get(delimiter, repr(delimiter))
            raise DataError(f"{origin}: line 1: expected columns separated by {separated}. "
                            f"Received: one column {names[0][:60]!r}. "
                            f"Set data.source.delimiter: {DELIMITERS[other]}.")  # fmt: skip
    return clean_names(origin, names)


def clean_names(origin: str, names: Sequence[object]) -> tuple[str, ...]:
    """Cut blanks off names, number those that are empty, refuse those that come twice."""
    clean = [str(name).strip() or f"column_{place}" for place, name in enumerate(names, 1)]
    twice = sorted({name for name in clean if clean.count(name) > 1})
    if twice:
        places = "; ".join(f"{name!r} in columns {_places(clean, name)}" for name in twice[:5])
        raise DataError(f"{origin}: expected every column name once. Received: {places}.")
    return tuple(clean)


def _places(names: Sequence[str], name: str) -> str:
    return ", ".join(str(place) for place, other in enumerate(names, 1) if other == name)


def _decode(origin: str, start: bytes, encoding: str) -> str:
    try:
        "".encode(encoding)  # refuses what is no encoding of text, such as base64
        return codecs.getincrementaldecoder(encoding)().decode(start)
    except LookupError:
        message = f"data.source.encoding: expected an encoding of text that Python knows. Received: {encoding!r}."
        raise DataError(message) from None
    except UnicodeError as error:
        raise DataError(bad_encoding(origin, start, error)) from None


def bad_encoding(origin: str, content: bytes, error: UnicodeError) -> str:
    """Say which byte of which line is not in the encoding."""
    if not isinstance(error, UnicodeDecodeError):
        return f"{origin}: expected text in the encoding of data.source.encoding. Received: {error}."
    line = content.count(b"\n", 0, error.start) + 1
    return (f"{origin}: line {line}: expected text in {error.encoding}. Received: byte 0x{content[error.start]:02x} "
            f"at position {error.start}. Set data.source.encoding, such as cp1252 or latin-1.")  # fmt: skip
