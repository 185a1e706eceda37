"""A log of interactions (user, item, rating, time) -> :class:`Interactions`: ids sorted once, and integer codes.

Ids are text whatever the file holds: ``42`` and ``"42"`` are one user. They are sorted (by number where all of them are
integers), so the order of the file's rows decides nothing. Nine million rows take some 300 MB.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nnrecipes.config.interactions import InteractionsConfig
from nnrecipes.data.log_file import read_log
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError


@dataclass(frozen=True)
class Interactions:
    """Checked interactions, at most one a pair of user and item, sorted by user, then item.

    Args:
        users: Ids, sorted, ``(users,)`` objects of ``str``.
        items: Ids, sorted, ``(items,)``.
        user: Code of each row's user, int32 ``(rows,)``.
        item: Code of each row's item, int32 ``(rows,)``.
        rating: float32 ``(rows,)``, or None where there is no such column.
        time: float64 ``(rows,)``, or None.
        rows: Row numbers of the file, int64 ``(rows,)``.
        origin: What messages call the log.
        sha256: Of the file, or of the values from Python.
        notices: What was left out.
    """

    users: Array
    items: Array
    user: Array
    item: Array
    rating: Array | None
    time: Array | None
    rows: Array
    origin: str
    sha256: str
    notices: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.user)

    def take(self, kept: Array, *notices: str) -> "Interactions":
        """Return the rows ``kept`` (a mask), with the users and items that are left."""
        users, user = renumber(self.user[kept], len(self.users))
        items, item = renumber(self.item[kept], len(self.items))
        rating = None if self.rating is None else self.rating[kept]
        time = None if self.time is None else self.time[kept]
        return Interactions(self.users[users], self.items[items], user, item, rating, time,
                            self.rows[kept], self.origin, self.sha256, (*self.notices, *notices))  # fmt: skip


def load_interactions(config: InteractionsConfig, data: Any = None) -> Interactions:
    """Read, check and filter interactions.

    Args:
        config: The ``data.interactions`` section.
        data: A DataFrame, or a mapping of columns, where the source is ``arrays``.

    Raises:
        DataError: A column is missing, an id is empty, a rating is no number, or the filters leave nothing.

    Example:
        >>> config = InteractionsConfig.model_validate({"source": {"kind": "arrays"}})
        >>> log = load_interactions(config, {"user": ["b", "a", "b", "b"], "item": [10, 9, 9, 10]})
        >>> log.users.tolist(), log.items.tolist(), log.user.tolist(), log.item.tolist(), log.notices
        (['a', 'b'], ['9', '10'], [0, 1, 1], [0, 0, 1], ('1 of 4 rows left out: the same user and item again.',))
    """
    log = read_log(config.source, data, ids={"user": config.user, "item": config.item},
                   numbers={k: v for k, v in (("rating", config.rating), ("time", config.time)) if v})  # fmt: skip
    users, user = _sorted_codes(*log.ids["user"])
    items, item = _sorted_codes(*log.ids["item"])
    rating, time = log.numbers.get("rating"), log.numbers.get("time")
    whole = Interactions(users, items, user, item, None if rating is None else rating.astype(np.float32), time,
                         np.arange(len(user)), log.origin, log.sha256)  # fmt: skip
    return _filter(_once(whole), config)


def _once(log: Interactions) -> Interactions:
    """Sort by user and item; of rows of one pair keep the latest, of one moment the best rated, then the last."""
    keys = [key for key in (log.rating, log.time, log.item, log.user) if key is not None]
    order = np.lexsort(keys)
    user, item = log.user[order], log.item[order]
    last = np.append((user[1:] != user[:-1]) | (item[1:] != item[:-1]), True)
    kept = order[last]
    again = len(order) - len(kept)
    notice = [f"{again:,} of {len(order):,} rows left out: the same user and item again."] if again else []
    return log.take(kept, *notice)


def _filter(log: Interactions, config: InteractionsConfig) -> Interactions:
    if config.min_rating is not None and log.rating is not None:
        below = log.rating < config.min_rating
        log = log.take(~below, f"{int(below.sum()):,} of {len(log):,} rows left out: rated below {config.min_rating}.")
    for count, code, of in ((config.min_item_users, "item", "users"), (config.min_user_items, "user", "items")):
        codes = getattr(log, code)
        few = np.bincount(codes)[codes] < count if len(log) else np.zeros(0, bool)
        if few.any():
            names = len(np.unique(codes[few]))
            log = log.take(~few, f"{names:,} {code}s with fewer than {count} {of} left out ({int(few.sum()):,} rows).")
    if not len(log):
        raise DataError(f"{log.origin}: expected an interaction that the filters leave. Received: none. "
                        + " ".join(log.notices))  # fmt: skip
    return log


def renumber(codes: Array, count: int) -> tuple[Array, Array]:
    """Return the codes below ``count`` that come, sorted, and each row's place among them, int32; nothing is sorted.

    Example:
        >>> [part.tolist() for part in renumber(np.array([7, 2, 7]), 9)]
        [[2, 7], [1, 0, 1]]
    """
    used = np.flatnonzero(np.bincount(codes, minlength=count))
    place = np.zeros(count, dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    return used, place[codes]


def sort_ids(ids: Array) -> Array:
    """Return the order of ids: by number where all are integers in plain form, else by text.

    Example:
        >>> sort_ids(np.array(["10", "9", "1"], dtype=object)).tolist()
        [2, 1, 0]
    """
    texts = [str(name) for name in ids]
    if all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
        return np.argsort(np.array(texts, dtype=np.int64), kind="stable")
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)


def _sorted_codes(ids: Array, codes: Array) -> tuple[Array, Array]:
    order = sort_ids(ids)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return ids[order], place[codes]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
