"""One pass over all rows -> the held-out rows, a sample of the training rows, and totals of every training column."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.data.ahead import ahead
from nnrecipes.data.held_out import TEST, TRAIN, VALIDATION, Sets, row_hashes
from nnrecipes.data.row_reader import RowReader, rows_of
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.totals import Categories, Numbers, Total
from nnrecipes.errors import DataError

SAMPLE_ROWS = 100_000
"""Training rows that stay in memory, for what needs rows side by side: medians, bins, baselines."""
HELD_OUT_ROWS = 1_000_000
"""Rows of validation and test together, which stay in memory."""
SILENCE = 10.0  # seconds between two lines


@dataclass(frozen=True)
class Survey:
    """What one pass found.

    Args:
        totals: Column of the typed rows -> its totals over the training rows.
        rows: How many training rows there are.
        sample: Some of them, drawn by the seed, in file order; all of them where they are few.
        validation: The validation rows.
        test: The test rows.
    """

    totals: dict[str, Total]
    rows: int
    sample: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame


class Sample:
    """Rows whose numbers have the smallest hashes: a sample without replacement, whatever order the rows come in.

    Args:
        size: How many rows.
        seed: Of the draw.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self._parts: list[pd.DataFrame] = []
        self._hashes = np.empty(0, dtype=np.uint64)
        self._most = np.uint64(2**64 - 1)

    def add(self, frame: pd.DataFrame) -> None:
        """Take in rows; the index is the row id."""
        hashes = row_hashes(frame.index.to_numpy(), self.seed)
        near = hashes <= self._most
        if near.any():
            self._parts.append(rows_of(frame, near))
            self._hashes = np.concatenate([self._hashes, hashes[near]])
            if len(self._hashes) > 2 * self.size:
                self._prune()

    def rows(self) -> pd.DataFrame:
        """The sample in file order."""
        self._prune()
        return self._parts[0].sort_index()

    def _prune(self) -> None:
        chosen: npt.NDArray[np.intp] = np.argsort(self._hashes, kind="stable")[: self.size]
        self._parts = [pd.concat(self._parts).iloc[chosen]]
        self._hashes = self._hashes[chosen]
        if len(chosen) == self.size:
            self._most = self._hashes[-1]


def survey(reader: RowReader, seed: int, say: Callable[[str], None] | None = None) -> Survey:
    """Read all rows once.

    Args:
        reader: What reads them.
        seed: Of the recipe.
        say: Called with a line now and then.

    Raises:
        DataError: Values that do not fit, more held-out rows than memory is meant for, or an empty set.
    """
    every = reader.units[-1].first + reader.units[-1].rows
    totals: dict[str, Total] = {}
    sample = Sample(SAMPLE_ROWS, derive_seed(seed, "sample"))
    held: dict[int, list[pd.DataFrame]] = {VALIDATION: [], TEST: []}
    rows = done = 0
    spoken = time.monotonic()
    for frame, sets in ahead(reader.all_rows(), 4):
        _keep(held, frame, sets)
        train = rows_of(frame, sets == TRAIN)
        _add(totals, train)
        sample.add(train)
        rows, done = rows + len(train), done + len(frame)
        if say and time.monotonic() - spoken >= SILENCE:
            say(f"statistics of the training rows: {done:,} of {every:,} rows read")
            spoken = time.monotonic()
    parts = {name: pd.concat(held[code]) if held[code] else None for name, code in
             (("validation", VALIDATION), ("test", TEST))}  # fmt: skip
    wanted = {"train": ("validation", "test"), "train_validation": ("test",), "all": ()}[reader.config.data.fit_rows]
    empty = [name for name in wanted if parts[name] is None] + ([] if rows else ["train"])
    if empty:
        raise DataError(f"data.split: expected rows in every set. Received: none in {' and '.join(empty)}.")
    chosen = sample.rows()
    validation, test = (part if part is not None else chosen.iloc[:0] for part in parts.values())
    return Survey(totals, rows, chosen, validation, test)


def _keep(held: dict[int, list[pd.DataFrame]], frame: pd.DataFrame, sets: Sets) -> None:
    for code, parts in held.items():
        if (sets == code).any():
            parts.append(rows_of(frame, sets == code))
    count = sum(len(part) for parts in held.values() for part in parts)
    if count > HELD_OUT_ROWS:
        raise DataError(f"data.split: expected at most {HELD_OUT_ROWS:,} validation and test rows, as they stay in "
                        "memory where rows are streamed. Received: more. Take fewer or mark some as drop.")  # fmt: skip


def _add(totals: dict[str, Total], frame: pd.DataFrame) -> None:
    for name in frame.columns:
        values = frame[name].to_numpy()
        if name not in totals:
            totals[name] = Numbers() if values.dtype.kind == "f" else Categories(name)
        totals[name].add(values)
