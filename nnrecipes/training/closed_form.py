"""Histories -> item-to-item weights without epochs: EASE and item-kNN.

EASE: the ridge regression of every item on all others, ``B = I - P diag(1 / diag P)`` with ``P = (X^T X + l2 I)^-1``
and a zero diagonal. It may be trained as a denoising autoencoder would be on infinitely many draws, each without the
share ``dropout`` of its items (EDLAE): a ridge of ``l2 + dropout / (1 - dropout) n_i`` for an item of ``n_i`` users. A
user of ``m`` items may weigh ``m^-user_power``, so that long histories do not decide alone.

Item-kNN: ``cos(i, j) * n / (n + shrinkage)`` with ``n`` users in common, of each item's nearest neighbours. Both need
arrays of items squared, which are refused, with their size, before they are allocated.

References:
    Steck (2019), Embarrassingly shallow autoencoders for sparse data. https://doi.org/10.1145/3308558.3313710
    Steck (2020), Autoencoders that don't overfit towards the identity. NeurIPS 33, 19598-19608.
    Sarwar et al. (2001), Item-based collaborative filtering. https://doi.org/10.1145/371920.372071
"""

import os
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError

COPIES = 3  # float64 arrays (items, items) that live at one time
GIB = 2**30


def fit_ease(
    histories: csr_matrix,
    *,
    l2: float = 400.0,
    dropout: float = 0.0,
    user_power: float = 0.0,
    memory: int | None = None,
) -> Array:
    """Return EASE's weights, float32 ``(items, items)`` with a zero diagonal.

    Args:
        histories: CSR ``(users, items)``.
        l2: Ridge, in units of the Gram matrix (users).
        dropout: Share of a history's items that a draw leaves out.
        user_power: Users weigh their number of items to minus this power, on average 1; 0 weighs all alike.
        memory: Bytes that may be used; what the machine has available by default.

    Raises:
        DataError: The arrays would not fit into memory.

    Example:
        >>> fit_ease(csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0]])), l2=1.0).tolist()
        [[0.0, 0.3333333432674408], [0.5, 0.0]]
    """
    refuse_squares(histories.shape[1], "EASE", memory)
    counts = np.maximum(np.diff(histories.indptr), 1.0)
    weights_of_users = counts**-user_power
    scaled = diags(np.sqrt(weights_of_users / weights_of_users.mean())) @ histories if user_power else histories
    gram = (scaled.T @ scaled).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += l2 + dropout / (1 - dropout) * np.diag(gram)
    inverse = np.linalg.inv(gram)
    del gram
    weights: Array = (inverse / -np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    return weights


def fit_item_knn(
    histories: csr_matrix, *, neighbours: int = 100, shrinkage: float = 0.0, memory: int | None = None
) -> Array:
    """Return item-kNN's weights, float32 ``(items, items)``, at most ``neighbours`` in each column.

    Args:
        histories: CSR ``(users, items)``.
        neighbours: How many of the nearest items count for an item.
        shrinkage: Users; pairs with few users in common count less.
        memory: Bytes that may be used; what the machine has available by default.

    Raises:
        DataError: The arrays would not fit into memory.

    Example:
        >>> fit_item_knn(csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0]]))).tolist()  # 1 / sqrt(2)
        [[0.0, 0.7071067690849304], [0.7071067690849304, 0.0]]
    """
    items = histories.shape[1]
    refuse_squares(items, "item-kNN", memory)
    binary = csr_matrix((np.ones_like(histories.data), histories.indices, histories.indptr), shape=histories.shape)
    common = (binary.T @ binary).toarray().astype(np.float64)
    norm = np.sqrt(np.maximum(np.diag(common), 1.0))
    weights = common / norm[:, None] / norm[None, :]
    if shrinkage:
        weights *= common / (common + shrinkage)
    np.fill_diagonal(weights, 0.0)
    if neighbours < items - 1:
        smallest = np.partition(weights, items - neighbours, axis=0)[items - neighbours]
        weights[weights < smallest] = 0.0
    result: Array = weights.astype(np.float32)
    return result


def refuse_squares(items: int, name: str, memory: int | None = None) -> None:
    """Refuse arrays of items squared that do not fit into memory.

    Args:
        items: Number of items.
        name: Of the method, for the message.
        memory: Bytes that may be used; what the machine has available by default.

    Raises:
        DataError: They do not fit; the message has their size.

    Example:
        >>> try:
        ...     refuse_squares(100_000, "EASE", memory=8 * 2**30)
        ... except DataError as error:
        ...     str(error)[:110]
        'EASE: expected arrays that fit into 8.0 GiB. Received: 100,000 x 100,000 items: 74.5 GiB each, 3 of them. Use '
    """
    given = available_memory() if memory is None else memory
    one = items * items * 8
    if one * COPIES > given:
        size = f"{items:,} x {items:,} items: {one / GIB:,.1f} GiB each, {COPIES} of them"
        advice = "Use mult_dae or mult_vae, or leave rare items out (data.interactions.min_item_users)"
        raise DataError(f"{name}: expected arrays that fit into {given / GIB:.1f} GiB. Received: {size}. {advice}.")


def available_memory() -> int:
    """Bytes that can be allocated without swapping; all of the machine's where the system does not say."""
    file = Path("/proc/meminfo")
    if file.is_file():
        for line in file.read_text("ascii", "replace").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
