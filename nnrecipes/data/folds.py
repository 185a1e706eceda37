"""The rows outside the test set -> folds, of which each row is the tested one in exactly one.

The folds keep what the recipe's split keeps: shares of classes (``stratified``), or groups in one piece (``group``).
Within a fold the other rows are divided again, in training rows and validation rows for early stopping and thresholds.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nnrecipes.config.data import Split
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset
from nnrecipes.data.parse import as_text
from nnrecipes.data.read import read_table
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.splits import Rows, RowSplit, count
from nnrecipes.data.tasks import label_columns
from nnrecipes.errors import DataError

Kinds = npt.NDArray[Any]


def pool(dataset: Dataset) -> Rows:
    """The rows outside the test set, sorted."""
    return np.sort(np.concatenate([dataset.split.train, dataset.split.validation]))


def kinds_of(config: RecipeConfig, dataset: Dataset, data: Any) -> Kinds | None:
    """Return what folds keep, of each row of the pool: its class or its group; None where they keep nothing.

    Args:
        config: The recipe.
        dataset: Its rows.
        data: Rows from Python where the source is ``arrays``.
    """
    split, rows = config.data.split, pool(dataset)
    stratified = split.kind == "stratified" or (split.kind == "kfold" and split.stratify)
    column = getattr(split, "column", None)
    if split.kind != "group" and not stratified:
        return None
    if column is None:
        classed = [name for name, task in dataset.tasks.items() if task in ("binary", "multiclass")]
        return np.asarray(dataset.frame.loc[rows, classed[0]].to_numpy())
    labels = [name for group in label_columns(config.targets).values() for name in group]
    frame = read_table(config.data.source, data, labels).frame
    return np.asarray(as_text(frame[column].loc[rows]))


def fold_splits(
    split: Split,
    *,
    rows: Rows,
    kinds: Kinds | None,
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
    found = []
    for place, (rest, tested) in enumerate(_parts(split, rows, kinds, folds, seed)):
        inner = None if kinds is None else kinds.astype(str)[rest]
        state = derive_seed(seed, f"fold {place}")
        held = _held_out(inner, len(rest), split.kind == "group", validation, state)
        found.append(RowSplit(*(np.sort(rows[part]) for part in (rest[~held], rest[held], tested))))
    return found


def validation_folds(split: Split, *, rows: Rows, kinds: Kinds | None, folds: int, seed: int) -> list[RowSplit]:
    """Return folds whose one part is the validation set, without test rows; arguments and errors of ``fold_splits``.

    Example:
        >>> from nnrecipes.config.data import RandomSplit
        >>> found = validation_folds(RandomSplit(), rows=np.arange(20), kinds=None, folds=4, seed=0)
        >>> [(len(fold.train), len(fold.validation), len(fold.test)) for fold in found]
        [(15, 5, 0), (15, 5, 0), (15, 5, 0), (15, 5, 0)]
    """
    parts = _parts(split, rows, kinds, folds, seed)
    return [RowSplit(np.sort(rows[rest]), np.sort(rows[held]), rows[:0]) for rest, held in parts]


def validation_anew(split: Split, *, before: RowSplit, kinds: Kinds | None, number: int, seed: int) -> RowSplit:
    """Return another division of training and validation rows, of the same size and kind, without test rows.

    Args:
        split: The recipe's ``data.split``.
        before: The recipe's own division.
        kinds: Of each training and validation row, sorted by id, its class or group; None for other splits.
        number: Of the division, from 1.
        seed: Of the recipe.

    Raises:
        DataError: The order of the rows matters.

    Example:
        >>> from nnrecipes.config.data import RandomSplit
        >>> before = RowSplit(np.arange(8), np.arange(8, 10), np.arange(0))
        >>> anew = validation_anew(RandomSplit(), before=before, kinds=None, number=1, seed=0)
        >>> len(anew.train), len(anew.validation), len({*anew.train, *anew.validation})
        (8, 2, 10)
    """
    _refuse_order(split)
    rows = np.sort(np.concatenate([before.train, before.validation]))
    grouped, names = split.kind == "group", None if kinds is None else kinds.astype(str)
    size = len(before.validation)
    if grouped and names is not None:
        size = len(np.unique(names[np.isin(rows, before.validation)]))
    held = _held_out(names, len(rows), grouped, size, derive_seed(seed, "fresh validation", number))
    return RowSplit(rows[~held], rows[held], rows[:0])


def _refuse_order(split: Split) -> None:
    if split.kind in ("time", "order"):
        expected = "a random, stratified, group, kfold, column or file split, as folds take rows out of their order"
        raise DataError(f"data.split: expected {expected}. Received: {split.kind}.")


def _parts(split: Split, rows: Rows, kinds: Kinds | None, folds: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """Places of the rest and of the fold, fold by fold."""
    _refuse_order(split)
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    names = None if kinds is None else kinds.astype(str)
    grouped = split.kind == "group"
    fewest, unit = len(rows), "rows"
    if names is not None:
        counts = np.unique(names, return_counts=True)[1]
        fewest, unit = (len(counts), "groups") if grouped else (int(counts.min()), "rows of every class")
    if fewest < folds:
        raise DataError(f"folds: expected at most {fewest}, the {unit} outside the test set. Received: {folds}.")
    options = {"shuffle": True, "random_state": derive_seed(seed, "folds")}
    splitter = (GroupKFold if grouped else KFold if names is None else StratifiedKFold)(folds, **options)
    yield from splitter.split(rows, names, names if grouped else None)


def _held_out(kinds: Kinds | None, rows: int, grouped: bool, validation: float, state: int) -> npt.NDArray[np.bool_]:
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
