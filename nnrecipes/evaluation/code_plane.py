"""Codes -> points in the plane, by principal components or t-SNE; and steps along single numbers of a code."""

from collections.abc import Sequence

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.evaluation.autoencoder_rivals import fit_pca

TSNE_ROWS = 5_000
"""Of more codes as many, drawn at random, are mapped by t-SNE."""


def plane(codes: Array, basis: Array, *, method: str = "pca", seed: int = 0) -> tuple[Array, Array]:
    """Return points ``(rows, 2)`` and which of the codes they are, int64 ``(rows,)``.

    Args:
        codes: ``(rows, length)``.
        basis: Codes of training rows, whose components span the plane of ``pca``.
        method: ``pca``, or ``tsne`` (van der Maaten and Hinton, 2008, JMLR 9).
        seed: Of t-SNE and of the rows that are drawn for it.

    Raises:
        DataError: Another method.
    """
    rows = np.arange(len(codes))
    if method == "pca":
        return fit_pca(basis, 2).encode(codes), rows
    if method != "tsne":
        raise DataError(f"method: expected pca or tsne. Received: {method!r}.")
    from sklearn.manifold import TSNE

    if len(rows) > TSNE_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), TSNE_ROWS, replace=False))
    perplexity = min(30.0, max(1.0, (len(rows) - 1) / 3))
    points: Array = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(codes[rows])
    return points, rows


def traversal(codes: Array, places: Sequence[int] | None, steps: int, reach: float) -> tuple[Array, list[int], Array]:
    """Return codes ``(places, steps, length)`` of which one number each moves, the places, and the moves in sd.

    Args:
        codes: Of training rows; their mean stays in the middle.
        places: Which numbers of the code; the eight that spread most by default.
        steps: Of each.
        reach: Standard deviations of the codes.

    Example:
        >>> grid, places, moves = traversal(np.array([[0.0, 1.0], [0.0, 3.0]]), None, 3, 1.0)
        >>> places, grid[0].tolist()
        ([1, 0], [[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]])
    """
    spread, moves = codes.std(axis=0), np.linspace(-reach, reach, steps)
    chosen = [int(place) for place in (np.argsort(-spread, kind="stable")[:8] if places is None else places)]
    grid = np.tile(codes.mean(axis=0), (len(chosen), steps, 1))
    for line, place in enumerate(chosen):
        grid[line, :, place] += moves * spread[place]
    return grid, chosen, moves
