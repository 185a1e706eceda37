"""Features that tell the target all by themselves, each with the score of a tiny model of that feature alone.

The tiny model is a regression tree of at most 64 leaves (numbers) or the mean of each level (categories), fitted on
training rows and scored on validation rows: R² of a number, ROC AUC of two classes and of a label, accuracy of several
classes where the most common one is far rarer. What passes is scored once more on the training rows, each fifth by the
other four, so that a lucky small validation set is not enough.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nnrecipes.config.targets import TargetConfig, Task
from nnrecipes.data.build import Dataset
from nnrecipes.data.spec import Array
from nnrecipes.data.tasks import label_columns

THRESHOLD = 0.99
MOST_ROWS = 20_000
"""Evenly spaced rows of a bigger set are enough to tell .99 from less."""


def find_giveaways(dataset: Dataset, targets: dict[str, TargetConfig]) -> list[str]:
    """Return a line for each feature that alone predicts a target nearly perfectly.

    Args:
        dataset: Checked rows.
        targets: The ``targets`` section.
    """
    lines = []
    train, validation = (_thin(dataset, rows) for rows in (dataset.split.train, dataset.split.validation))
    for target, columns in label_columns(targets).items():
        if dataset.tasks[target] == "identity":
            continue  # validation rows have other identities
        for column in columns:
            task = dataset.tasks[target]
            classes = sorted(train[column].unique()) if task in ("binary", "multiclass") else []
            known, wanted = (_truth(frame[column], task, classes) for frame in (train, validation))
            for feature in dataset.schema.features:
                value = _passing(train[feature], known, validation[feature], wanted, task)
                if value is not None:
                    lines.append(f"feature {feature!r} alone tells target {column!r}: {_figure(value, wanted, task)} "
                                 f"on {len(validation):,} validation rows. Is it known before the answer?")  # fmt: skip
    return lines


def _thin(dataset: Dataset, rows: Array) -> pd.DataFrame:
    step = -(-len(rows) // MOST_ROWS)
    return dataset.frame.loc[pd.Index(rows[::step])]


def _truth(column: pd.Series, task: Task, classes: list[str]) -> Array:
    """A column a class; of two classes the second alone; else the number."""
    if task in ("regression", "multilabel"):
        return column.to_numpy(dtype=np.float64).reshape(-1, 1)
    marks = np.stack([(column == name).to_numpy() for name in classes], axis=1).astype(np.float64)
    return marks[:, 1:] if task == "binary" else marks


def _passing(train: pd.Series, known: Array, validation: pd.Series, wanted: Array, task: Task) -> float | None:
    value = score(predict_alone(train, known, validation), wanted, task)
    if not value > THRESHOLD or not _hard(wanted, task):
        return None
    crossed = np.empty(known.shape)
    for others, fold in _fifths(len(train)):
        crossed[fold] = predict_alone(train.iloc[others], known[others], train.iloc[fold])
    return value if score(crossed, known, task) > THRESHOLD else None


def predict_alone(train: pd.Series, known: Array, rows: pd.Series) -> Array:
    """Predict ``(rows, columns)`` from one feature: a small tree over numbers, the mean of each level of categories."""
    if train.dtype == object:
        means = pd.DataFrame(known, index=train.index).groupby(train, dropna=False).mean()
        return np.asarray(means.reindex(rows).fillna(pd.Series(known.mean(axis=0))))
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_leaf_nodes=64, min_samples_leaf=2, random_state=0)
    tree.fit(train.to_numpy(dtype=np.float64).reshape(-1, 1), known)
    return np.asarray(tree.predict(rows.to_numpy(dtype=np.float64).reshape(-1, 1))).reshape(-1, known.shape[1])


def score(predicted: Array, wanted: Array, task: Task) -> float:
    """Return R² of numbers, ROC AUC of two classes, accuracy of several; NaN where it is not defined.

    Example:
        >>> score(np.array([[0.1], [0.8]]), np.array([[0.0], [1.0]]), "binary")
        1.0
    """
    from sklearn.metrics import r2_score, roc_auc_score

    if task == "multiclass":
        return float((predicted.argmax(axis=1) == wanted.argmax(axis=1)).mean())
    if len(np.unique(wanted)) < 2:
        return float("nan")
    if task == "regression":
        return float(r2_score(wanted[:, 0], predicted[:, 0]))
    return float(roc_auc_score(wanted[:, 0], predicted[:, 0]))


def _hard(wanted: Array, task: Task) -> bool:
    """Whether the most common class alone is far from enough."""
    return task != "multiclass" or bool(wanted.mean(axis=0).max() <= 0.9)


def _fifths(rows: int) -> Iterator[tuple[Array, Array]]:
    fold = np.random.default_rng(0).permutation(rows) % 5
    for number in range(5):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _figure(value: float, wanted: Array, task: Task) -> str:
    if task == "multiclass":
        return f"accuracy {value:.4f} (most common class {wanted.mean(axis=0).max():.3f})"
    return f"{'R²' if task == 'regression' else 'ROC AUC'} {value:.4f}"
