"""A recommender's model -> a vector an item and a vector a user, of length 1: their dot products are cosines.

Items: the rows of the network's last layer and those of its first one, one behind the other (tied, they are one); of
EASE and item-kNN the rows of their weights. Users: the network's code of the history; without a network the history
itself, rare items counting more. Of a blend, the network's; of several networks theirs side by side, so that a cosine
is their mean. An item-based AutoRec has it the other way round: its tables are of users, and the code is of an item.
"""

from typing import Any

import keras
import numpy as np
from scipy.sparse import csr_matrix, diags

from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.data.spec import Array
from nnrecipes.preprocessing.histories import Vocabulary
from nnrecipes.preprocessing.rating_bias import autorec_rows
from nnrecipes.training.top_items import Ranker


def item_vectors(model: keras.Model, vocabulary: Vocabulary, autorec: AutoRecConfig | None = None) -> Array:
    """Return a vector of length 1 an item, float32 ``(items, length)``."""
    networks = networks_of(model)
    if not networks:
        return unit(model.get_layer("weights").kernel.numpy())
    if autorec is not None and autorec.based == "item":
        return _codes(networks, autorec_rows(vocabulary, autorec))
    return _tables(networks)


def user_vectors(model: keras.Model, vocabulary: Vocabulary, autorec: AutoRecConfig | None = None) -> Array:
    """Return a vector of length 1 a training user, float32 ``(users, length)``."""
    networks = networks_of(model)
    if networks and autorec is not None:
        return _tables(networks) if autorec.based == "item" else _codes(networks, autorec_rows(vocabulary, autorec))
    return history_vectors(model, vocabulary.histories, vocabulary.counts)


def history_vectors(model: keras.Model, histories: csr_matrix, counts: Array) -> Array:
    """Return a vector of length 1 a history, float32 ``(users, length)``; of models that rank items."""
    networks = networks_of(model)
    if not networks:
        rare = diags(1 / np.log2(2.0 + counts))
        return unit((histories @ rare).toarray().astype(np.float32))
    return _codes(networks, histories)


def unit(vectors: Array) -> Array:
    """Divide each row by its length; a row of zeros stays.

    Example:
        >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Array = vectors / np.maximum(length, 1e-12)
    return result


def networks_of(model: keras.Model) -> list[Any]:
    """The networks in a model: itself, a part of a blend, or its members; none in a fixed linear layer."""
    if any(layer.name == "code" for layer in model.layers):
        return [model]
    return [found for layer in model.layers if isinstance(layer, keras.Model) for found in networks_of(layer)]


def _tables(networks: list[Any]) -> Array:
    layers = [network.get_layer(name) for network in networks for name in ("scores", "history_bag")]
    return unit(np.hstack([unit(layer.kernel.numpy()) for layer in layers if hasattr(layer, "kernel")]))


def _codes(networks: list[Any], rows: csr_matrix) -> Array:
    encoders = [keras.Model(network.inputs, network.get_layer("code").output) for network in networks]
    return unit(np.hstack([unit(Ranker(encoder).scores(rows)) for encoder in encoders]))
