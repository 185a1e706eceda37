"""Two models of histories -> one that adds their scores, each standardised over a user's items.

Scores of EASE and of a network have other units and other spreads; after standardisation a weight between them means
the same for every user.
"""

import keras

from nnrecipes.layers.standardised_sum import StandardisedSum


def build_blend(*, first: keras.Model, second: keras.Model, weight: float = 0.5) -> keras.Model:
    """Return an uncompiled Functional model: sparse histories ``(batch, items)`` -> scores ``(batch, items)``.

    The layers are those of the two models, not copies.

    Args:
        first: Such a model, EASE for one.
        second: Another one, a network.
        weight: Of the first one's scores, from 0 to 1.

    Example:
        >>> import numpy as np
        >>> from nnrecipes.models.item_weights import build_item_weights
        >>> a = build_item_weights(weights=np.eye(2), name="a")
        >>> b = build_item_weights(weights=np.eye(2)[::-1], name="b")
        >>> build_blend(first=a, second=b)(np.array([[1.0, 0.0]])).numpy().tolist()
        [[0.0, 0.0]]
    """
    history = keras.Input(first.input_shape[1:], sparse=True, name="history")
    summed = StandardisedSum(weight, name="scores")([first(history), second(history)])
    return keras.Model(history, summed, name="blend")
