"""Vectors and identities of rows -> how well their cosines tell the same identity from another one.

| metric | what |
|---|---|
| roc_auc | over all pairs of rows: how often the cosine of a pair of one identity is above that of a pair of two |
| eer | equal error rate: where as many pairs of two identities are accepted as pairs of one are refused |
| one_shot_accuracy | each row is named after the nearest of one row of each identity (Lake et al., 2011) |

The equal error rate lies on the ROC curve, between whose points it is interpolated. The rows that stand for their
identities in one-shot recognition are drawn ``EPISODES`` times; every other row is asked each time.

A resample draws identities, not rows, since pairs of the same people are not independent of each other: a pair of one
identity weighs as often as that was drawn, a pair of two the product.

References:
    Lake, Salakhutdinov, Gross and Tenenbaum (2011), One shot learning of simple visual concepts. CogSci 33
"""

from collections.abc import Callable

import numpy as np

from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.errors import DataError

MOST_PAIRS = 60_000
"""Of each kind; where there are more, so many are drawn."""
EPISODES = 100


def verification_scorer(identities: Array, vectors: Array) -> Callable[[Array], dict[str, Array]]:
    """Return the function from weights ``(resamples, rows)``, one of each identity's rows, to metric -> values.

    Args:
        identities: A number a row, int64 ``(rows,)``.
        vectors: ``(rows, width)``; their length does not count.

    Example:
        >>> vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
        >>> score = verification_scorer(np.array([0, 0, 1, 1]), vectors)
        >>> {name: value[0].item() for name, value in score(np.ones((1, 4))).items()}
        {'roc_auc': 1.0, 'eer': 0.0, 'one_shot_accuracy': 1.0}
    """
    units = unit_rows(vectors)
    first, second = draw_pairs(identities)
    cosines = np.einsum("ij,ij->i", units[first], units[second])
    order = np.argsort(-cosines, kind="stable")
    first, second, cosines = first[order], second[order], cosines[order]
    same = identities[first] == identities[second]
    ends = np.flatnonzero(np.append(np.diff(cosines) != 0, True))
    hits = one_shot_hits(identities, units)
    asked = ~np.isnan(hits)

    def score(weights: Array) -> dict[str, Array]:
        found = np.array([_curve_figures(_weights(row, first, second, same), same, ends) for row in weights])
        share = weights[:, asked] @ hits[asked]
        total = weights[:, asked].sum(axis=1)
        shots = np.divide(share, total, out=np.full(len(weights), np.nan), where=total > 0)
        return {"roc_auc": found[:, 0], "eer": found[:, 1], "one_shot_accuracy": shots}

    return score


def unit_rows(vectors: Array) -> Array:
    """Divide each row by its length; a row of zeros stays."""
    numbers = np.asarray(vectors, dtype=np.float64)
    return np.asarray(numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-12))


