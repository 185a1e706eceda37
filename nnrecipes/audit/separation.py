"""Whether the three sets are what the split says: no row, no group in two of them, no time before its turn."""

from itertools import combinations

import numpy as np
import pandas as pd

from nnrecipes.audit.frozen import SETS
from nnrecipes.audit.result import Check, Leak
from nnrecipes.config.data import Split
from nnrecipes.data.parse import as_text
from nnrecipes.data.spec import Array
from nnrecipes.data.splits import RowSplit, times


def check_sets(split: Split, sets: RowSplit, frame: pd.DataFrame) -> list[Check]:
    """Check the row ids, the groups of a split by group, the order of a split by time.

    Args:
        split: The ``data.split`` section.
        sets: The row ids that came of it.
        frame: Raw columns; the index is the row id.
    """
    rows = {name: getattr(sets, name) for name in SETS}
    shared = _shared(rows, "row")
    total = sum(map(len, rows.values()))
    checks = [Check(f"{total:,} row ids as split", "none in two sets", "none", shared)]
    if split.kind == "group":
        groups = as_text(frame[split.column])
        parts = {name: groups[ids] for name, ids in rows.items()}
        count = len(set(np.concatenate(list(parts.values()))))
        found = _shared(parts, f"{split.column!r}")
        checks.append(Check(f"{count:,} groups of {split.column!r} as split", "none in two sets", "none", found))
    if split.kind == "time":
        ids = np.unique(np.concatenate(list(rows.values())))
        found = _early(pd.Series(times(frame[split.column].iloc[ids]), index=ids), rows, split.column)
        checks.append(Check(f"times of {split.column!r} as split", "none before an earlier set's", "in order", found))
    return checks


def _shared(parts: dict[str, Array], what: str) -> tuple[Leak, ...]:
    counts = pd.DataFrame({name: pd.Series(values).value_counts() for name, values in parts.items()}).fillna(0)
    return tuple(
        Leak(f"{what} {value!r}", "in " + " and ".join(f"{name} ({int(n):,} rows)" for name, n in row.items() if n))
        for value, row in counts[(counts > 0).sum(axis=1) > 1].iterrows()
    )


def _early(when: pd.Series, rows: dict[str, Array], column: str) -> tuple[Leak, ...]:
    found = []
    for earlier, later in combinations(SETS, 2):
        newest = when.loc[rows[earlier]].max()
        before = when.loc[rows[later]] < newest
        if before.any():
            found.append(Leak(f"{column!r}", f"{int(before.sum()):,} of {len(before):,} {later} rows are older than "
                                             f"the newest {earlier} row ({newest})"))  # fmt: skip
    return tuple(found)
