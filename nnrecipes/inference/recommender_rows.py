"""What a recommender's lists are made of: the best places of a row of scores, and the users of a table."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from nnrecipes.config.interactions import InteractionsConfig
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean
from nnrecipes.preprocessing.histories import Vocabulary, encode_histories

SHOWN = 5  # rows or ids that a message names


def best(values: Array, k: int) -> tuple[Array, Array]:
    """The places of the greatest values, of equal ones the first, and the values; -1 for minus infinity."""
    order = np.argsort(-values, kind="stable")[:k]
    return np.where(np.isfinite(values[order]), order, -1), values[order]


def places(k: object, items: int, name: str = "k") -> int:
    """How many places a list has: ``k``, and never more than there are items, so that a huge ``k`` takes no memory.

    Raises:
        DataError: It is no whole number above 0.

    Example:
        >>> places(10, 240), places(10**12, 240)
        (10, 240)
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise DataError(f"{name}: expected a whole number above 0. Received: {k!r}.")
    return min(int(k), items)


def id_list(names: object, what: str, of: str) -> list[object]:
    """The ids of a list; a text or a set, which has no order, is none.

    Raises:
        DataError: It is no list.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Sequence | np.ndarray | pd.Series | pd.Index):
        raise DataError(f"{what}: expected a list of {of} ids. Received: {names!r}.")
    return list(names)


def fill_cold(
    lists: Array, scores: Array, rows: csr_matrix, vocabulary: Vocabulary, allowed: Array | None
) -> list[str]:
    """Give users without a history the most popular items, scored by their share of users, in place; say so."""
    cold = np.flatnonzero(np.diff(rows.indptr) == 0)
    if not len(cold):
        return []
    from nnrecipes.evaluation.rivals import popularity_lists

    lists[cold] = popularity_lists(vocabulary.counts, rows[cold], lists.shape[1], allowed)
    share = np.append(vocabulary.counts, 0)[lists[cold]] / len(vocabulary.users)
    scores[cold] = np.where(lists[cold] >= 0, share, -np.inf)
    whom = "1 user has" if len(cold) == 1 else f"{len(cold):,} users have"
    return [f"{whom} no history that training knows: the most popular items, scored by their share of users."]


def leave_one_out(score: Callable[[csr_matrix], Array], rows: csr_matrix, item: int) -> Array:
    """Return an item's score less that without each of the history's items, ``(items of the history,)``.

    Args:
        score: Histories ``(users, items)`` -> scores of the same shape.
        rows: One history, CSR ``(1, items)``.
        item: Code of the item.
    """
    own = np.repeat(rows.toarray(), rows.nnz + 1, axis=0)
    own[np.arange(1, rows.nnz + 1), rows.indices] = 0.0
    scores = score(csr_matrix(own))[:, item]
    change: Array = scores[0] - scores[1:]
    return change


def read_histories(
    table: pd.DataFrame, vocabulary: Vocabulary, columns: InteractionsConfig
) -> tuple[Array, csr_matrix, list[str]]:
    """Return the users of a table in its order, their histories, and ids of items that training did not have.

    Args:
        table: A column of users and one of items, as ``columns`` calls them, or ``user`` and ``item``; with the column
            of ratings, rows below the least one of training are no part of a history.
        vocabulary: Of the run.
        columns: The recipe's ``data.interactions``.

    Raises:
        DataError: A column or an id is missing.
    """
    user, item = (first_column(table, (own, plain)) for own, plain in ((columns.user, "user"), (columns.item, "item")))
    refuse_gaps(table, (user, item))
    names, row = in_order(table[user])
    kept = np.ones(len(table), dtype=bool)
    if columns.min_rating is not None and columns.rating in table:
        kept = np.asarray(pd.to_numeric(table[columns.rating], errors="coerce") >= columns.min_rating)
    rows, unknown = encode_histories(vocabulary, row[kept], table[item].astype(str)[kept].tolist(), len(names))
    return names, rows, unknown


def first_column(frame: pd.DataFrame, names: Sequence[str]) -> str:
    """The first of the names that is a column.

    Raises:
        DataError: None of them is.
    """
    for name in names:
        if name in frame:
            return name
    raise DataError(f"users: expected the column {names[0]!r}. Received: {', '.join(map(str, frame.columns))}.")


def refuse_gaps(table: pd.DataFrame, names: Sequence[str], origin: str = "users") -> None:
    """Refuse a table without rows, or with an empty id, naming the first rows (from 0).

    Raises:
        DataError: That.
    """
    if not len(table):
        raise DataError(f"{origin}: expected at least one row. Received: no rows.")
    for name in names:
        empty = np.flatnonzero(table[name].isna() | (table[name].astype(str).str.strip() == ""))
        if len(empty):
            shown = ", ".join(map(str, empty[:SHOWN]))
            more = f" and {len(empty) - SHOWN:,} more" if len(empty) > SHOWN else ""
            expected = f"{origin}: column {name!r}: expected an id in every row"
            raise DataError(f"{expected}. Received: none in row {shown}{more}.")


def in_order(values: "pd.Series[Any]") -> tuple[Array, Array]:
    """Distinct ids in the order in which they come, and each row's place among them."""
    codes, names = pd.factorize(values.astype(str))
    return np.asarray(names, dtype=object), np.asarray(codes, dtype=np.int64)


def known_code(vocabulary: Vocabulary, name: object, of: str, where: str = "") -> int:
    """The place of a user or an item of training.

    Args:
        vocabulary: Of the run.
        name: Its id.
        of: ``users`` or ``items``.
        where: What the id was given as, for the message.

    Raises:
        DataError: Training did not have it.
    """
    code = int(vocabulary.codes([name], of)[0])
    if code < 0:
        known = getattr(vocabulary, of)
        near = did_you_mean(name, known[:20_000]) if isinstance(name, str) else ""
        raise DataError(f"{where or of[:-1]}: expected one of the {len(known):,} {of} of training. "
                        f"Received: {name!r}.{near}")  # fmt: skip
    return code


def list_frame(vocabulary: Vocabulary, codes: Array, values: Array, name: str = "score") -> pd.DataFrame:
    """A list as a table: ``rank``, ``item``, ``title`` where there are titles, and the values under ``name``."""
    kept = codes >= 0
    found: dict[str, Any] = {"rank": np.arange(1, kept.sum() + 1), "item": vocabulary.items[codes[kept]]}
    if len(vocabulary.titles):
        found["title"] = vocabulary.titles[codes[kept]]
    return pd.DataFrame({**found, name: values[kept]})


def unknown_notice(unknown: Sequence[str], of: str, so: str) -> str:
    """What is said of ids that training did not have.

    Example:
        >>> unknown_notice(["b7"], "items", "are left out")
        '1 item that training did not have is left out: b7.'
    """
    shown = ", ".join(unknown[:SHOWN]) + (f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else "")
    if len(unknown) == 1:
        of, so = of[:-1], so.replace("are ", "is ").replace("get ", "gets ")
    return f"{len(unknown):,} {of} that training did not have {so}: {shown}."
