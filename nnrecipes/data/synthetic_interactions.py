"""Interactions of a latent-factor model whose truth is known: ``p(item | user) = sum over genres of taste * share``.

Every user draws its tastes for genres from a Dirichlet distribution; within a genre items are read by Zipf's law. It
is the model of latent semantic analysis (Hofmann, 1999, doi.org/10.1145/312624.312649), so that the best possible
ranking is known.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array

GENRES = ("crime", "essay", "fable", "poetry", "science", "sea", "travel", "war")


@dataclass(frozen=True)
class Readings:
    """Who read what, and the truth behind it.

    Args:
        user: Of each reading, int32 ``(rows,)``, sorted.
        item: Of each reading, int32 ``(rows,)``; no pair comes twice.
        taste: Of each user for each genre, float32 ``(users, genres)``; rows sum to 1.
        genre: Of each item, int64 ``(items,)``.
        share: Of each item in its genre, float64 ``(items,)``; they sum to 1 in each genre.
    """

    user: Array
    item: Array
    taste: Array
    genre: Array
    share: Array

    def truth(self, users: Array) -> Array:
        """Return the probability of each item for some users, ``(users, items)``."""
        found: Array = self.taste[users][:, self.genre] * self.share
        return found


def readings(
    users: int = 600, items: int = 240, per_user: float = 24.0, genres: int = 8, taste: float = 0.2, seed: int = 11
) -> Readings:
    """Draw readings.

    Args:
        users: Number of users.
        items: Number of items.
        per_user: Readings that a user draws on average, repeated ones counted once.
        genres: Number of genres.
        taste: Concentration of the Dirichlet distribution; small numbers make tastes narrow.
        seed: Of the generator.

    Example:
        >>> drawn = readings(users=50, items=40)
        >>> len(drawn.genre), drawn.taste.shape, bool(np.isclose(drawn.truth(np.arange(3)).sum(axis=1), 1).all())
        (40, (50, 8), True)
    """
    rng = np.random.default_rng(seed)
    tastes = rng.dirichlet(np.full(genres, taste), users).astype(np.float32)
    genre = rng.permutation(np.arange(items) % genres)
    share = np.empty(items)
    for number in range(genres):
        own = np.flatnonzero(genre == number)
        weight = 1.0 / (rng.permutation(len(own)) + 3.0)
        share[own] = weight / weight.sum()
    counts = np.maximum(rng.poisson(per_user, users), 5)
    user = np.repeat(np.arange(users, dtype=np.int32), counts)
    item = _draw(rng, user, tastes, genre, share)
    pairs = np.unique(user.astype(np.int64) * items + item)
    return Readings((pairs // items).astype(np.int32), (pairs % items).astype(np.int32), tastes, genre, share)


def reading_tables(seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables that the package ships: readings (``reader``, ``book``) and books (``book``, ``title``).

    Example:
        >>> read, books = reading_tables()
        >>> read.columns.tolist(), books.title[0]
        (['reader', 'book'], 'poetry 1')
    """
    drawn = readings(seed=seed)
    kinds = [GENRES[number] for number in drawn.genre]
    order = pd.Series(kinds).groupby(kinds).cumcount() + 1
    names = [f"b{number:03d}" for number in range(1, len(kinds) + 1)]
    books = pd.DataFrame(
        {"book": names, "title": [f"{kind} {count}" for kind, count in zip(kinds, order, strict=True)]}
    )
    read = pd.DataFrame({"reader": [f"r{number + 1:03d}" for number in drawn.user],
                         "book": np.array(names, dtype=object)[drawn.item]})  # fmt: skip
    return read, books


def _draw(rng: np.random.Generator, user: Array, tastes: Array, genre: Array, share: Array) -> Array:
    """An item for each row: a genre by the user's taste, then an item of it by its share, block by block."""
    upto = np.cumsum(tastes.astype(np.float64), axis=1)
    order = np.argsort(genre, kind="stable")
    edges = np.cumsum(share[order])  # genre g ends at g + 1
    item = np.empty(len(user), dtype=np.int64)
    for start in range(0, len(user), 100_000):
        part = slice(start, start + 100_000)
        own = upto[user[part]]
        chosen = np.minimum((rng.random(len(own))[:, None] * own[:, -1:] > own).sum(axis=1), own.shape[1] - 1)
        place = np.searchsorted(edges, chosen + rng.random(len(own)) * (1 - 1e-9))
        item[part] = order[np.minimum(place, len(order) - 1)]
    return item
