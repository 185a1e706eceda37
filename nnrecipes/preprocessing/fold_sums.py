"""Blocks of training rows -> target encodings, cross-fitted: rows and sums of targets of each category in each fold.

A row's fold is drawn by a hash of its number. What a row is encoded by are the sums of the other folds, so its own
target is never part of it, as in :func:`~nnrecipes.preprocessing.target_encoding.out_of_fold`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnrecipes.data.held_out import row_hashes
from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.data.totals import Numbers
from nnrecipes.preprocessing.categorical import Levels, encode_levels
from nnrecipes.preprocessing.encoding import CategoricalColumn, Goal
from nnrecipes.preprocessing.plans import CategoricalPlan
from nnrecipes.preprocessing.scaling import fit_scaler, scaler_of
from nnrecipes.preprocessing.target_encoding import target_table_of


def folds_of(rows: Array, folds: int, seed: int) -> Array:
    """Return the fold of each row id, int64 ``(rows,)``.

    Example:
        >>> found = folds_of(np.arange(10_000), 5, seed=0)
        >>> bool(np.bincount(found).min() > 1900)
        True
    """
    return (row_hashes(rows, derive_seed(seed, "target_encoding")) % np.uint64(folds)).astype(np.int64)


@dataclass
class FoldSums:
    """What is known of one column.

    Args:
        levels: Its categories.
        counts: Rows of each code in each fold, ``(folds, levels + 1)``.
        sums: Their targets, float64 ``(folds, levels + 1, columns)``.
        parts: Name of each column of the targets where there are several.
    """

    levels: Levels
    counts: Array
    sums: Array
    parts: tuple[str, ...] = ()

    @classmethod
    def empty(cls, levels: Levels, folds: int, goal: Goal) -> "FoldSums":
        """No rows yet; ``goal`` is of any rows."""
        shape = (folds, len(levels) + 1)
        return cls(levels, np.zeros(shape, dtype=np.int64), np.zeros((*shape, goal.values.shape[1])), goal.names)

    def add(self, values: pd.Series, goal: Goal, seed: int) -> None:
        """Take in training rows; the index is the row id."""
        folds, size = self.counts.shape
        places = folds_of(values.index.to_numpy(), folds, seed) * size + encode_levels(values, self.levels)
        self.counts += np.bincount(places, minlength=folds * size).reshape(folds, size)
        for column, numbers in enumerate(goal.values.T):
            found = np.bincount(places, weights=numbers, minlength=folds * size)
            self.sums[:, :, column] += found.reshape(folds, size)


def encode_by_sums(found: FoldSums, plan: CategoricalPlan, sample: pd.Series, seed: int) -> list[CategoricalColumn]:
    """Return the fitted column of rows that are not training rows and, behind it, of the training rows of each fold.

    Args:
        found: The sums.
        plan: What becomes of the column.
        sample: Training rows that are in memory, for scales that need rows side by side.
        seed: Of the recipe.
    """
    options = {"smoothing": plan.smoothing, "min_samples_leaf": plan.min_samples_leaf}
    counts, sums = found.counts.sum(axis=0), found.sums.sum(axis=0)
    tables = [target_table_of(counts - own, sums - theirs, **options)  # type: ignore[arg-type]
              for own, theirs in zip(found.counts, found.sums, strict=True)]  # fmt: skip
    rows = folds_of(sample.index.to_numpy(), len(tables), seed), encode_levels(sample, found.levels)
    scalers = []
    for column in range(sums.shape[1]):
        cells = np.stack([table[:, column] for table in tables])
        known = Numbers.of(cells.ravel(), found.counts.ravel()).known()
        scalers.append(scaler_of(plan.scale, **known) or fit_scaler(cells[rows], plan.scale))
    whole = target_table_of(counts, sums, **options)  # type: ignore[arg-type]
    return [CategoricalColumn(found.levels, "target", table, tuple(scalers), found.parts) for table in (whole, *tables)]
