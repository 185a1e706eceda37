"""The set that a column or a file gives to each row."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import ColumnSplit, FileSplit
from nnrecipes.data.csv_file import read_csv
from nnrecipes.data.header import source_files
from nnrecipes.data.parse import as_text
from nnrecipes.data.table import SHOWN, Table
from nnrecipes.errors import DataError, did_you_mean

FILE_SETS = {"train": "train", "val": "validation", "validation": "validation", "test": "test", "drop": "drop"}
Sets = npt.NDArray[np.object_]


def split_file_key(path: str) -> str:
    """The key column of a split file: ``row_id``, or a column of the table.

    Raises:
        DataError: The file is not a CSV file with a key and ``set``.
    """
    table = _read_sets(path)
    return str(table.frame.columns[0])


def sets_of_file(split: FileSplit, frame: pd.DataFrame) -> Sets:
    """Return ``train``, ``validation``, ``test`` or ``drop`` for each row of ``frame``, whose index is the row id.

    Raises:
        DataError: Unknown sets, rows or values that are missing or stand there twice.
    """
    table = _read_sets(split.path)
    key = str(table.frame.columns[0])
    if key != "row_id" and key not in frame.columns:
        raise DataError(f"{table.origin}: expected row_id or a column of the table as its first column. "
                        f"Received: {key!r}.{did_you_mean(key, ['row_id', *frame.columns])}")  # fmt: skip
    names = as_text(table.frame[key])
    found = _checked_sets(table, names)
    wanted = np.asarray([str(row) for row in frame.index], dtype=object) if key == "row_id" else as_text(frame[key])
    spare = sorted(set(names) - set(wanted)) if key == "row_id" else []
    if spare:
        raise DataError(f"{table.origin}: expected row ids of the table, 0 to {len(frame) - 1}. "
                        f"Received: {_listed(spare)}.")  # fmt: skip
    absent = list(dict.fromkeys(name for name in wanted if name not in found))
    if absent:
        raise DataError(f"{table.origin}: expected a set for every {key} of the table. "
                        f"Received: none for {_listed(absent)}.")  # fmt: skip
    return np.asarray([found[name] for name in wanted], dtype=object)


def sets_of_column(split: ColumnSplit, frame: pd.DataFrame) -> Sets:
    """Return ``train``, ``validation``, ``test`` or ``drop`` for each row, as the column says.

    Raises:
        DataError: A value that names no set.
    """
    known = {split.train: "train", split.validation: "validation", split.test: "test", "drop": "drop"}
    values = as_text(frame[split.column])
    unknown = [i for i, value in enumerate(values) if value not in known]
    if unknown:
        received = ", ".join(f"{values[i]!r} in row {frame.index[i]}" for i in unknown[:SHOWN])
        rest = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        raise DataError(f"data.split: column {split.column!r}: expected {', '.join(known)}. Received: {received}{rest}."
                        f"{did_you_mean(values[unknown[0]], known)}")  # fmt: skip
    return np.asarray([known[value] for value in values], dtype=object)


def _read_sets(path: str) -> Table:
    file = source_files(path, "csv")[0]
    table = read_csv(Path(file).read_bytes(), file.name, delimiter=",", encoding="utf-8", missing_values=[""])
    columns = table.frame.columns.tolist()
    if len(columns) != 2 or columns[1] != "set":
        raise DataError(f"{table.origin}: expected two columns: row_id (or a column of the table) and set. "
                        f"Received: {', '.join(map(repr, columns))}.")  # fmt: skip
    return table


def _checked_sets(table: Table, names: npt.NDArray[np.object_]) -> dict[str, str]:
    sets = table.frame["set"].tolist()
    unknown = [i for i, value in enumerate(sets) if value not in FILE_SETS]
    if unknown:
        received = table.where(unknown, [sets[i] for i in unknown])
        near = did_you_mean(sets[unknown[0]], FILE_SETS)
        raise DataError(f"{table.origin}: column 'set': expected {', '.join(FILE_SETS)}. Received: {received}.{near}")
    twice = np.flatnonzero(pd.Series(names).duplicated().to_numpy())
    if len(twice):
        raise DataError(f"{table.origin}: expected each {table.frame.columns[0]} once. "
                        f"Received again: {table.where(twice, names[twice[:SHOWN]])}.")  # fmt: skip
    return {name: FILE_SETS[value] for name, value in zip(names, sets, strict=True)}


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(repr(name) for name in names[:SHOWN]) + rest
