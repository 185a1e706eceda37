"""Training rows -> the predictions of two models that a network must beat: a constant and a straight line.

``mean`` predicts the mean of the training rows; ``majority`` predicts the class shares of the training rows, whose most
probable class is the majority. ``linear`` is ridge regression or L2 logistic regression of scikit-learn on what the
network itself takes: columns of float inputs, standardised, and one column a code of integer ones; of images, texts and
series what :mod:`~nnrecipes.evaluation.media_design` makes of them. Of a target with quantiles both give quantiles too:
those of the training rows, and ridge with those of its errors on the validation rows. Its strength is the
one of a small grid with the least error (log loss for classes) on the validation rows; big tables get fewer
iterations.

    ridge: min |y - Xw - b|^2 + alpha |w|^2        logistic: min |w|^2 / 2 + C sum log loss

References:
    Hoerl and Kennard (1970), Ridge Regression. https://doi.org/10.1080/00401706.1970.10488634
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnrecipes.config.data import MEDIA
from nnrecipes.data.spec import Array, InputSpec, TargetSpec
from nnrecipes.evaluation.media_design import media_matrix
from nnrecipes.evaluation.metrics import row_losses

ALPHAS = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
Inputs = Mapping[str, Array]
Matrix = Any  # a numpy matrix or a scipy sparse one, (rows, columns)


def fit_baselines(
    target: TargetSpec,
    x_train: Inputs,
    truth_train: Array,
    x_validation: Inputs | None,
    truth_validation: Array | None,
    x_test: Inputs,
    *,
    inputs: Sequence[InputSpec] = (),
) -> dict[str, Array]:
    """Fit both baselines and predict the test rows.

    Args:
        target: The target.
        x_train: Input name -> array, of the training rows; integer matrices are codes, other arrays numbers.
        truth_train: In the target's own unit, as ``Preprocessor.truth`` gives it.
        x_validation: The same of the validation rows; None takes the middle of the grid.
        truth_validation: The same of the validation rows.
        x_test: The same of the rows to predict.
        inputs: What the inputs are; without them, integer matrices are codes and other arrays numbers.

    Returns:
        ``mean`` or ``majority``, and ``linear``: predictions in the form of ``Preprocessor.decode``.

    Example:
        >>> target = TargetSpec("y", "y", "regression", "linear", "value")
        >>> x = {"features": np.arange(20.0).reshape(-1, 1)}
        >>> found = fit_baselines(target, x, np.arange(20.0), x, np.arange(20.0), {"features": np.array([[30.0]])})
        >>> {name: values.round(1).tolist() for name, values in found.items()}
        {'mean': [9.5], 'linear': [30.0]}
    """
    rows = len(next(iter(x_test.values())))
    name = "mean" if target.task == "regression" else "majority"
    constant = majority_or_mean(target, truth_train, rows)
    train, *others = design(x_train, *(x for x in (x_validation, x_test) if x is not None), inputs=inputs)
    validation = (others[0], truth_validation) if x_validation is not None and truth_validation is not None else None
    if target.quantiles:
        return {name: constant, "linear": _linear_quantiles(target, train, truth_train, validation, others[-1])}
    return {name: constant, "linear": linear(target, train, truth_train, validation, others[-1])}


def majority_or_mean(target: TargetSpec, truth: Array, rows: int) -> Array:
    """Predict every row alike: the mean, the share of each class, or the share of rows with each label.

    Example:
        >>> target = TargetSpec("y", "y", "binary", "sigmoid", "binary", ("no", "yes"))
        >>> majority_or_mean(target, np.array([0, 1, 1, 1]), 1)
        array([[0.25, 0.75]])
    """
    if target.quantiles:
        return np.tile(np.quantile(truth, target.quantiles), (rows, 1))
    if target.task == "regression":
        return np.full(rows, truth.mean())
    if target.task == "multilabel":
        return np.tile(truth.mean(axis=0, dtype=np.float64), (rows, 1))
    return np.tile(np.bincount(truth, minlength=len(target.classes)) / len(truth), (rows, 1))


def design(*sets: Inputs, inputs: Sequence[InputSpec] = ()) -> list[Matrix]:
    """Return one matrix a set of rows: standardised numbers and one-hot codes, both as the first set has them."""
    from scipy import sparse
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    parts: list[list[Matrix]] = [[] for _ in sets]
    media = {item.name: item for item in inputs if item.kind in MEDIA}
    coded = {item.name: np.flatnonzero(item.cardinalities) for item in inputs if item.kind == "tabular"}
    sets = tuple(_without_codes(rows, coded) for rows in sets)
    for name, values in sets[0].items():
        if name in media:
            for part, rows in zip(parts, _media(media[name], [rows[name] for rows in sets]), strict=True):
                part.append(rows)
            continue
        codes = values.ndim == 2 and np.issubdtype(values.dtype, np.integer)
        fitted = (OneHotEncoder(handle_unknown="ignore") if codes else StandardScaler()).fit(_flat(values))
        for part, rows in zip(parts, sets, strict=True):
            part.append(fitted.transform(_flat(rows[name])))
    if not any(sparse.issparse(block) for block in parts[0]):
        return [np.hstack(part) for part in parts]
    return [sparse.hstack([sparse.csr_matrix(block) for block in part], format="csr") for part in parts]


def _without_codes(rows: Inputs, coded: Mapping[str, Array]) -> dict[str, Array]:
    """The inputs, with the columns of codes of tabular ones as integer matrices of their own."""
    found = dict(rows)
    for name, columns in coded.items():
        if len(columns):
            found[f"{name} codes"] = rows[name][:, columns].astype(np.int64)
            found[name] = np.delete(rows[name], columns, axis=1)
    return {name: values for name, values in found.items() if name not in coded or values.shape[1]}


def _media(item: InputSpec, sets: Sequence[Array]) -> list[Matrix]:
    """The matrices of an input of images, texts or series: TF-IDF vectors of texts, standardised numbers of others."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import StandardScaler

    matrices = [media_matrix(values, item) for values in sets]
    if item.kind == "text" and len(item.shape) == 2:
        return matrices
    fitted = (TfidfTransformer() if item.kind == "text" else StandardScaler()).fit(matrices[0])
    return [fitted.transform(matrix) for matrix in matrices]


