"""A trained encoder and its training rows -> the same encoder with its whitening layers fitted."""

import keras

from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.layers.within_class_whitening import WithinClassWhitening
from nnrecipes.training.predict import predict_arrays


def fit_whitening(model: keras.Model, rows: Arrays | Blocks) -> None:
    """Fit each whitening layer of the model, in place; there is none in most.

    Args:
        model: Its input and the labels of ``rows`` are those that it was trained on.
        rows: Training rows, whose only labels are identities; those of a siamese network are in memory.
    """
    for layer in model.layers:
        if isinstance(layer, WithinClassWhitening) and isinstance(rows, Arrays):
            vectors = next(iter(predict_arrays(keras.Model(model.inputs, layer.input), rows.x).values()))
            layer.fit(vectors, next(iter(rows.y.values())).ravel())
