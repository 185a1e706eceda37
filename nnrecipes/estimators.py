"""scikit-learn estimators over the flow of a recipe: checked columns, leak-free preprocessing, a Keras network.

``fit`` splits validation rows off first, fits the preprocessing on the others, and trains as ``nnrecipes.train`` does,
without a run folder. The estimators stand in ``Pipeline``, ``cross_val_score`` and ``GridSearchCV`` as any other.

A fitted estimator is pickled as what a run folder holds, the bytes of ``model.keras`` and of the preprocessor's tables,
so it comes back in a process that has built no network yet.
"""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    check_random_state,
    column_or_1d,
    validate_data,
)

from nnrecipes.config.consistency import fill
from nnrecipes.config.data import ArraysSource, ColumnType
from nnrecipes.config.load import for_rows, load_config, resolved
from nnrecipes.config.overrides import apply_overrides
from nnrecipes.config.read import read_mapping
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.build import Dataset
from nnrecipes.data.missing import missing_policy
from nnrecipes.data.quality import flat_columns
from nnrecipes.data.read import read_table
from nnrecipes.data.schema import Schema, prepare
from nnrecipes.data.spec import Array, Arrays, derive_seed
from nnrecipes.data.splits import RowSplit
from nnrecipes.errors import NnRecipesError
from nnrecipes.inference.as_bytes import model_bytes, model_of, preprocessor_bytes, preprocessor_of
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor

TARGET = "target"
CHUNK = 256
"""Rows a step of a prediction, always as many, so that a row's answer does not depend on the rows beside it."""
LEAST_ROWS = 10
"""With fewer training rows none are kept for validation."""


