"""Level codes and targets -> each level's mean target, shrunken to the prior; training rows out of fold.

A level with ``n`` training rows and mean target ``m`` becomes ``p * (1 - w) + m * w``, where ``p`` is the mean of all
training rows (the prior) and ``w = 1 / (1 + exp(-(n - min_samples_leaf) / smoothing))``: the formula and arguments of
category_encoders' TargetEncoder. Unseen and missing categories become ``p``.

A training row's own target is part of its level's mean, so a column of noise with many levels would look like a perfect
feature in training. Training rows therefore take the mean over the *other* folds (:func:`out_of_fold`); all other rows
take the mean over all training rows (:func:`fit_target_table`). A target of several classes has one column a class.

References:
    Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes in classification and
    prediction problems. https://doi.org/10.1145/507533.507538
"""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.categorical import code_frame, quiet

_STEEPEST = 1e-12


def fit_target_table(
    codes: Array, targets: Array, *, size: int, smoothing: float = 10.0, min_samples_leaf: int = 20
) -> Array:
    """Return the encoding of each code, learnt from training rows.

    Args:
        codes: int64 ``(rows,)``; 0 is unseen or missing.
        targets: float64 ``(rows, columns)``: a number, the 0/1 of the positive class, or 0/1 a class.
        size: Number of levels, the highest code.
        smoothing: Rows over which the weight of a level's own mean rises; 0 is a step.
        min_samples_leaf: Rows at which that weight is one half.

    Returns:
        float64 ``(size + 1, columns)``; row 0 is the prior.

    Example:
        >>> codes, targets = np.array([1, 1, 2, 2]), np.array([[1.0], [1.0], [0.0], [0.0]])
        >>> fit_target_table(codes, targets, size=2, min_samples_leaf=2).tolist()
        [[0.5], [0.75], [0.25]]
    """
    from category_encoders import TargetEncoder

    rows, every_code = code_frame(codes), code_frame(size)
    table = np.empty((size + 1, targets.shape[1]))
    for column in range(targets.shape[1]):
        encoder = TargetEncoder(cols=["code"], smoothing=max(smoothing, _STEEPEST), min_samples_leaf=min_samples_leaf)
        with quiet():
            encoder.fit(rows, pd.Series(targets[:, column]))
            table[:, column] = encoder.transform(every_code)["code"].to_numpy(dtype=np.float64)
    return table


def target_table_of(counts: Array, sums: Array, *, smoothing: float = 10.0, min_samples_leaf: int = 20) -> Array:
    """Return what :func:`fit_target_table` returns, from the rows of each code and the sums of their targets.

    Args:
        counts: ``(size + 1,)``.
        sums: float64 ``(size + 1, columns)``.
        smoothing: As in :func:`fit_target_table`.
        min_samples_leaf: As in :func:`fit_target_table`.

    Example:
        >>> target_table_of(np.array([0, 2, 2]), np.array([[0.0], [2.0], [0.0]]), min_samples_leaf=2).tolist()
        [[0.5], [0.75], [0.25]]
    """
    from scipy.special import expit

    prior = sums.sum(axis=0) / counts.sum()
    weight = np.where(counts > 0, expit((counts - min_samples_leaf) / max(smoothing, _STEEPEST)), 0.0).reshape(-1, 1)
    table = prior * (1 - weight) + sums / np.maximum(counts, 1).reshape(-1, 1) * weight
    table[0] = prior
    return np.asarray(table)


def out_of_fold(
    codes: Array,
    targets: Array,
    *,
    size: int,
    strata: Array | None = None,
    folds: int = 5,
    seed: int = 0,
    smoothing: float = 10.0,
    min_samples_leaf: int = 20,
) -> Array:
    """Return the encoding of the training rows, each learnt from the folds that the row is not in.

    Args:
        codes: int64 ``(rows,)``; 0 is unseen or missing.
        targets: float64 ``(rows, columns)``.
        size: Number of levels, the highest code.
        strata: int64 ``(rows,)`` class of each row, whose shares every fold keeps; None for a regression target.
        folds: Number of folds; no more than rows.
        seed: The recipe's seed.
        smoothing: As in :func:`fit_target_table`.
        min_samples_leaf: As in :func:`fit_target_table`.

    Returns:
        float64 ``(rows, columns)``.

    Raises:
        DataError: There are fewer than two rows.
    """
    encoded = np.empty(targets.shape)
    for others, fold in split_folds(len(codes), strata=strata, folds=folds, seed=seed):
        table = fit_target_table(
            codes[others], targets[others], size=size, smoothing=smoothing, min_samples_leaf=min_samples_leaf
        )
        encoded[fold] = table[codes[fold]]
    return encoded


def split_folds(
    rows: int, *, strata: Array | None = None, folds: int = 5, seed: int = 0
) -> Iterator[tuple[Array, Array]]:
    """Yield the positions of the other folds and of the fold, for each fold: stratified where there are classes.

    Example:
        >>> [fold.tolist() for _, fold in split_folds(4, folds=2)]
        [[1, 3], [0, 2]]
    """
    if rows < 2:
        raise DataError(f"target encoding: expected at least 2 training rows to encode out of fold. Received: {rows}.")
    from sklearn.model_selection import KFold, StratifiedKFold

    derived = derive_seed(seed, "target_encoding")
    parts = min(folds, rows)
    if strata is None or np.bincount(strata).max() < parts:
        yield from KFold(parts, shuffle=True, random_state=derived).split(np.empty(rows))
        return
    splitter = StratifiedKFold(parts, shuffle=True, random_state=derived)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        yield from list(splitter.split(np.empty(rows), strata))
