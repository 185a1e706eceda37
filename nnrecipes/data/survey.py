"""One pass over all rows -> the held-out rows, a sample of the training rows, and totals of every training column."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
        unit_rows: Training rows of each unit, int64 ``(units,)``.
    """

    totals: dict[str, Total]
    rows: int
    sample: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    unit_rows: npt.NDArray[np.int64]


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

    def merge(self, other: "Sample") -> None:
        """Take in another sample of the same draw, of other rows."""
        self._parts += other._parts
        self._hashes = np.concatenate([self._hashes, other._hashes])

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


@dataclass(frozen=True)
class Part:
    """What a pass over some of the units found; parts of several passes make one survey.

    Args:
        numbers: Column of numbers -> place of a unit among all -> its totals.
        categories: Column of categories -> its totals.
        unit_rows: Place of a unit -> its training rows.
        sample: Of the training rows.
        held: Code of a set that is held out -> its rows.
    """

    numbers: dict[str, dict[int, Numbers]]
    categories: dict[str, Categories]
    unit_rows: dict[int, int]
    sample: Sample
    held: dict[int, list[pd.DataFrame]]


Read = Callable[[RowReader, int, Callable[[str], None] | None], Sequence[Part]]
"""What reads all units of a reader, by a seed, and says a line now and then; in one part or in several."""


def survey(reader: RowReader, seed: int, say: Callable[[str], None] | None = None, read: Read | None = None) -> Survey:
    """Read all rows once.

    Args:
        reader: What reads them.
        seed: Of the recipe.
        say: Called with a line now and then.
        read: What reads the units, by default this process, one after the other. What is found does not depend on it.

    Raises:
        DataError: Values that do not fit, more held-out rows than memory is meant for, or an empty set.
    """
    every = range(len(reader.units))
    return put_together(read(reader, seed, say) if read else [read_part(reader, every, seed, say)], reader)


def read_part(reader: RowReader, places: Sequence[int], seed: int, say: Callable[[str], None] | None = None) -> Part:
    """Read the units at ``places``, which are in rising order."""
    firsts = np.array([unit.first for unit in reader.units])
    some = replace(reader, units=[reader.units[place] for place in places])
    every, done, spoken = sum(unit.rows for unit in some.units), 0, time.monotonic()
    part = Part({}, {}, dict.fromkeys(places, 0), Sample(SAMPLE_ROWS, derive_seed(seed, "sample")),
                {VALIDATION: [], TEST: []})  # fmt: skip
    for frame, sets in ahead(some.all_rows(), 4):
        if not len(frame):
            continue
        _keep(part.held, frame, sets)
        train = rows_of(frame, sets == TRAIN)
        place = int(np.searchsorted(firsts, frame.index[0], "right")) - 1
        part.unit_rows[place] += len(train)
        _add(part, place, train)
        part.sample.add(train)
        done += len(frame)
        if say and time.monotonic() - spoken >= SILENCE:
            say(f"statistics of the training rows: {done:,} of {every:,} rows read")
            spoken = time.monotonic()
    return part


def put_together(parts: Sequence[Part], reader: RowReader) -> Survey:
    """Return what the parts found; totals are put together in the order of the units, whoever has read them.

    Raises:
        DataError: More held-out rows than memory is meant for, or an empty set.
    """
    unit_rows = {place: count for part in parts for place, count in part.unit_rows.items()}
    rows = sum(unit_rows.values())
    held = {code: [frame for part in parts for frame in part.held[code]] for code in (VALIDATION, TEST)}
    _refuse_many(held)
    validation, test = (pd.concat(held[code]).sort_index() if held[code] else None for code in (VALIDATION, TEST))
    found = {"validation": validation, "test": test, "train": rows or None}
    wanted = {"train": ("validation", "test"), "train_validation": ("test",), "all": ()}[reader.config.data.fit_rows]
    empty = [name for name in (*wanted, "train") if found[name] is None]
    if empty:
        raise DataError(f"data.split: expected rows in every set. Received: none in {' and '.join(empty)}.")
    sample = parts[0].sample
    for part in parts[1:]:
        sample.merge(part.sample)
    chosen = sample.rows()
    none = chosen.iloc[:0]
    counts = np.array([unit_rows[place] for place in range(len(reader.units))], dtype=np.int64)
    return Survey(_totals(parts), rows, chosen, none if validation is None else validation,
                  none if test is None else test, counts)  # fmt: skip


def _totals(parts: Sequence[Part]) -> dict[str, Total]:
    totals: dict[str, Total] = {}
    for name in dict.fromkeys(name for part in parts for name in part.numbers):
        by_unit = {place: total for part in parts for place, total in part.numbers.get(name, {}).items()}
        whole = Numbers()
        for place in sorted(by_unit):
            whole.merge(by_unit[place])
        totals[name] = whole
    for name in dict.fromkeys(name for part in parts for name in part.categories):
        counted = Categories(name)
        for part in parts:
            if name in part.categories:
                counted.merge(part.categories[name])
        totals[name] = counted
    return totals


def _keep(held: dict[int, list[pd.DataFrame]], frame: pd.DataFrame, sets: Sets) -> None:
    for code, parts in held.items():
        if (sets == code).any():
            parts.append(rows_of(frame, sets == code))
    _refuse_many(held)


def _refuse_many(held: dict[int, list[pd.DataFrame]]) -> None:
    count = sum(len(part) for parts in held.values() for part in parts)
    if count > HELD_OUT_ROWS:
        raise DataError(f"data.split: expected at most {HELD_OUT_ROWS:,} validation and test rows, as they stay in "
                        "memory where rows are streamed. Received: more. Take fewer or mark some as drop.")  # fmt: skip


def _add(part: Part, place: int, frame: pd.DataFrame) -> None:
    for name in frame.columns:
        values = frame[name].to_numpy()
        if values.dtype.kind == "f":
            part.numbers.setdefault(name, {}).setdefault(place, Numbers()).add(values)
        else:
            part.categories.setdefault(name, Categories(name)).add(values)