class _KerasTabular(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: parameters, rows, training, pickling."""

    def __init__(
        self,
        *,
        preset: str | None = "good",
        hidden_units: Sequence[int] | None = None,
        dropout: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        overrides: Mapping[str, Any] | None = None,
        random_state: Any = 0,
        verbose: bool = False,
    ) -> None:
        self.preset = preset
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.overrides = overrides
        self.random_state = random_state
        self.verbose = verbose

    def _fit(self, frame: pd.DataFrame, y: Array, task: Task, sample_weight: Array | None) -> None:
        """Train on the rows; class numbers stand in ``y`` of a classifier."""
        if len(frame) < 2:
            raise ValueError(f"{type(self).__name__}: expected 2 rows or more. Received: {len(frame)} sample.")
        seed = _seed(self.random_state)
        split = _split(y if task != "regression" else np.zeros(len(y)), self.validation_fraction, seed)
        try:
            loaded = load_config(self._recipe(task, seed, watched=len(split.validation) > 0))
            config = fill(for_rows(loaded, len(split.train)), {TARGET: task})
            prepared = fit_preprocessor(config, _dataset(config, frame, y, task, split))
            self._train(config, _weighted(prepared, split, sample_weight, config))
        except NnRecipesError as error:
            raise ValueError(str(error)) from error
        self.recipe_ = resolved(config)

    def _train(self, config: RecipeConfig, prepared: Prepared) -> None:
        from nnrecipes.training.startup import start_tensorflow

        start_tensorflow()
        from nnrecipes.models.build import build_model
        from nnrecipes.training.ensemble import train_members

        spec = prepared.preprocessor.spec
        validation = prepared.validation if len(prepared.validation) else None
        with tempfile.TemporaryDirectory(prefix="nnrecipes-") as folder:
            trained = train_members(config, lambda seed: build_model(config.model, spec, seed), prepared.train,
                                    validation, folder=Path(folder))  # fmt: skip
        self.model_, self.preprocessor_, self.history_ = trained.model, prepared.preprocessor, trained.history
        self.n_iter_ = len(trained.history["loss"])

    def _recipe(self, task: Task, seed: int, *, watched: bool) -> dict[str, Any]:
        """The recipe that the parameters describe; what is None is left to the preset, or to the recipe's defaults."""
        callbacks: dict[str, Any] = {"checkpoint": None, "progress": bool(self.verbose)}
        if not watched:
            callbacks |= {"monitor": "loss", "early_stopping": None}
        elif self.patience is not None or self.preset is None:
            callbacks["early_stopping"] = {"patience": 10 if self.patience is None else self.patience}
        units = None if self.hidden_units is None else [int(width) for width in self.hidden_units]
        network = _known(hidden_units=units, dropout=self.dropout)
        optimizer = _known(learning_rate=self.learning_rate)
        training = _known(epochs=self.epochs, batch_size=self.batch_size)
        preprocessing: dict[str, Any] = {}
        if self.preset is None:
            network = {"kind": "sequential", "hidden_units": [64, 64], **network}
            optimizer = {"kind": "adam", **optimizer}
            preprocessing = {"numeric": {"missing": "indicator"}, "categorical": {"missing": "indicator"}}
        else:
            network = {"kind": "tabular", "preset": self.preset, **network}
        if optimizer:
            training["optimizer"] = optimizer
        recipe = {
            "name": "estimator", "seed": int(seed), "data": {"source": {"kind": "arrays"}, "min_class_rows": 1},
            "targets": {TARGET: {"task": task}}, "preprocessing": preprocessing, "model": network,
            "training": {**training, "callbacks": callbacks},
        }  # fmt: skip
        raw = read_mapping(recipe)
        apply_overrides(raw, dict(self.overrides or {}))
        return raw.values

    def _rows(self, X: Any, *, reset: bool = False) -> pd.DataFrame:  # noqa: N803 - scikit-learn's name
        """Check the features as scikit-learn does; an array's columns are called ``x0``, ``x1``, ..."""
        if isinstance(X, pd.DataFrame):
            if not len(X):
                raise ValueError(f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required.")
            validate_data(self, X, reset=reset, skip_check_array=True)
            frame = X.reset_index(drop=True).copy()
            if not all(isinstance(name, str) for name in frame.columns):
                frame.columns = pd.Index([f"x{place}" for place in range(frame.shape[1])])
            return frame
        values = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(np.asarray(values), columns=[f"x{place}" for place in range(values.shape[1])])

    def _decoded(self, X: Any) -> Array:  # noqa: N803
        """What the network says: values ``(rows,)`` or probabilities ``(rows, classes)``."""
        check_is_fitted(self)
        frame = self._rows(X)
        from nnrecipes.training.predict import predict_arrays

        try:
            features = prepare(read_table(ArraysSource(), frame), self.preprocessor_.schema)
            x = self.preprocessor_.transform(features)
            whole = math.ceil(len(frame) / CHUNK) * CHUNK
            padded = {name: np.concatenate([rows, np.repeat(rows[:1], whole - len(rows), axis=0)])
                      for name, rows in x.items()}  # fmt: skip
            outputs = predict_arrays(self.model_, padded, CHUNK, outputs=[TARGET])
            return self.preprocessor_.decode({name: rows[: len(frame)] for name, rows in outputs.items()})[TARGET]
        except NnRecipesError as error:
            raise ValueError(str(error)) from error

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = model_bytes(state["model_"])
            state["preprocessor_"] = preprocessor_bytes(state["preprocessor_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "model_" in state:
            state["model_"] = model_of(state["model_"])
            state["preprocessor_"] = preprocessor_of(state["preprocessor_"])
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


class KerasTabularClassifier(ClassifierMixin, _KerasTabular):  # type: ignore[misc]
    """A Keras network for tables, as a scikit-learn classifier.

    Args:
        preset: ``fast``, ``good`` or ``best`` of the ``tabular`` model (docs/tabular.md); None is a plain MLP.
        hidden_units: Units of each hidden layer; of the preset, or ``(64, 64)``.
        dropout: Share of units that a step leaves out.
        epochs: At most so many; of the preset, or 100.
        batch_size: Rows an update; of the preset, or 32.
        learning_rate: Of AdamW (preset) or Adam.
        patience: Epochs without a lower validation loss before training stops; the best weights come back in any case.
        validation_fraction: Share of the rows that ``fit`` keeps to choose the best epoch, of each class alike.
        overrides: Dotted keys of the recipe, such as ``{"training.callbacks.schedule": "cosine"}``.
        random_state: An integer gives the same network again; None or a ``RandomState`` another each time.
        verbose: Whether a bar shows the training.

    Attributes:
        classes_: The class labels, as ``y`` held them.
        model_: The network, a ``keras.Model``.
        preprocessor_: Raw rows to arrays, fitted on the rows that were not kept for validation.
        history_: Name -> value an epoch.
        recipe_: The recipe with every default, plain values, as ``nnrecipes.train`` takes it.
        n_iter_: Epochs trained.

    Rows are a DataFrame (numbers, categories, dates; missing values are allowed) or an array of numbers.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> classifier = KerasTabularClassifier(preset=None, epochs=30, learning_rate=0.01).fit(X, y)
        >>> bool(classifier.score(X, y) > 0.9), classifier.predict_proba(X).shape
        (True, (150, 3))
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "KerasTabularClassifier":  # noqa: N803
        """Train on rows ``(rows, features)`` and labels ``(rows,)``, weighed by ``sample_weight`` ``(rows,)``.

        Raises:
            ValueError: The rows, the labels or a parameter cannot be used.
        """
        frame, labels, weights = _checked(self, X, y, sample_weight)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__}: expected two classes or more. Received: 1 class.")
        self._fit(frame, numbers, "binary" if len(self.classes_) == 2 else "multiclass", weights)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class, ``(rows, classes)``, in the order of ``classes_``."""
        found = self._decoded(X)
        place = [int(name) for name in self.preprocessor_.spec.targets[0].classes]
        probabilities = np.zeros(found.shape)
        probabilities[:, place] = found
        return probabilities

    def predict(self, X: Any) -> Array:  # noqa: N803
        """Return the most probable class of each row, ``(rows,)``."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])


class KerasTabularRegressor(RegressorMixin, _KerasTabular):  # type: ignore[misc]
    """A Keras network for tables, as a scikit-learn regressor; ``y`` is scaled for training and back.

    The parameters and the other attributes are those of :class:`KerasTabularClassifier`.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> regressor = KerasTabularRegressor(preset=None, epochs=20).fit(X, y)
        >>> bool(regressor.score(X, y) > 0.4)
        True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "KerasTabularRegressor":  # noqa: N803
        """Train on rows ``(rows, features)`` and values ``(rows,)``, weighed by ``sample_weight`` ``(rows,)``.

        Raises:
            ValueError: The rows, the values or a parameter cannot be used.
        """
        frame, values, weights = _checked(self, X, y, sample_weight, numeric=True)
        self._fit(frame, values, "regression", weights)
        return self

    def predict(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return the value of each row, ``(rows,)``, in the unit of ``y``."""
        return np.asarray(self._decoded(X), dtype=np.float64)


def _checked(
    estimator: Any,
    X: Any,  # noqa: N803
    y: Any,
    sample_weight: Any,
    *,
    numeric: bool = False,
) -> tuple[pd.DataFrame, Array, Array | None]:
    """The features as a table, the labels and the weights, all of one length."""
    from sklearn.utils import check_consistent_length
    from sklearn.utils.validation import _check_y

    if y is None:
        raise ValueError(f"{type(estimator).__name__}: requires y to be passed, but the target y is None.")
    frame = estimator._rows(X, reset=True)
    labels = column_or_1d(y, warn=True)
    labels = _check_y(labels, y_numeric=numeric, estimator=estimator)
    check_consistent_length(frame, labels)
    if numeric:
        labels = labels.astype(np.float64)
    weights = None if sample_weight is None else _check_sample_weight(sample_weight, frame, ensure_non_negative=True)
    return frame, labels, weights


def _known(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _seed(random_state: Any) -> int:
    if random_state is None or isinstance(random_state, np.random.RandomState):
        return int(check_random_state(random_state).randint(2**31 - 1))
    return int(random_state)


def _split(classes: Array, fraction: float, seed: int) -> RowSplit:
    """Keep a share of the rows of each class for validation, and at least one row of each to train on."""
    none = np.array([], dtype=np.int64)
    rows = np.arange(len(classes))
    random = np.random.default_rng(derive_seed(seed, "split"))
    if len(rows) < LEAST_ROWS or fraction <= 0:
        return RowSplit(rows, none, none)
    kept = [random.permutation(rows[classes == name]) for name in np.unique(classes)]
    kept = [part[: min(math.floor(len(part) * fraction + 0.5), len(part) - 1)] for part in kept]
    validation = np.sort(np.concatenate(kept))
    return RowSplit(np.setdiff1d(rows, validation), validation, none)


def _dataset(config: RecipeConfig, frame: pd.DataFrame, y: Array, task: Task, split: RowSplit) -> Dataset:
    """Type the columns by their dtypes, and leave out those that tell nothing."""
    schema = Schema({name: _type(frame[name]) for name in frame.columns}, config.data.date_parts)
    table = read_table(ArraysSource(), frame)
    features = prepare(table, schema)
    policies = {name: missing_policy(config, name, kind) for name, kind in schema.columns.items()}
    schema = schema.without(set(flat_columns(features.loc[pd.Index(split.train)], schema, policies)))
    if not schema.columns:
        raise ValueError("expected a feature with two values or more. Received: none.")
    features = features[list(schema.features)].copy()
    features[TARGET] = y if task == "regression" else pd.Series([str(label) for label in y], dtype=object)
    return Dataset(features, schema, {TARGET: task}, split, (), {}, "X", table.sha256)


def _type(column: pd.Series) -> ColumnType:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    return "numeric" if pd.api.types.is_numeric_dtype(column) else "categorical"


def _weighted(prepared: Prepared, split: RowSplit, weights: Array | None, config: RecipeConfig) -> Prepared:
    """The sets with sample weights, whose mean over the training rows is 1."""
    if weights is None:
        return prepared
    mean = float(weights[split.train].mean())
    if not mean > 0:
        raise ValueError("sample_weight: expected a weight above 0. Received: none.")
    output = config.targets[TARGET].output or TARGET

    def weigh(arrays: Arrays) -> Arrays:
        own = (weights[arrays.rows] / mean).astype(np.float32)
        return Arrays(arrays.x, arrays.y, arrays.rows, {output: own}, arrays.together)

    return Prepared(prepared.preprocessor, weigh(prepared.train), weigh(prepared.validation), prepared.test)
