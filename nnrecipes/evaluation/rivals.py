"""Training histories -> the lists of popularity, item-kNN and EASE for the same users: a network has to beat them.

EASE's ridge and item-kNN's neighbours are chosen on the validation users by NDCG@100; where there are none, on a tenth
of the training users, and then fitted to all. Closed-form models are strong
here (Ferrari Dacrema et al., 2019, doi.org/10.1145/3298689.3347058), so no score stands without them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.evaluation.top_k import user_metrics
from nnrecipes.models.item_weights import build_item_weights
from nnrecipes.preprocessing.histories import FoldIn
from nnrecipes.training.closed_form import fit_ease, fit_item_knn
from nnrecipes.training.top_items import Ranker

RIDGES = (50.0, 100.0, 200.0, 400.0, 800.0)
NEIGHBOURS = (50, 100, 200)
BLOCK = 256  # users


def popularity_lists(counts: Array, exclude: csr_matrix, k: int, allowed: Array | None = None) -> Array:
    """Return the most frequent items that a user does not have, int64 ``(users, k)``; -1 in empty places.

    Args:
        counts: Users of each item, ``(items,)``; of equal ones the first stands first.
        exclude: What each user may not get, CSR ``(users, items)``.
        k: Places of a list.
        allowed: Which items may stand in a list, boolean ``(items,)``; all by default.

    Example:
        >>> popularity_lists(np.array([3, 9, 5]), csr_matrix(np.array([[0, 1, 0]])), 3).tolist()
        [[2, 0, -1]]
    """
    order = np.argsort(-counts, kind="stable")
    order = order[: k + int(np.diff(exclude.indptr).max(initial=0))] if allowed is None else order[allowed[order]]
    place = np.full(len(counts), -1)
    place[order] = np.arange(len(order))
    lists = np.full((exclude.shape[0], k), -1, dtype=np.int64)
    for row in range(exclude.shape[0]):
        seen = place[exclude.indices[exclude.indptr[row] : exclude.indptr[row + 1]]]
        left = np.delete(order, seen[seen >= 0])[:k]
        lists[row, : len(left)] = left
    return lists


def fit_rivals(
    histories: csr_matrix, counts: Array, validation: FoldIn, test: FoldIn, k: int
) -> tuple[dict[str, Array], list[str]]:
    """Return rival -> its lists of the test users, ``(users, k)``, and what had to be left out and why.

    Args:
        histories: The training users, CSR ``(users, items)``.
        counts: Users of each item, ``(items,)``.
        validation: The users on which ridge and neighbours are chosen; where there are none, training users are.
        test: The users that are scored.
        k: Places of a list.
    """
    lists, notices = {"popularity": popularity_lists(counts, test.history, k)}, []
    some, chosen_by = (histories, validation) if len(validation) else without_a_tenth(histories)
    choices: dict[str, tuple[Callable[..., Array], str, tuple[Any, ...]]] = {
        "item_knn": (fit_item_knn, "neighbours", NEIGHBOURS),
        "ease": (fit_ease, "l2", RIDGES),
    }
    for name, (fit, argument, values) in choices.items():
        fitted = partial(_fitted, fit, argument)
        try:
            rankers = [fitted(value, some) for value in values]
            best = int(np.argmax([_ndcg(ranker, chosen_by) for ranker in rankers]))
            ranker = rankers[best] if some is histories else fitted(values[best], histories)
        except DataError as error:
            notices.append(f"{name} was not fitted as a rival: {error}")
            continue
        lists[name] = ranker.top(test.history, k, exclude=test.history)[0]
    return lists, notices


def _fitted(fit: Callable[..., Array], argument: str, value: Any, histories: csr_matrix) -> Ranker:
    return Ranker(build_item_weights(weights=fit(histories, **{argument: value})))


def without_a_tenth(histories: csr_matrix) -> tuple[csr_matrix, FoldIn]:
    """Return nine of ten users, and the tenth ones as held-out users: four of five items given, the fifth to be found.

    Args:
        histories: CSR ``(users, items)``.

    Example:
        >>> rest, tenth = without_a_tenth(csr_matrix(np.ones((20, 10), np.float32)))
        >>> rest.shape, tenth.history.shape, int(tenth.history.sum()), int(tenth.held_out.sum())
        ((18, 10), (2, 10), 16, 4)
    """
    numbers = np.arange(histories.shape[0])
    tenth = histories[numbers % 10 == 9].tocoo()
    place = np.arange(tenth.nnz) - np.searchsorted(tenth.row, np.arange(tenth.shape[0]))[tenth.row]
    parts = [csr_matrix((tenth.data[kept], (tenth.row[kept], tenth.col[kept])), shape=tenth.shape)
             for kept in (place % 5 != 4, place % 5 == 4)]  # fmt: skip
    some = np.diff(parts[1].indptr) > 0
    given, found = (part[some] for part in parts)
    users = numbers[numbers % 10 == 9][some].astype(str)
    return histories[numbers % 10 != 9], FoldIn(users, given, found, np.zeros(len(users), np.int64))


def _ndcg(ranker: Ranker, rows: FoldIn) -> float:
    lists = ranker.top(rows.history, 100, exclude=rows.history)[0]
    return float(user_metrics(lists, rows.held_out, rows.unknown, (100,))["ndcg@100"].mean())
