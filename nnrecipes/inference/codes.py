"""A recommender's model -> a vector an item and a vector a user, of length 1: their dot products are cosines.

Items: the rows of the network's last layer and those of its first one, one behind the other; of EASE and item-kNN,
whose weights are items by items, the training histories themselves, where a user counts the less the more items it
has. Users: the network's code of the history; the history itself where there is no network. A blend takes both, with
equal weight.
"""

from typing import Any

import keras
import numpy as np
from scipy.sparse import csr_matrix, diags

from nnrecipes.data.spec import Array
from nnrecipes.preprocessing.histories import Vocabulary
from nnrecipes.training.top_items import Ranker


def item_vectors(model: keras.Model, vocabulary: Vocabulary) -> Array:
    """Return a vector of length 1 an item, float32 ``(items, length)``."""
    network = _network(model)
    if network is None:
        return unit(_usage(vocabulary))
    table = network.get_layer("scores").kernel.numpy()
    return unit(table)


def user_codes(model: keras.Model, histories: csr_matrix, counts: Array) -> Array:
    """Return a vector of length 1 a history, float32 ``(users, length)``."""
    network = _network(model)
    if network is None:
        rare = diags(1 / np.log2(2.0 + counts))
        return unit((histories @ rare).toarray().astype(np.float32))
    encoder = keras.Model(network.inputs, network.get_layer("code").output)
    return unit(Ranker(encoder).scores(histories))


def unit(vectors: Array) -> Array:
    """Divide each row by its length; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Array = vectors / np.maximum(length, 1e-12)
    return result


def _network(model: keras.Model) -> Any:
    """The network in a model: itself, or a part of a blend; None for a fixed linear layer."""
    parts = [model, *[layer for layer in model.layers if isinstance(layer, keras.Model)]]
    return next((part for part in parts if any(layer.name == "code" for layer in part.layers)), None)


def _usage(vocabulary: Vocabulary) -> Array:
    """Columns of the histories, users with few items counting more, ``(items, users)``."""
    sizes = np.maximum(np.diff(vocabulary.histories.indptr), 1)
    result: Array = (diags(1 / np.sqrt(sizes)) @ vocabulary.histories).T.toarray().astype(np.float32)
    return result
