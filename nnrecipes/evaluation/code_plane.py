"""Codes -> points in the plane, by principal components, t-SNE or UMAP; and steps along single numbers of a code."""

from collections.abc import Sequence

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean
from nnrecipes.evaluation.autoencoder_rivals import fit_pca

MOST_ROWS = {"tsne": 5_000, "umap": 20_000}
"""Of more codes as many, drawn at random, are mapped."""
METHODS = ("pca", *MOST_ROWS)


def plane(codes: Array, basis: Array, *, method: str = "pca", seed: int = 0) -> tuple[Array, Array]:
    """Return points ``(rows, 2)`` and which of the codes they are, int64 ``(rows,)``.

    Args:
        codes: ``(rows, length)``.
        basis: Codes of training rows, whose components span the plane of ``pca``.
        method: ``pca``, ``tsne`` (van der Maaten and Hinton, 2008, JMLR 9) or ``umap`` (McInnes, Healy and Melville,
            2018, arXiv:1802.03426), which needs the package umap-learn.
        seed: Of t-SNE and UMAP and of the rows that are drawn for them.

    Raises:
        DataError: Another method, or UMAP where umap-learn is not installed.
    """
    if method not in METHODS:
        raise DataError(f"method: expected {', '.join(METHODS)}. Received: {method!r}.{did_you_mean(method, METHODS)}")
    rows = np.arange(len(codes))
    if method == "pca":
        return fit_pca(basis, 2).encode(codes), rows
    if len(rows) > MOST_ROWS[method]:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), MOST_ROWS[method], replace=False))
    return (_tsne if method == "tsne" else _umap)(codes[rows], seed), rows


def _tsne(codes: Array, seed: int) -> Array:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, max(1.0, (len(codes) - 1) / 3))
    points: Array = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(codes)
    return points


def _umap(codes: Array, seed: int) -> Array:
    try:
        from umap import UMAP
    except ImportError:
        raise DataError("method: expected umap-learn to be installed for umap: pip install 'nnrecipes[umap]'. "
                        "Received: no such package.") from None  # fmt: skip
    neighbours = max(2, min(15, len(codes) - 1))
    few = {"init": "random"} if len(codes) < 20 else {}  # the spectral start needs more rows than dimensions
    points: Array = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1, **few).fit_transform(codes)
    return points


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
