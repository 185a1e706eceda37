"""Codes and labels of rows -> what the codes are worth: nearest neighbours, a linear model, clusters.

| metric | what |
|---|---|
| knn_accuracy, knn_r2 | k nearest training codes vote for a test row's class, or give its number's mean |
| linear_accuracy, linear_r2 | logistic (of up to 256 columns) or ridge regression on standardised codes |
| nmi | normalised mutual information of classes and as many k-means clusters of the test codes |
"""

from typing import Any

import numpy as np

from nnrecipes.data.spec import Array

RIDGES = np.logspace(-2, 4, 13)
LINEAR_ROWS = 10_000
"""Of more training rows as many, drawn at random, fit the logistic regression."""
LINEAR_COLUMNS = 256
"""On longer codes no logistic regression is fitted: it would take longer than the network."""


def code_metrics(
    train: Array, train_labels: Array, test: Array, test_labels: Array, *, k: int = 10, seed: int = 0
) -> dict[str, float]:
    """Return metric -> value.

    Args:
        train: Codes of training rows, ``(rows, length)``.
        train_labels: Of these rows: text of classes, or float64 numbers, ``(rows,)``.
        test: Codes of test rows.
        test_labels: Of these.
        k: Neighbours.
        seed: Of k-means and of the drawn rows.
    """
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    k = min(k, len(train))
    if train_labels.dtype.kind == "f":
        near: Any = KNeighborsRegressor(k).fit(train, train_labels)
        linear = _line(number=True).fit(train, train_labels)
        return {"knn_r2": float(near.score(test, test_labels)), "linear_r2": float(linear.score(test, test_labels))}
    near = KNeighborsClassifier(k).fit(train, train_labels)
    found = {"knn_accuracy": float(near.score(test, test_labels))}
    if len(np.unique(train_labels)) > 1 and train.shape[1] <= LINEAR_COLUMNS:
        rows = np.arange(len(train))
        if len(rows) > LINEAR_ROWS:
            rows = np.sort(np.random.default_rng(seed).choice(len(rows), LINEAR_ROWS, replace=False))
        linear = _line(number=False).fit(train[rows], train_labels[rows])
        found["linear_accuracy"] = float(linear.score(test, test_labels))
    return found | {"nmi": cluster_nmi(test, test_labels, seed=seed)}


def clusters(codes: Array, count: int, *, seed: int = 0) -> Array:
    """Return the k-means cluster of each code, int64 ``(rows,)``: the best of ten starts."""
    from sklearn.cluster import KMeans

    found: Array = KMeans(min(count, len(codes)), n_init=10, random_state=seed).fit_predict(codes).astype(np.int64)
    return found


def cluster_nmi(codes: Array, labels: Array, *, seed: int = 0) -> float:
    """Return the normalised mutual information of labels and as many clusters as there are labels.

    Example:
        >>> cluster_nmi(np.array([[0.0], [0.1], [9.0], [9.1]]), np.array(["a", "a", "b", "b"]))
        1.0
    """
    return nmi(labels, clusters(codes, len(np.unique(labels)), seed=seed))


def nmi(labels: Array, found: Array) -> float:
    """Return the normalised mutual information of labels and clusters: 0 for none, 1 where one tells the other."""
    from sklearn.metrics import normalized_mutual_info_score

    return round(float(normalized_mutual_info_score(labels, found)), 12)


def _line(*, number: bool) -> Any:
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(RIDGES) if number else LogisticRegression(max_iter=500))
