"""Interactions -> which of them train, which are a held-out user's history, and which are to be found.

``strong``: whole users are held out; the model never sees them, and is given a part of their items (fold-in).
``weak``: items of every user are held out; the model is given what it was trained on. ``time``: likewise, the newest.
``ratings``: rows at random, whose ratings are to be predicted.

References:
    Liang et al. (2018), Variational autoencoders for collaborative filtering. https://doi.org/10.1145/3178876.3186150
"""

from dataclasses import dataclass

import numpy as np

from nnrecipes.config.interactions import InteractionSplit, LatestSplit, RatingsSplit, StrongSplit, WeakSplit
from nnrecipes.data.interactions import Interactions
from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.errors import DataError


@dataclass(frozen=True)
class Found:
    """One held-out set, as row numbers of the interactions.

    Args:
        history: What the model is given, int64.
        held_out: What is to be found, int64; every user in it has a row in ``history``, except for ``ratings``.
    """

    history: Array
    held_out: Array


@dataclass(frozen=True)
class InteractionSets:
    """Row numbers of the interactions, sorted.

    Args:
        train: What the model is fitted on.
        validation: The set on which everything is chosen.
        test: The set that is scored once.
        notices: What the user should know.
    """

    train: Array
    validation: Found
    test: Found
    notices: tuple[str, ...] = ()


def split_interactions(split: InteractionSplit, log: Interactions, seed: int) -> InteractionSets:
    """Split interactions.

    Args:
        split: The ``data.split`` section.
        log: Interactions sorted by user and item, so that the order of the file's rows decides nothing.
        seed: Of the run.

    Raises:
        DataError: A set would be empty.

    Example:
        >>> from nnrecipes.config.interactions import InteractionsConfig
        >>> from nnrecipes.data.interactions import load_interactions
        >>> rows = {"user": np.repeat(np.arange(10), 5), "item": np.tile(np.arange(5), 10)}
        >>> log = load_interactions(InteractionsConfig.model_validate({"source": {"kind": "arrays"}}), rows)
        >>> sets = split_interactions(StrongSplit(), log, seed=0)
        >>> len(sets.train), len(sets.test.history), len(sets.test.held_out)
        (40, 4, 1)
    """
    match split:
        case StrongSplit():
            sets = _strong(split, log, seed)
        case WeakSplit():
            sets = _weak(split, log, seed)
        case LatestSplit():
            sets = _latest(split, log)
        case RatingsSplit():
            sets = _ratings(split, log, seed)
    for name, rows in (("train", sets.train), ("validation", sets.validation.held_out), ("test", sets.test.held_out)):
        if not len(rows) and not (name == "validation" and split.validation == 0):
            expected = f"{log.origin}: data.split: expected interactions for the {name} set"
            raise DataError(f"{expected}. Received: none of the {len(log):,}.")
    return sets


def _strong(split: StrongSplit, log: Interactions, seed: int) -> InteractionSets:
    order = np.random.default_rng(derive_seed(seed, "split")).permutation(len(log.users))
    test = _count(split.test, len(order))
    validation = _count(split.validation, len(order) - test) if split.validation else 0
    if test + validation >= len(order):
        expected = f"fewer than its {len(order):,} users in validation and test"
        raise DataError(f"{log.origin}: data.split: expected {expected}. Received: {test + validation:,}.")
    part = np.zeros(len(order), dtype=np.int8)  # 0 train, 1 validation, 2 test
    part[order[:test]], part[order[test : test + validation]] = 2, 1
    of_row = part[log.user]
    given = _fold_in(log, split.fold_in, seed)
    alone = int((np.bincount(log.user[given], minlength=len(order)) == 0)[part > 0].sum())
    enough = np.bincount(log.user, minlength=len(order))[log.user] > 1
    notices = [f"{alone:,} held-out users with a single item are not scored."] if alone else []
    found = [Found(np.flatnonzero((of_row == p) & given), np.flatnonzero((of_row == p) & ~given & enough))
             for p in (1, 2)]  # fmt: skip
    return InteractionSets(np.flatnonzero(of_row == 0), found[0], found[1], tuple(notices))


