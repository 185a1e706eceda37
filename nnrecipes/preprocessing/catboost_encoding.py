"""Level codes and targets -> each level's mean target; training rows by the rows that come before them.

With the training rows in a random order, a row of a level that came ``n`` times before, with targets that sum to
``s``, becomes ``(s + prior * a) / (n + a)``: its own target is never part of it. Other rows take the same over all
training rows; a level that came once, an unseen one and a missing one become the prior, the mean of all training rows.
The formula and ``a`` (``prior_weight``) are those of category_encoders' CatBoostEncoder.

References:
    Prokhorenkova et al. (2018), CatBoost: unbiased boosting with categorical features. https://arxiv.org/abs/1706.09516
"""

from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.preprocessing.categorical import code_frame, quiet


def fit_catboost_table(codes: Array, targets: Array, *, size: int, prior_weight: float = 1.0) -> Array:
    """Return the encoding of each code, learnt from all training rows.

    Args:
        codes: int64 ``(rows,)``; 0 is unseen or missing.
        targets: float64 ``(rows, columns)``: a number, the 0/1 of the positive class, or 0/1 a class.
        size: Number of levels, the highest code.
        prior_weight: Rows that the prior counts for.

    Returns:
        float64 ``(size + 1, columns)``; row 0 is the prior.

    Example:
        >>> fit_catboost_table(np.array([1, 1, 2]), np.array([[1.0], [1.0], [1.0]]), size=2).tolist()
        [[1.0], [1.0], [1.0]]
    """
    table = np.empty((size + 1, targets.shape[1]))
    for column in range(targets.shape[1]):
        encoder = _fit(codes, targets[:, column], prior_weight)
        with quiet():
            table[:, column] = encoder.transform(code_frame(size))["code"].to_numpy(dtype=np.float64)
    return table


def ordered_statistics(codes: Array, targets: Array, *, prior_weight: float = 1.0, seed: int = 0) -> Array:
    """Return the encoding of the training rows, each learnt from the rows before it in a seeded random order.

    Args:
        codes: int64 ``(rows,)``; 0 is unseen or missing.
        targets: float64 ``(rows, columns)``.
        prior_weight: Rows that the prior counts for.
        seed: The recipe's seed.

    Returns:
        float64 ``(rows, columns)`` in the order of ``codes``.
    """
    order = np.random.default_rng(derive_seed(seed, "catboost_encoding")).permutation(len(codes))
    encoded = np.empty(targets.shape)
    for column in range(targets.shape[1]):
        numbers = targets[order, column]
        encoder = _fit(codes[order], numbers, prior_weight)
        with quiet():
            ordered = encoder.transform(code_frame(codes[order]), pd.Series(numbers))["code"].to_numpy(dtype=np.float64)
        encoded[order, column] = np.where(codes[order] > 0, ordered, numbers.mean())
    return encoded


def _fit(codes: Array, numbers: Array, prior_weight: float) -> Any:
    from category_encoders import CatBoostEncoder

    with quiet():
        return CatBoostEncoder(cols=["code"], a=prior_weight).fit(code_frame(codes), pd.Series(numbers))
