"""A history -> scores of all items: the denoising autoencoder with a multinomial likelihood, Mult-DAE.

    h = activation(dropout(x / |x|) K + b), further Dense layers, back in mirror order, and a score for each item

Trained on ``- sum over i of x_i log softmax(scores)_i`` (:mod:`nnrecipes.training.histories`): the history without
some of its items has to give probability to all of them. With ``tied`` the last layer has the first one's weights,
``scores = z K^T + c``: half as many, and on few users they generalise better.

References:
    Liang et al. (2018), Variational autoencoders for collaborative filtering. https://doi.org/10.1145/3178876.3186150
"""

from collections.abc import Sequence

import keras

from nnrecipes.layers.history_bag import HistoryBag
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.models.blocks import apply, dense_stack


def build_mult_dae(
    *,
    items: int,
    hidden_units: Sequence[int] = (200,),
    activation: str = "tanh",
    dropout: float = 0.5,
    l2: float = 0.0,
    tied: bool = False,
) -> keras.Model:
    """Return an uncompiled Functional model: sparse histories ``(batch, items)`` -> scores ``(batch, items)``.

    Args:
        items: Number of items.
        hidden_units: Units from the input to the code, which is the last; the decoder mirrors them.
        activation: Of every layer but the scores.
        dropout: Share of a history's items that a training step leaves out.
        l2: Factor of the kernels' sum of squares in the loss.
        tied: Whether an item is scored by the vector that it has in the first layer.

    Example:
        >>> build_mult_dae(items=1000).count_params()  # 2 * 1000 * 200 + 200 + 1000
        401200
        >>> build_mult_dae(items=1000, tied=True).count_params()
        201200
    """
    history = keras.Input((items,), sparse=True, name="history")
    bag = HistoryBag(hidden_units[0], activation, dropout=dropout, l2=l2, tied=tied, name="history_bag")
    inner = dense_stack(hidden_units[1:], prefix="encoder", activation=activation, l2=l2)
    outer = dense_stack(hidden_units[-2::-1], prefix="decoder", activation=activation, l2=l2)
    code = keras.layers.Identity(name="code")(apply(inner, bag(history)))
    decoded = apply(outer, code)
    if tied:
        scores = keras.layers.Identity(name="scores")(bag(decoded, up=True))
    else:
        scores = ItemScores(items, l2=l2, name="scores")(decoded)
    return keras.Model(history, scores, name="mult_dae")
