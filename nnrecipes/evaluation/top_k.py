r"""Lists of recommended items and what was to be found -> ranking metrics, one value a user, and facts of the lists.

With ``h_r`` 1 where the item at rank ``r`` is to be found, and ``n`` items to be found in all:

    recall@k   = sum of h_r for r <= k                          / min(k, n)
    ndcg@k     = sum of h_r / log2(r + 1) for r <= k            / sum of 1 / log2(r + 1) for r <= min(k, n)
    map@k      = sum of h_r * (hits up to r) / r for r <= k     / min(k, n)
    hit_rate@k = 1 where any h_r is 1 for r <= k
    mrr        = 1 / rank of the first hit, 0 where none is in the list

and of all lists together, with ``x_i`` how often item ``i`` is among the first ``k`` of a list and ``p_i`` the share of
training users that have it:

    coverage@k   = share of items with x_i > 0
    novelty@k    = mean of -log2 p_i over all places of all lists (bits)
    popularity@k = mean of p_i over the same
    gini@k       = sum over i of (2 i - items - 1) x_(i) / (items * sum of x), x_(1) <= x_(2) <= ...: 0 is even

Items that training did not have are to be found as well and are never found.

References:
    Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation. https://doi.org/10.1145/582415.582418
    Liang et al. (2018), Variational autoencoders for collaborative filtering. https://doi.org/10.1145/3178876.3186150
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.bootstrap import bootstrap, interval

CUTOFFS = (10, 20, 50, 100)


def hits(lists: Array, held_out: csr_matrix) -> Array:
    """Return which places of the lists hold an item to be found, boolean ``(users, places)``.

    Args:
        lists: Item codes, best first, ``(users, places)``; -1 is an empty place.
        held_out: What is to be found, CSR ``(users, items)``.

    Example:
        >>> hits(np.array([[2, 0, 1]]), csr_matrix(np.array([[0.0, 1.0, 1.0]]))).tolist()
        [[True, False, True]]
    """
    users, items = held_out.shape
    rows = np.repeat(np.arange(users, dtype=np.int64), np.diff(held_out.indptr))
    wanted = np.sort(rows * items + held_out.indices)
    keys = np.arange(users, dtype=np.int64)[:, None] * items + lists
    places = np.minimum(np.searchsorted(wanted, keys), max(len(wanted) - 1, 0))
    if not len(wanted):
        return np.zeros(lists.shape, dtype=bool)
    found: Array = (wanted[places] == keys) & (lists >= 0)
    return found


def ndcg_at_k(hit: Array, count: Array, k: int) -> Array:
    """Normalised discounted cumulative gain of binary relevance, ``(users,)``.

    Args:
        hit: Of :func:`hits`.
        count: How many items are to be found, ``(users,)``, at least one.
        k: Cut-off.

    Example:
        >>> ndcg_at_k(np.array([[True, False, True]]), np.array([2]), 3).round(4)  # (1 + 1/2) / (1 + 1/log2(3))
        array([0.9197])
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    first = hit[:, :k]
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    gain: Array = first @ discount[: first.shape[1]] / ideal[np.minimum(count, k)]
    return gain


def recall_at_k(hit: Array, count: Array, k: int) -> Array:
    """Hits over ``min(k, to be found)``, ``(users,)``."""
    found: Array = np.asarray(hit[:, :k].sum(axis=1) / np.minimum(count, k))
    return found


def map_at_k(hit: Array, count: Array, k: int) -> Array:
    """Average precision over ``min(k, to be found)``, ``(users,)``."""
    first = hit[:, :k]
    precision = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1)
    mean: Array = np.asarray((first * precision).sum(axis=1) / np.minimum(count, k))
    return mean


def hit_rate_at_k(hit: Array, k: int) -> Array:
    """1 where the first ``k`` places hold an item to be found, ``(users,)``."""
    found: Array = np.asarray(hit[:, :k].any(axis=1), dtype=np.float64)
    return found


def reciprocal_rank(hit: Array) -> Array:
    """1 over the rank of the first hit, 0 where there is none, ``(users,)``."""
    first = np.argmax(hit, axis=1)
    found: Array = np.where(hit.any(axis=1), 1.0 / (first + 1), 0.0)
    return found


def user_metrics(
    lists: Array, held_out: csr_matrix, unknown: Array, cutoffs: Sequence[int] = CUTOFFS
) -> dict[str, Array]:
    """Return name -> value of each user, ``(users,)``: NDCG and recall at every cut-off, the others at the first.

    Args:
        lists: Item codes, best first, ``(users, places)``, as long as the largest cut-off.
        held_out: What is to be found, CSR ``(users, items)``.
        unknown: How many more are to be found, of items that training did not have, ``(users,)``.
        cutoffs: Cut-offs.
    """
    hit = hits(lists, held_out)
    count = np.diff(held_out.indptr) + unknown
    found = {f"ndcg@{k}": ndcg_at_k(hit, count, k) for k in cutoffs[::-1]}
    found |= {f"recall@{k}": recall_at_k(hit, count, k) for k in cutoffs[::-1]}
    k = cutoffs[0]
    return {**found, f"map@{k}": map_at_k(hit, count, k), f"hit_rate@{k}": hit_rate_at_k(hit, k),
            "mrr": reciprocal_rank(hit)}  # fmt: skip


def list_metrics(lists: Array, counts: Array, users: int, k: int) -> dict[str, float]:
    """Return coverage, novelty, popularity and Gini index of all lists together.

    Args:
        lists: Item codes, best first, ``(users, places)``; -1 is an empty place.
        counts: Training users of each item, ``(items,)``, at least one.
        users: Number of training users.
        k: Cut-off.

    Example:
        >>> list_metrics(np.array([[0, 1], [0, 2]]), np.array([4, 2, 1, 1]), users=4, k=2)
        {'coverage@2': 0.75, 'novelty@2': 0.75, 'popularity@2': 0.6875, 'gini@2': 0.375}
    """
    shown = lists[:, :k]
    shown = shown[shown >= 0]
    share = counts / users
    exposure = np.sort(np.bincount(shown, minlength=len(counts)))
    ranks = 2 * np.arange(1, len(counts) + 1) - len(counts) - 1
    total = max(int(exposure.sum()), 1)
    return {
        f"coverage@{k}": float((exposure > 0).mean()),
        f"novelty@{k}": float(-np.log2(share[shown]).mean()) if len(shown) else 0.0,
        f"popularity@{k}": float(share[shown].mean()) if len(shown) else 0.0,
        f"gini@{k}": float((ranks * exposure).sum() / (len(counts) * total)),
    }


def with_intervals(
    values: Mapping[str, Array], *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, dict[str, float | None]]:
    """Return name -> mean over users with its percentile interval over resampled users.

    Args:
        values: Name -> value of each user, ``(users,)``.
        confidence: Of the intervals.
        resamples: Bootstrap resamples of the users.
        seed: Of the run.
    """
    matrix = np.stack(list(values.values()))
    drawn = bootstrap(lambda weights: {"means": weights @ matrix.T / matrix.shape[1]}, matrix.shape[1],
                      resamples=resamples, seed=seed)["means"]  # fmt: skip
    found: dict[str, dict[str, float | None]] = {}
    for place, name in enumerate(values):
        low, high = interval(drawn[:, place], confidence) or (None, None)
        found[name] = {"value": float(matrix[place].mean()), "low": low, "high": high}
    return found
