"""Units of files -> the set of each row, without a list of all rows.

Each row has a key, and the rows with the greatest keys are held out: test rows first, then validation rows. Of ``time``
the key is the time, of ``order`` the row's number, as with rows in memory; of ``random`` it is a hash of the seed and
the row's number. Groups are drawn by a hash of their name, and a column says for itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import CsvSource, GroupSplit, ParquetSource, Split, TimeSplit
from nnrecipes.data.parse import as_text
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.splits import Rows, count, named_sets, times
from nnrecipes.data.units import Unit, read_unit
from nnrecipes.errors import DataError

TRAIN, VALIDATION, TEST, DROP = range(4)
CODES = {"train": TRAIN, "validation": VALIDATION, "test": TEST, "drop": DROP}
SHARE_ROWS = 100_000
"""A share of the rows means at most so many."""
STEP = 1 << 18
Sets = npt.NDArray[np.int8]


@dataclass(frozen=True)
class HeldOut:
    """What gives each row its set.

    Args:
        split: The recipe's split.
        seed: Of the recipe.
        validation: Sorted row ids, of the splits that choose by a key.
        test: Likewise.
    """

    split: Split
    seed: int
    validation: Rows
    test: Rows

    @property
    def column(self) -> str | None:
        """The column that has to be read for it."""
        return getattr(self.split, "column", None) if self.split.kind in ("column", "group") else None

    def sets(self, frame: pd.DataFrame) -> Sets:
        """Return the set of each row of raw columns, whose index is the row id: 0 train, 1 validation, 2 test, 3 drop.

        Raises:
            DataError: A value that names no set, or a missing group.
        """
        if self.split.kind == "column":
            return np.asarray([CODES[name] for name in named_sets(self.split, frame)], dtype=np.int8)
        if isinstance(self.split, GroupSplit):
            return _group_sets(self.split, frame[self.split.column], self.seed)
        found = np.full(len(frame), TRAIN, dtype=np.int8)
        for code, rows in ((VALIDATION, self.validation), (TEST, self.test)):
            first, last = np.searchsorted(rows, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
            found[rows[first:last] - frame.index[0]] = code
        return found


def hold_out(split: Split, units: Sequence[Unit], source: CsvSource | ParquetSource, seed: int) -> HeldOut:
    """Choose the rows that are held out.

    Args:
        split: The recipe's split, of a kind that streams.
        units: All units.
        source: How they are read; of a split by time its column is.
        seed: Of the recipe.

    Raises:
        DataError: An empty set, or a missing time.
    """
    rows = units[-1].first + units[-1].rows
    none = np.empty(0, dtype=np.int64)
    if split.kind not in ("random", "order", "time"):
        return HeldOut(split, seed, none, none)
    tests = count(_bounded(split.test, rows), rows, "test", "rows")
    validations = count(_bounded(split.validation, rows - tests), rows - tests, "validation", "rows")
    if split.kind == "order":
        places = np.arange(rows - tests - validations, rows, dtype=np.int64)
    elif isinstance(split, TimeSplit):
        places = _greatest(_times(split, units, source), tests + validations)
    else:
        places = _greatest(_hashes(rows, derive_seed(seed, "split")), tests + validations)
    return HeldOut(split, seed, np.sort(places[: len(places) - tests]), np.sort(places[len(places) - tests :]))


def capped(split: Split, rows: int) -> list[str]:
    """Say which shares of the rows mean fewer rows than they would in memory."""
    if split.kind not in ("random", "order", "time"):
        return []
    found = [(name, getattr(split, name)) for name in ("test", "validation")]
    return [f"data.split.{name}: {SHARE_ROWS:,} rows in place of a share of {share:g}, as they stay in memory where "
            "rows are streamed; a number of rows is taken as it is."
            for name, share in found if isinstance(share, float) and share * rows > SHARE_ROWS]  # fmt: skip


def row_hashes(rows: npt.ArrayLike, seed: int) -> npt.NDArray[np.uint64]:
    """Return a number for each row id that looks drawn at random, uint64 ``(rows,)``.

    It is SplitMix64 (Steele, Lea and Flood, 2014) at the row's place in the sequence of the seed.

    Example:
        >>> bool((row_hashes(np.arange(1000), seed=0) < 2**63).mean() > 0.45)
        True
    """
    with np.errstate(over="ignore"):
        z = np.asarray(rows).astype(np.uint64) + np.uint64(1) + (np.uint64(seed) << np.uint64(32))
        z *= np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _bounded(share: float, rows: int) -> float:
    return SHARE_ROWS if isinstance(share, float) and share * rows > SHARE_ROWS else share


def _hashes(rows: int, seed: int) -> Iterator[tuple[npt.NDArray[np.uint64], Rows]]:
    for start in range(0, rows, STEP):
        ids = np.arange(start, min(start + STEP, rows), dtype=np.int64)
        yield row_hashes(ids, seed), ids


def _times(
    split: TimeSplit, units: Sequence[Unit], source: CsvSource | ParquetSource
) -> Iterator[tuple[npt.NDArray[np.generic], Rows]]:
    for unit in units:
        for table in read_unit(unit, source, [split.column]):
            yield times(table.frame[split.column]), table.frame.index.to_numpy(dtype=np.int64)


def _greatest(parts: Iterable[tuple[npt.NDArray[np.generic], Rows]], most: int) -> Rows:
    """The row ids of the ``most`` greatest keys in rising order; of equal ones the later rows count as greater."""
    keys: npt.NDArray[np.generic] | None = None
    ids = np.empty(0, dtype=np.int64)
    for some, rows in parts:
        if keys is not None and len(keys) == most:
            worth = some >= keys[0]
            some, rows = some[worth], rows[worth]
        keys = some if keys is None else np.concatenate([keys, some])
        ids = np.concatenate([ids, rows])
        order = np.argsort(keys, kind="stable")[-most:]
        keys, ids = keys[order], ids[order]
    return ids


def _group_sets(split: GroupSplit, column: pd.Series, seed: int) -> Sets:
    missing = column.index[column.isna()]
    if len(missing):
        raise DataError(f"data.split: column {split.column!r}: expected a value in every row. Received: none in "
                        f"row {missing[0]}.")  # fmt: skip
    key = f"{derive_seed(seed, 'split'):016d}"
    drawn = pd.util.hash_array(as_text(column), hash_key=key).astype(np.float64) / 2.0**64
    validation = split.test + split.validation * (1 - split.test)
    return np.where(drawn < split.test, TEST, np.where(drawn < validation, VALIDATION, TRAIN)).astype(np.int8)
