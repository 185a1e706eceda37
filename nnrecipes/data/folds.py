"""The rows outside the test set -> folds, of which each row is the tested one in exactly one.

The folds keep what the recipe's split keeps: shares of classes (``stratified``), or groups in one piece (``group``).
Within a fold the other rows are divided again, in training rows and validation rows for early stopping and thresholds.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from nnrecipes.config.data import Split
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.splits import Rows, RowSplit, count
from nnrecipes.errors import DataError


def fold_splits(
    split: Split,
    *,
    rows: Rows,
    kinds: npt.NDArray[Any] | None,
    folds: int,
    validation: float,
    seed: int,
) -> list[RowSplit]:
    """Return the sets of each fold; ``test`` is what is scored.

    Args:
        split: The recipe's ``data.split``.
        rows: The rows to score, each once.
        kinds: Of each row, its class for ``stratified`` and its group for ``group``; None for other splits.
        folds: How many.
        validation: Share, or number, of the rest (of its groups for ``group``) that are validation rows.
        seed: Of the recipe.

    Raises:
        DataError: The order of the rows matters, or there are fewer rows, groups or rows of a class than folds.

    Example:
        >>> from nnrecipes.config.data import RandomSplit
        >>> found = fold_splits(RandomSplit(), rows=np.arange(20), kinds=None, folds=4, validation=0.2, seed=0)
        >>> [(len(fold.train), len(fold.validation), len(fold.test)) for fold in found]
        [(12, 3, 5), (12, 3, 5), (12, 3, 5), (12, 3, 5)]
    """
    if split.kind in ("time", "order"):
        expected = "a random, stratified, group, kfold, column or file split, as folds take rows out of their order"
        raise DataError(f"data.split: expected {expected}. Received: {split.kind}.")
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    state = derive_seed(seed, "folds")
    names = None if kinds is None else kinds.astype(str)
    grouped = split.kind == "group"
    fewest, unit = len(rows), "rows"
    if names is not None:
        counts = np.unique(names, return_counts=True)[1]
        fewest, unit = (len(counts), "groups") if grouped else (int(counts.min()), "rows of every class")
    if fewest < folds:
        raise DataError(f"folds: expected at most {fewest}, the {unit} outside the test set. Received: {folds}.")
    options = {"shuffle": True, "random_state": state}
    splitter = (GroupKFold if grouped else KFold if names is None else StratifiedKFold)(folds, **options)
    found = []
    for place, (rest, tested) in enumerate(splitter.split(rows, names, names if grouped else None)):
        inner = None if names is None else names[rest]
        held = _held_out(inner, len(rest), grouped, validation, derive_seed(seed, f"fold {place}"))
        found.append(RowSplit(*(np.sort(rows[part]) for part in (rest[~held], rest[held], tested))))
    return found


def _held_out(
    kinds: npt.NDArray[Any] | None, rows: int, grouped: bool, validation: float, state: int
) -> npt.NDArray[np.bool_]:
    """Which of the rows of a fold are validation rows."""
    random = np.random.default_rng(state)
    if kinds is not None and grouped:
        names = random.permutation(np.unique(kinds))
        return np.isin(kinds, names[: count(validation, len(names), "validation", "groups")])
    held = np.zeros(rows, dtype=bool)
    order = random.permutation(rows)
    wanted = count(validation, rows, "validation", "rows")
    if kinds is not None:  # rows of each class in turn, so that shares are kept
        place = np.empty(rows)
        for name in np.unique(kinds):
            own = order[kinds[order] == name]
            place[own] = (np.arange(len(own)) + random.random()) / len(own)
        order = np.argsort(place, kind="stable")
    held[order[:wanted]] = True
    return held
