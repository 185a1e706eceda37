"""The works that trainers are timed on: rows, a Keras model as a user writes it, and ours where it differs."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import layers

from nnrecipes.data.spec import Arrays
from nnrecipes.layers.dropout import Dropout
from nnrecipes.layers.lstm import LSTM

OURS = SimpleNamespace(Dropout=Dropout, LSTM=LSTM)
"""Layers that recipes are built of where Keras has slower ones of the same name."""


@dataclass(frozen=True)
class Work:
    """One work.

    Args:
        rows: Of the training.
        batch_size: Rows an update.
        arrays: ``(x, y)``, each a dict of arrays.
        model: Makes the model; its argument has the classes of dropout and recurrent layers, ours or Keras' own.
        loss: Of the outputs.
        metrics: Of the outputs.
        multiplications: Of one row's forward pass in layers that multiply matrices, for the share of the GEMM rate.
        epochs: How many epochs of ``fit`` a burst times, some three seconds; twice as many of the others.
    """

    rows: int
    batch_size: int
    arrays: Callable[[int], tuple[dict[str, Any], dict[str, Any]]]
    model: Callable[[Any], keras.Model]
    loss: Any
    metrics: Any
    multiplications: int
    epochs: int

    def data(self) -> Arrays:
        x, y = self.arrays(self.rows)
        return Arrays(x, y, np.arange(self.rows))

    def compiled(self, *, ours: bool = True, **options: Any) -> keras.Model:
        keras.utils.set_random_seed(0)
        model = self.model(OURS if ours else layers)
        model.compile("adam", self.loss, metrics=self.metrics, **{"jit_compile": False, **options})
        return model


def _numbers(width: int, classes: int) -> Callable[[int], Any]:
    def make(rows: int) -> Any:
        random = np.random.default_rng(0)
        x = random.normal(size=(rows, width)).astype("float32")
        return {"x": x}, {"y": random.integers(0, classes, rows).astype("int32")}

    return make


def _iris(rows: int) -> Any:
    x, y = _numbers(3, 3)(rows)
    return x, {"width": x["x"].sum(axis=1, keepdims=True), "kind": y["y"]}


def _images(rows: int) -> Any:
    random = np.random.default_rng(0)
    return {"x": random.random((rows, 28, 28, 1), dtype="float32")}, {"y": random.integers(0, 10, rows).astype("int32")}


def _pixels(rows: int) -> Any:
    x = np.random.default_rng(0).random((rows, 784), dtype="float32")
    return {"x": x}, {"y": x}


def _tokens(rows: int) -> Any:
    random = np.random.default_rng(0)
    return {"x": random.integers(0, 5_000, (rows, 40)).astype("int32")}, {
        "y": random.integers(0, 2, (rows, 1)).astype("float32")
    }


def _adult(rows: int) -> Any:
    random = np.random.default_rng(0)
    codes = np.column_stack([random.integers(0, size, rows) for size in CARDINALITIES]).astype("int32")
    x = {"codes": codes, "numbers": random.normal(size=(rows, 6)).astype("float32")}
    return x, {"y": random.integers(0, 2, (rows, 1)).astype("float32")}


CARDINALITIES = (9, 16, 7, 15, 6, 5, 2, 42)


def _iris_model(_: Any) -> keras.Model:
    x = keras.Input((3,), name="x")
    h = layers.Dense(32, "relu")(layers.Dense(16, "relu")(x))
    return keras.Model(
        x, {"width": layers.Dense(1, name="width")(h), "kind": layers.Dense(3, "softmax", name="kind")(h)}
    )


def _sequential(shape: tuple[int, ...], *stack: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape, name="x"), *stack])


def _regularised(kinds: Any) -> keras.Model:
    return _sequential((11,), layers.Dense(256, "relu"), layers.BatchNormalization(), kinds.Dropout(0.3),
                       layers.Dense(128, "relu"), layers.Dense(4, "softmax"))  # fmt: skip


def _autoencoder(_: Any) -> keras.Model:
    hidden = [layers.Dense(units, "relu") for units in (128, 64, 32, 64, 128)]
    return _sequential((784,), *hidden, layers.Dense(784, "sigmoid"))


def _cnn(_: Any) -> keras.Model:
    return _sequential((28, 28, 1), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
                       layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
                       layers.Dense(10, "softmax"))  # fmt: skip


def _lstm(kinds: Any) -> keras.Model:
    x = keras.Input((40,), dtype="int32", name="x")
    return keras.Model(x, layers.Dense(1, "sigmoid")(kinds.LSTM(32)(layers.Embedding(5_000, 32)(x))))


def _adult_model(_: Any) -> keras.Model:
    codes, numbers = keras.Input((8,), dtype="int32", name="codes"), keras.Input((6,), name="numbers")
    parts = [layers.Embedding(size, 8)(codes[:, place]) for place, size in enumerate(CARDINALITIES)]
    h = layers.Concatenate()([*parts, numbers])
    for _layer in range(3):
        h = layers.Dense(256, "relu")(h)
    return keras.Model({"codes": codes, "numbers": numbers}, layers.Dense(1, "sigmoid")(h))


SPARSE = "sparse_categorical_crossentropy"
WORKS = {
    "iris": Work(150, 8, _iris, _iris_model, {"width": "mse", "kind": SPARSE}, {"width": ["mae"], "kind": ["accuracy"]},
                 3 * 16 + 16 * 32 + 32 * 4, 40),
    "mlp": Work(10_000, 256, _numbers(11, 4),
                lambda _: _sequential((11,), layers.Dense(64, "relu"), layers.Dense(4, "softmax")),
                SPARSE, ["accuracy"], 11 * 64 + 64 * 4, 30),
    "regularised": Work(10_000, 256, _numbers(11, 4), _regularised, SPARSE, ["accuracy"],
                        11 * 256 + 256 * 128 + 128 * 4, 15),
    "autoencoder": Work(10_000, 256, _pixels, _autoencoder, "binary_crossentropy", None,
                        2 * (784 * 128 + 128 * 64 + 64 * 32), 8),
    "cnn": Work(2_000, 64, _images, _cnn, SPARSE, ["accuracy"], 26 * 26 * 16 * 9 + 11 * 11 * 32 * 9 * 16 + 800 * 10,
                12),
    "lstm": Work(2_000, 64, _tokens, _lstm, "binary_crossentropy", ["accuracy"], 40 * 4 * 32 * 64, 6),
    "adult": Work(40_000, 256, _adult, _adult_model, "binary_crossentropy", ["accuracy"],
                  70 * 256 + 2 * 256 * 256 + 256, 3),
}  # fmt: skip
