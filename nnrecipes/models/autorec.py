"""The ratings of an item by all users, or of a user for all items -> all of that row's ratings: AutoRec.

    prediction = V activation(W r + b) + c       with r = 0 where there is no rating

Trained on the squared error over the ratings that there are (:mod:`nnrecipes.training.histories`, ``masked_mse``).

References:
    Sedhain et al. (2015), AutoRec: autoencoders meet collaborative filtering. https://doi.org/10.1145/2740908.2742726
"""

from collections.abc import Sequence

import keras

from nnrecipes.layers.history_bag import HistoryBag
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.models.blocks import apply, dense_stack


def build_autorec(
    *,
    columns: int,
    hidden_units: Sequence[int] = (200,),
    activation: str = "sigmoid",
    dropout: float = 0.0,
    l2: float = 8e-4,
) -> keras.Model:
    """Return an uncompiled Functional model: sparse ratings ``(batch, columns)`` -> ratings ``(batch, columns)``.

    Args:
        columns: Length of a row: users (item-based) or items (user-based).
        hidden_units: Units from the input to the code, which is the last; the decoder mirrors them.
        activation: Of every layer but the output.
        dropout: Share of a row's ratings that a training step leaves out.
        l2: Factor of the kernels' sum of squares in the loss.

    Example:
        >>> build_autorec(columns=100, hidden_units=(10,)).count_params()  # 2 * 100 * 10 + 10 + 100
        2110
    """
    history = keras.Input((columns,), sparse=True, name="history")
    bag = HistoryBag(hidden_units[0], activation, dropout=dropout, normalize=False, l2=l2, name="history_bag")
    inner = dense_stack(hidden_units[1:], prefix="encoder", activation=activation, l2=l2)
    outer = dense_stack(hidden_units[-2::-1], prefix="decoder", activation=activation, l2=l2)
    code = keras.layers.Identity(name="code")(apply(inner, bag(history)))
    return keras.Model(history, ItemScores(columns, l2=l2, name="scores")(apply(outer, code)), name="autorec")