def draw_pairs(identities: Array) -> tuple[Array, Array]:
    """Return all pairs of rows as two arrays of row numbers; of many, ``MOST_PAIRS`` of one identity and of two each.

    Example:
        >>> first, second = draw_pairs(np.array([5, 5, 6]))
        >>> first.tolist(), second.tolist()
        ([0, 0, 1], [1, 2, 2])
    """
    rows = len(identities)
    if rows * (rows - 1) // 2 <= 2 * MOST_PAIRS:
        return np.triu_indices(rows, 1)
    rng = np.random.default_rng(derive_seed(0, "pairs"))
    parts = [_drawn(identities, rng, same=same) for same in (True, False)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _drawn(identities: Array, rng: np.random.Generator, *, same: bool) -> tuple[Array, Array]:
    """Pairs of one identity, each identity by the number of its pairs; or of two, by refusing those of one."""
    if not same:
        first, second = rng.integers(len(identities), size=(2, 4 * MOST_PAIRS))
        kept = np.flatnonzero(identities[first] != identities[second])[:MOST_PAIRS]
        return first[kept], second[kept]
    order = np.argsort(identities, kind="stable")
    _, starts, counts = np.unique(identities[order], return_index=True, return_counts=True)
    pairs = counts * (counts - 1.0)
    if not pairs.sum():
        return order[:0], order[:0]
    group = rng.choice(len(counts), MOST_PAIRS, p=pairs / pairs.sum())
    one = rng.integers(counts[group])
    other = (one + rng.integers(1, counts[group])) % counts[group]
    return order[starts[group] + one], order[starts[group] + other]


def _weights(row: Array, first: Array, second: Array, same: Array) -> Array:
    return np.where(same, row[first], row[first] * row[second])


def _curve_figures(weights: Array, same: Array, ends: Array) -> tuple[float, float]:
    """Area under the ROC curve and equal error rate; NaN where pairs of one kind weigh nothing."""
    accepted, wrong = roc_points(weights, same, ends)
    if not np.isfinite(accepted).all() or not np.isfinite(wrong).all():
        return np.nan, np.nan
    return float(np.trapezoid(accepted, wrong)), equal_error_rate(accepted, wrong)


def roc_points(weights: Array, same: Array, ends: Array) -> tuple[Array, Array]:
    """Return the shares of pairs of one identity and of two that are accepted, from none to all of them.

    Args:
        weights: Of the pairs by falling cosine.
        same: Which are of one identity.
        ends: The last pair of each distinct cosine.
    """
    right = np.cumsum(weights * same)
    wrong = np.cumsum(weights * ~same)
    with np.errstate(invalid="ignore"):
        shares = [np.concatenate([[0.0], sums[ends]]) / sums[-1] for sums in (right, wrong)]
    return shares[0], shares[1]


def equal_error_rate(accepted: Array, wrong: Array) -> float:
    """Return the rate at which the curve crosses ``wrong = 1 - accepted``.

    Args:
        accepted: Share of the pairs of one identity that are accepted, rising from 0 to 1.
        wrong: Share of the pairs of two that are, likewise.

    Example:
        >>> equal_error_rate(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.0, 1.0]))
        0.3333333333333333
    """
    over = accepted + wrong - 1.0
    place = int(np.argmax(over >= 0))
    step = -over[place - 1] / (over[place] - over[place - 1])
    return float(wrong[place - 1] + step * (wrong[place] - wrong[place - 1]))


def equal_error_threshold(identities: Array, vectors: Array) -> float:
    """Return the cosine above which pairs are accepted so that both errors are as equal as these rows allow.

    Args:
        identities: A number a row.
        vectors: ``(rows, width)``.

    Raises:
        DataError: No two rows are of one identity, or all are.
    """
    units = unit_rows(vectors)
    first, second = draw_pairs(identities)
    cosines = np.einsum("ij,ij->i", units[first], units[second])
    same = identities[first] == identities[second]
    if same.all() or not same.any():
        raise DataError("threshold: expected pairs of one identity and of two. Received: only one kind.")
    levels = np.sort(cosines)
    refused = np.searchsorted(np.sort(cosines[same]), levels, "right") / same.sum()
    accepted = 1 - np.searchsorted(np.sort(cosines[~same]), levels, "right") / (~same).sum()
    return float(levels[np.argmin(np.abs(refused - accepted))])


def one_shot_hits(identities: Array, units: Array) -> Array:
    """Return how often each row is named rightly, ``(rows,)``; NaN of a row that is alone of its identity.

    Args:
        identities: A number a row.
        units: Vectors of length 1.
    """
    order = np.argsort(identities, kind="stable")
    names, starts, counts = np.unique(identities[order], return_index=True, return_counts=True)
    rng = np.random.default_rng(derive_seed(0, "one shot"))
    right, asked = np.zeros(len(identities)), np.zeros(len(identities))
    for _ in range(EPISODES):
        shown = order[starts + rng.integers(counts)]
        nearest = names[np.argmax(units @ units[shown].T, axis=1)]
        queries = np.ones(len(identities), dtype=bool)
        queries[shown] = False
        right += queries & (nearest == identities)
        asked += queries
    alone = (counts == 1)[np.searchsorted(names, identities)]
    shares: Array = np.divide(right, asked, out=np.full(len(identities), np.nan), where=(asked > 0) & ~alone)
    return shares
