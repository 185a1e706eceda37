"""Rows -> codes drawn from a normal distribution each -> the same rows: the variational autoencoder.

    loss = mean reconstruction loss + beta / numbers * KL(N(mean, variance) || N(0, 1)),  nats a row

With binary cross-entropy and beta 1 this is the negative evidence bound divided by the row's numbers. Outside of
training the code is its mean.

References:
    Kingma and Welling (2014), Auto-encoding variational Bayes. https://arxiv.org/abs/1312.6114
    Higgins et al. (2017), beta-VAE. https://openreview.net/forum?id=Sy2fzU9gl
"""

import math
from collections.abc import Sequence

import keras

from nnrecipes.layers.gaussian_code import GaussianCode
from nnrecipes.models.autoencoder_ends import begin, decoded, end, flat, rebuilt_shape
from nnrecipes.models.blocks import apply, dense_stack


def build_variational_autoencoder(
    *,
    input_shape: Sequence[int] = (784,),
    input_name: str = "features",
    pixels: bool = False,
    masked: bool = False,
    one_hot: Sequence[int] = (),
    hidden_units: Sequence[int] = (256, 128),
    latent_dim: int = 16,
    activation: str = "relu",
    output_activation: str = "sigmoid",
    batch_norm: bool = False,
    beta: float = 1.0,
    anneal_steps: int = 500,
) -> keras.Model:
    """Return an uncompiled Functional model whose layer ``code`` draws the code; its output is ``reconstruction``.

    Args:
        input_shape: Shape of one row.
        input_name: Name of the input layer.
        pixels: Whether the input is pixels from 0 to 255; they are rebuilt from 0 to 1.
        masked: Whether the last channel says where a series has steps; it is not rebuilt.
        one_hot: Of a table, for each column the number of its category, from 1, or 0 for a number.
        hidden_units: Units between the input and the code; the decoder mirrors them.
        latent_dim: Length of the code.
        activation: Of the hidden layers.
        output_activation: Of numbers in the output.
        batch_norm: Whether BatchNormalization stands before each hidden activation.
        beta: Weight of the divergence in the end.
        anneal_steps: Updates in which it rises to ``beta``.

    Example:
        >>> model = build_variational_autoencoder(input_shape=(20,), hidden_units=(8,), latent_dim=2)
        >>> model.get_layer("code").output.shape, model.output_shape
        ((None, 2), (None, 20))
    """
    inputs, values = begin(input_shape, input_name, pixels=pixels)
    shape = rebuilt_shape(input_shape, masked=masked)
    block = {"activation": activation, "batch_norm": batch_norm}
    x = apply(dense_stack(hidden_units, prefix="encoder", **block), flat(values))
    weight = beta / math.prod(shape)
    code = GaussianCode(latent_dim, beta=weight, anneal_steps=anneal_steps, name="code")(x)
    numbers = decoded(code, shape, hidden_units[::-1], **block)
    outputs = end(numbers, shape, activation=output_activation, one_hot=one_hot)
    return keras.Model(inputs, outputs, name="variational_autoencoder")
