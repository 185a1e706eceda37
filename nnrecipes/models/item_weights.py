"""A matrix from items to items -> a ``keras.Model`` that is a fixed linear layer: ``scores = x B``.

EASE and item-kNN are such matrices (:mod:`nnrecipes.training.closed_form`), so that runs, metrics, export and serving
treat them like networks.
"""

import keras
import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.layers.history_bag import HistoryBag


def build_item_weights(*, weights: Array, name: str = "item_weights") -> keras.Model:
    """Return an uncompiled Functional model: sparse histories ``(batch, items)`` -> scores ``(batch, items)``.

    Args:
        weights: ``(items, items)``: what an item of the history adds to each item's score.
        name: Of the model.

    Example:
        >>> model = build_item_weights(weights=np.array([[0.0, 0.5], [0.25, 0.0]]))
        >>> model(np.array([[1.0, 1.0]])).numpy().tolist()
        [[0.25, 0.5]]
    """
    items = len(weights)
    history = keras.Input((items,), sparse=True, name="history")
    layer = HistoryBag(items, normalize=False, name="weights")
    layer.trainable = False
    model = keras.Model(history, layer(history), name=name)
    layer.kernel.assign(np.asarray(weights, dtype=np.float32))
    return model