def _linear_quantiles(
    target: TargetSpec, train: Matrix, truth: Array, validation: tuple[Matrix, Array] | None, test: Matrix
) -> Array:
    """Ridge, with the quantiles of its errors on the validation rows, or on the training rows where there are none."""
    from scipy import sparse

    known, wanted = validation or (train, truth)
    stack = sparse.vstack if sparse.issparse(known) else np.vstack
    predicted = linear(target, train, truth, validation, stack([known, test]))
    errors = np.quantile(wanted - predicted[: len(wanted)], target.quantiles)
    return np.asarray(predicted[len(wanted) :, None] + errors)


def _flat(values: Array) -> Array:
    flat = values.reshape(len(values), -1)
    return flat if np.issubdtype(values.dtype, np.integer) and values.ndim == 2 else flat.astype(np.float64)


def linear(
    target: TargetSpec, train: Matrix, truth: Array, validation: tuple[Matrix, Array] | None, test: Matrix
) -> Array:
    """Fit the linear model at every strength, keep the best on the validation rows and predict ``test``."""
    if target.task == "regression":
        return _choose(target, [_ridge(alpha) for alpha in ALPHAS], train, truth, validation, test)
    if target.task == "multilabel":
        single = TargetSpec(target.name, target.output, "binary", "sigmoid", "binary", ("no", "yes"))
        columns = [linear(single, train, truth[:, k].astype(np.int64),
                          (validation[0], validation[1][:, k].astype(np.int64)) if validation else None, test)[:, 1]
                   for k in range(truth.shape[1])]  # fmt: skip
        return np.stack(columns, axis=1)
    if len(np.unique(truth)) < 2:
        return majority_or_mean(target, truth, test.shape[0])
    iterations = int(np.clip(2e10 / (train.shape[0] * train.shape[1] * len(target.classes)), 50, 1000))
    models = [_logistic(strength, iterations, len(target.classes)) for strength in STRENGTHS]
    return _choose(target, models, train, truth, validation, test)


Fit = Callable[[Matrix, Array], Callable[[Matrix], Array]]


def _choose(
    target: TargetSpec,
    fits: Sequence[Fit],
    train: Matrix,
    truth: Array,
    validation: tuple[Matrix, Array] | None,
    test: Matrix,
) -> Array:
    if validation is None:
        return fits[len(fits) // 2](train, truth)(test)
    predictors = [fit(train, truth) for fit in fits]
    losses = [row_losses(target, validation[1], predict(validation[0])).mean() for predict in predictors]
    return predictors[int(np.argmin(losses))](test)


def _ridge(alpha: float) -> Fit:
    def fit(x: Matrix, y: Array) -> Callable[[Matrix], Array]:
        from sklearn.linear_model import Ridge

        model = Ridge(alpha=alpha).fit(x, y)
        return lambda rows: np.asarray(model.predict(rows), dtype=np.float64)

    return fit


def _logistic(strength: float, iterations: int, classes: int) -> Fit:
    def fit(x: Matrix, y: Array) -> Callable[[Matrix], Array]:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=strength, max_iter=iterations).fit(x, y)

        def predict(rows: Matrix) -> Array:
            probabilities = np.zeros((rows.shape[0], classes))
            probabilities[:, model.classes_] = model.predict_proba(rows)
            return probabilities

        return predict

    return fit
