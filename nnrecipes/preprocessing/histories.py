"""Interactions and their split -> sparse matrices of histories, with the items of the training rows as columns.

The vocabulary is fitted on training rows: an item that only held-out rows have can never be recommended, and counts as
missed. Histories are scipy CSR matrices ``(users, items)`` of 1, or of ratings; no matrix is ever dense.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from nnrecipes.data.interaction_split import Found, InteractionSets
from nnrecipes.data.interactions import Interactions, renumber
from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError
from nnrecipes.preprocessing.state import load_state, save_state


@dataclass(frozen=True)
class Vocabulary:
    """What was learned of the training rows.

    Args:
        users: Ids of the training users, ``(users,)`` objects of ``str``.
        items: Ids of the training items, ``(items,)``.
        counts: Users of each item in the training rows, int64 ``(items,)``.
        histories: The training users' histories, CSR float32 ``(users, items)``.
        titles: Titles of the items, ``(items,)``; empty where no table of items was given.
        rated: Whether histories hold ratings in place of 1.
    """

    users: Array
    items: Array
    counts: Array
    histories: csr_matrix
    titles: Array
    rated: bool = False

    def codes(self, names: Sequence[object], of: str = "items") -> Array:
        """Codes of ids, -1 for those that training did not have; ``of`` is ``items`` or ``users``."""
        place = self._places()[of]
        return np.array([place.get(str(name).strip(), -1) for name in names], dtype=np.int64)

    def _places(self) -> dict[str, dict[str, int]]:
        if "_lookup" not in self.__dict__:
            found = {of: {name: code for code, name in enumerate(getattr(self, of))} for of in ("users", "items")}
            object.__setattr__(self, "_lookup", found)
        lookup: dict[str, dict[str, int]] = self.__dict__["_lookup"]
        return lookup

    def save(self, folder: Path) -> None:
        """Write ``state.json`` and ``tables.npz``."""
        matrix = self.histories
        save_state(folder, {
            "rated": self.rated, "users": _packed(self.users), "items": _packed(self.items), "counts": self.counts,
            "titles": _packed(self.titles), "starts": matrix.indptr, "codes": matrix.indices,
            "ratings": matrix.data if self.rated else np.zeros(0, np.float32),
        })  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """Read what :meth:`save` wrote.

        Raises:
            RunError: A file is absent or damaged.
        """
        state = load_state(folder)
        try:
            users, items, titles = (_unpacked(state[name]) for name in ("users", "items", "titles"))
            values = state["ratings"] if state["rated"] else np.ones(len(state["codes"]), np.float32)
            matrix = csr_matrix((values, state["codes"], state["starts"]), shape=(len(users), len(items)))
        except KeyError as error:
            raise RunError(f"{folder}: expected the state of a recommender. Received: one without {error}.") from None
        return cls(users, items, state["counts"], matrix, titles, state["rated"])


@dataclass(frozen=True)
class FoldIn:
    """Held-out users.

    Args:
        users: Their ids, ``(users,)``.
        history: What the model is given, CSR ``(users, items)``.
        held_out: What is to be found, of the items that training had, CSR ``(users, items)``.
        unknown: How many more are to be found, of items that training did not have, int64 ``(users,)``.
    """

    users: Array
    history: csr_matrix
    held_out: csr_matrix
    unknown: Array

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class RatingRows:
    """Ratings to predict: codes, -1 where training did not have the user or the item, and float64 ratings."""

    user: Array
    item: Array
    rating: Array

    def __len__(self) -> int:
        return len(self.rating)


@dataclass(frozen=True)
class PreparedHistories:
    """What a recommender is trained and scored on; ``FoldIn`` for ranking, ``RatingRows`` for ratings."""

    vocabulary: Vocabulary
    validation: Any
    test: Any


def fit_histories(
    log: Interactions, sets: InteractionSets, *, rated: bool = False, titles: dict[str, str] | None = None
) -> PreparedHistories:
    """Fit the vocabulary on the training rows and return every set as matrices.

    Args:
        log: All interactions.
        sets: Their split.
        rated: Whether ratings are kept and predicted.
        titles: Item id -> title.
    """
    users, user = renumber(log.user[sets.train], len(log.users))
    items, item = renumber(log.item[sets.train], len(log.items))
    values = log.rating[sets.train] if rated and log.rating is not None else np.ones(len(sets.train), np.float32)
    matrix = _csr(values, user, item, (len(users), len(items)))
    names = log.items[items]
    shown = np.array([titles.get(name, "") for name in names] if titles else [], dtype=object)
    counts = np.bincount(item, minlength=len(items)).astype(np.int64)
    vocabulary = Vocabulary(log.users[users], names, counts, matrix, shown, rated)
    column = _lookup(items, len(log.items))
    if rated:
        row = _lookup(users, len(log.users))
        parts = [_rating_rows(log, found.held_out, row, column) for found in (sets.validation, sets.test)]
        return PreparedHistories(vocabulary, *parts)
    return PreparedHistories(vocabulary, *(_fold_in(log, found, column, len(items))
                                           for found in (sets.validation, sets.test)))  # fmt: skip


def encode_histories(
    vocabulary: Vocabulary, user: Array, items: Sequence[object], users: int
) -> tuple[csr_matrix, list[str]]:
    """Return histories of new users as a matrix, and the ids that training did not have.

    Args:
        vocabulary: Of the run.
        user: Row of each interaction in the matrix.
        items: Item id of each interaction.
        users: Number of rows.
    """
    codes = vocabulary.codes(items)
    unknown = list(dict.fromkeys(str(name) for name, code in zip(items, codes, strict=True) if code < 0))
    kept = codes >= 0
    pairs = np.unique(np.stack([np.asarray(user)[kept], codes[kept]]), axis=1)
    ones = np.ones(pairs.shape[1], np.float32)
    return _csr(ones, pairs[0], pairs[1], (users, len(vocabulary.items))), unknown


def _fold_in(log: Interactions, found: Found, column: Array, items: int) -> FoldIn:
    users = np.unique(log.user[found.held_out])
    row = _lookup(users, len(log.users))
    history = found.history[column[log.item[found.history]] >= 0]
    known = column[log.item[found.held_out]] >= 0
    kept, lost = found.held_out[known], found.held_out[~known]
    shape = (len(users), items)
    ones = np.ones(max(len(history), len(kept)), np.float32)
    return FoldIn(log.users[users],
                  _csr(ones[: len(history)], row[log.user[history]], column[log.item[history]], shape),
                  _csr(ones[: len(kept)], row[log.user[kept]], column[log.item[kept]], shape),
                  np.bincount(row[log.user[lost]], minlength=len(users)).astype(np.int64))  # fmt: skip


def _rating_rows(log: Interactions, rows: Array, row: Array, column: Array) -> RatingRows:
    rating = log.rating if log.rating is not None else np.ones(len(log), np.float32)
    return RatingRows(row[log.user[rows]], column[log.item[rows]], rating[rows].astype(np.float64))


def _lookup(kept: Array, size: int) -> Array:
    found = np.full(size, -1, dtype=np.int64)
    found[kept] = np.arange(len(kept))
    return found


def _csr(values: Array, row: Array, column: Array, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((values.astype(np.float32), (row, column)), shape=shape)
    matrix.sort_indices()
    return matrix


def _packed(names: Array) -> Array:
    """Text as one array of bytes, a line each: JSON of a million ids is slow."""
    text = "".join(str(name).replace("\n", " ") + "\n" for name in names)
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _unpacked(packed: Array) -> Array:
    return np.array(packed.tobytes().decode("utf-8").split("\n")[:-1], dtype=object)
