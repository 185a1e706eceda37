"""A history -> scores of all items: the variational autoencoder with a multinomial likelihood, Mult-VAE.

Like :mod:`nnrecipes.models.mult_dae`, but the code is drawn from a normal distribution, and its divergence from the
standard normal, times an annealed ``beta``, is added to the loss.

References:
    Liang et al. (2018), Variational autoencoders for collaborative filtering. https://doi.org/10.1145/3178876.3186150
"""

from collections.abc import Sequence

import keras

from nnrecipes.layers.gaussian_code import GaussianCode
from nnrecipes.layers.history_bag import HistoryBag
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.models.blocks import apply, dense_stack


def build_mult_vae(
    *,
    items: int,
    hidden_units: Sequence[int] = (600,),
    latent_dim: int = 200,
    activation: str = "tanh",
    dropout: float = 0.5,
    l2: float = 0.0,
    beta: float = 0.2,
    anneal_steps: int = 1000,
) -> keras.Model:
    """Return an uncompiled Functional model: sparse histories ``(batch, items)`` -> scores ``(batch, items)``.

    Args:
        items: Number of items.
        hidden_units: Units between the input and the code, at least one layer; the decoder mirrors them.
        latent_dim: Length of the code.
        activation: Of every layer but the code and the scores.
        dropout: Share of a history's items that a training step leaves out.
        l2: Factor of the kernels' sum of squares in the loss.
        beta: Weight of the divergence in the end.
        anneal_steps: Updates in which it rises to ``beta``.

    Example:
        >>> model = build_mult_vae(items=50, hidden_units=(8,), latent_dim=4)
        >>> model.output_shape, model.get_layer("code").output.shape
        ((None, 50), (None, 4))
    """
    history = keras.Input((items,), sparse=True, name="history")
    bag = HistoryBag(hidden_units[0], activation, dropout=dropout, l2=l2, name="history_bag")
    inner = dense_stack(hidden_units[1:], prefix="encoder", activation=activation, l2=l2)
    outer = dense_stack(hidden_units[::-1], prefix="decoder", activation=activation, l2=l2)
    code = GaussianCode(latent_dim, beta=beta, anneal_steps=anneal_steps, name="code")(apply(inner, bag(history)))
    return keras.Model(history, ItemScores(items, l2=l2, name="scores")(apply(outer, code)), name="mult_vae")