def _fold_in(log: Interactions, share: float, seed: int) -> Array:
    """Which rows are given: the share of each user's items, at random, at least one of them left to be found."""
    counts = np.bincount(log.user, minlength=len(log.users))
    left = np.maximum(np.floor(counts * (1 - share) + 1e-9).astype(np.int64), 1)
    given: Array = _rank_in_user(log, seed, "fold_in") >= left[log.user]
    return given


def _rank_in_user(log: Interactions, seed: int, purpose: str) -> Array:
    """A random place, from 0, of each row among its user's rows."""
    keys = np.random.default_rng(derive_seed(seed, purpose)).random(len(log))
    order = np.lexsort((keys, log.user))
    first = np.concatenate([[0], np.cumsum(np.bincount(log.user, minlength=len(log.users)))])
    rank = np.empty(len(log), dtype=np.int64)
    rank[order] = np.arange(len(log)) - first[log.user[order]]
    return rank


def _weak(split: WeakSplit, log: Interactions, seed: int) -> InteractionSets:
    counts = np.bincount(log.user, minlength=len(log.users))
    test = np.where(counts >= 3, np.maximum(np.floor(counts * split.test + 1e-9), 1), 0)
    validation = np.where(counts >= 3, np.maximum(np.floor((counts - test) * split.validation + 1e-9), 1), 0)
    rank = _rank_in_user(log, seed, "split")
    part = np.where(rank < test[log.user], 2, np.where(rank < (test + validation)[log.user], 1, 0))
    return _same_users(log, part, ())


def _latest(split: LatestSplit, log: Interactions) -> InteractionSets:
    if log.time is None:
        raise DataError(
            f"{log.origin}: data.interactions.time: expected a column of times to split by. Received: none."
        )
    ordered = np.sort(log.time)
    late = ordered[min(int(np.floor(len(log) * (1 - split.test))), len(log) - 1)]
    before = int(np.searchsorted(ordered, late))
    middle = ordered[min(int(np.floor(before * (1 - split.validation))), len(log) - 1)]
    part = np.where(log.time >= late, 2, np.where(log.time >= middle, 1, 0))
    return _same_users(log, part, (f"test from {late:.0f}, validation from {middle:.0f} (the log's own times)",))


def _same_users(log: Interactions, part: Array, notices: tuple[str, ...]) -> InteractionSets:
    found, said = [], list(notices)
    for name, p in (("validation", 1), ("test", 2)):
        wanted = np.zeros(len(log.users), dtype=bool)
        wanted[log.user[part == p]] = True
        known = np.zeros(len(log.users), dtype=bool)
        known[log.user[part < p]] = True
        if (wanted & ~known).any():
            said.append(f"{int((wanted & ~known).sum()):,} users of the {name} set have no history and are not scored.")
        scored = (wanted & known)[log.user]
        found.append(Found(np.flatnonzero((part < p) & scored), np.flatnonzero((part == p) & scored)))
    return InteractionSets(np.flatnonzero(part == 0), found[0], found[1], tuple(said))


def _ratings(split: RatingsSplit, log: Interactions, seed: int) -> InteractionSets:
    order = np.random.default_rng(derive_seed(seed, "split")).permutation(len(log))
    test = _count(split.test, len(order))
    validation = _count(split.validation, len(order) - test)
    none = np.zeros(0, dtype=np.int64)
    rest = np.sort(order[test + validation :])
    return InteractionSets(
        rest, Found(none, np.sort(order[test : test + validation])), Found(none, np.sort(order[:test]))
    )


def _count(share: float, of: int) -> int:
    """A count of users, or a share of them rounded to the nearest whole number; a share above 0 is at least one."""
    return share if isinstance(share, int) else max(1, round(of * share))
