"""Ratings -> their mean and the biases of users and items, and the rest that they leave.

    bias(u, i) = mean + b_u + b_i,   minimising sum (r - bias)^2 + shrinkage * (sum b_u^2 + sum b_i^2)

by alternating exact steps. It is the rival of AutoRec, and with ``residuals`` the network rebuilds what it leaves.

References:
    Koren, Bell and Volinsky (2009), Matrix factorization techniques. https://doi.org/10.1109/MC.2009.263
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.data.spec import Array
from nnrecipes.preprocessing.histories import Vocabulary

ROUNDS = 20


@dataclass(frozen=True)
class RatingBias:
    """Mean rating, and what each user and item adds to it, float64 ``(users,)`` and ``(items,)``."""

    mean: float
    user: Array
    item: Array
    low: float
    high: float

    def predict(self, user: Array, item: Array) -> Array:
        """Return the biased mean of pairs of codes, -1 for a user or an item that training did not have."""
        users, items = np.append(self.user, 0.0), np.append(self.item, 0.0)
        found: Array = self.mean + users[user] + items[item]
        return found


def fit_rating_bias(ratings: csr_matrix, shrinkage: float = 3.0) -> RatingBias:
    """Fit mean and biases.

    Args:
        ratings: CSR ``(users, items)``.
        shrinkage: Ratings of the mean that every user and item is given.

    Example:
        >>> bias = fit_rating_bias(csr_matrix(np.array([[5.0, 3.0], [5.0, 3.0]])), shrinkage=0.0)
        >>> bias.mean, bias.item.round(6).tolist()
        (4.0, [1.0, -1.0])
    """
    rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
    columns, values = ratings.indices, ratings.data.astype(np.float64)
    mean = float(values.mean())
    user, item = np.zeros(ratings.shape[0]), np.zeros(ratings.shape[1])
    of_user = np.bincount(rows, minlength=len(user)) + shrinkage
    of_item = np.bincount(columns, minlength=len(item)) + shrinkage
    for _ in range(ROUNDS):
        item = np.bincount(columns, values - mean - user[rows], minlength=len(item)) / np.maximum(of_item, 1e-9)
        user = np.bincount(rows, values - mean - item[columns], minlength=len(user)) / np.maximum(of_user, 1e-9)
    return RatingBias(mean, user, item, float(values.min()), float(values.max()))


def autorec_rows(vocabulary: Vocabulary, config: AutoRecConfig) -> csr_matrix:
    """Return the ratings as a recipe's AutoRec takes them: see :func:`network_rows`."""
    bias = fit_rating_bias(vocabulary.histories) if config.residuals else None
    return network_rows(vocabulary, config.based, bias)


def network_rows(vocabulary: Vocabulary, based: Literal["item", "user"], bias: RatingBias | None = None) -> csr_matrix:
    """Return the ratings as an AutoRec takes them: a row an item or a user, as they are, or less the biases.

    The mean stays in each value, as a value of 0 is one that is not there: which ratings there are tells much.

    Args:
        vocabulary: With the training ratings.
        based: ``item`` or ``user``.
        bias: Of users and items, which are taken off each rating where it is given.
    """
    ratings = vocabulary.histories
    rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
    off = 0.0 if bias is None else bias.predict(rows, ratings.indices) - bias.mean
    rest = csr_matrix(((ratings.data - off).astype(np.float32), ratings.indices, ratings.indptr), shape=ratings.shape)
    if based == "user":
        return rest
    turned = rest.T.tocsr()
    turned.sort_indices()
    return turned
