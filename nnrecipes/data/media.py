"""Raw columns of images and series -> cells that stand for themselves: references to images, numbers or arrays."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.data.cells import ArrayCell
from nnrecipes.data.images import locate_images
from nnrecipes.data.table import Table

SEPARATORS = re.compile(r"[\s,;|]+")


def as_images(table: Table, name: str, folder: str | None) -> tuple[npt.NDArray[np.object_], list[str]]:
    """Return references to images, and the problem of those that lead nowhere.

    Args:
        table: Raw columns.
        name: The column.
        folder: A folder or zip archive in which paths are looked for before the folder of the table.
    """
    folders = [place for place in (folder, table.folder) if place] or ["."]
    raw = table.frame[name]
    found, lost = locate_images(raw, folders)
    if not lost.any():
        return found, []
    if folder and not Path(folder).exists():
        return found, [f"{table.origin}: column {name!r}: expected a folder or a zip archive of images. Received: no "
                       f"such path: {folder}."]  # fmt: skip
    rows = np.flatnonzero(lost)
    received = table.where(rows, raw.iloc[rows[:5]])
    return found, [f"{table.origin}: column {name!r}: expected paths of images in {' or '.join(folders)}. "
                   f"Received: no such file: {received}."]  # fmt: skip


def as_series(table: Table, name: str, *, decimal: str) -> tuple[npt.NDArray[np.object_], list[str]]:
    """Return one array a row (None where missing), and the problem of values that are no lists of numbers.

    Args:
        table: Raw columns.
        name: The column; its values are texts such as ``0.5 0.7 0.1`` (blanks, commas, semicolons or bars between the
            numbers, ``nan`` for a missing step), or arrays.
        decimal: The decimal mark; a comma then separates no numbers.
    """
    raw = table.frame[name]
    found, bad = np.empty(len(raw), dtype=object), []
    for i, value in enumerate(raw):
        if value is None or (not isinstance(value, bytes) and pd.isna(value)):
            continue
        steps = _steps(value, decimal)
        if steps is None:
            bad.append(i)
        elif len(steps):
            found[i] = ArrayCell(steps)
    if not bad:
        return found, []
    received = table.where(bad, raw.iloc[bad[:5]])
    expected = "numbers separated by blanks, such as 0.5 0.7 0.1"
    return found, [f"{table.origin}: column {name!r}: expected {expected}. Received: {received}."]


def _steps(value: object, decimal: str) -> npt.NDArray[np.float64] | None:
    if isinstance(value, ArrayCell):
        steps = value.array
        return steps.astype(np.float64) if steps.ndim == 1 and not np.isinf(steps).any() else None
    words: Sequence[str] = [str(value)]
    if isinstance(value, str):
        text = value.strip().strip("[]()")
        text = re.sub(r"(?<=\d),(?=\d)", ".", text) if decimal == "," else text
        words = [word for word in SEPARATORS.split(text) if word]
    try:
        steps = np.array([float(word) for word in words])
    except ValueError:
        return None
    return None if np.isinf(steps).any() else steps
