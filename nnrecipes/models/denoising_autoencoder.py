"""Rows that a training step spoils -> the rows as they were: the denoising autoencoder, with three bodies.

| body | what it is | of |
|---|---|---|
| dense | the classic autoencoder, with a short code | any row |
| conv | strided convolutions down to a small map, and up again | images, series |
| unet | the same, and each map on the way up also sees the one of its size on the way down | images, series |

References:
    Vincent et al. (2010), Stacked denoising autoencoders. JMLR 11, 3371-3408.
    Ronneberger, Fischer and Brox (2015), U-Net. https://arxiv.org/abs/1505.04597
"""

from collections.abc import Sequence

import keras

from nnrecipes.layers.corruption import Corruption
from nnrecipes.models.autoencoder_bodies import conv_body
from nnrecipes.models.autoencoder_ends import begin, decoded, end, flat, rebuilt_shape
from nnrecipes.models.blocks import apply, dense_stack


def build_denoising_autoencoder(
    *,
    input_shape: Sequence[int] = (784,),
    input_name: str = "features",
    pixels: bool = False,
    masked: bool = False,
    one_hot: Sequence[int] = (),
    low: float | None = 0.0,
    high: float | None = 1.0,
    body: str = "dense",
    noise: str = "gaussian",
    noise_level: float = 0.5,
    fresh_noise: bool = True,
    hidden_units: Sequence[int] = (128, 64),
    latent_dim: int = 32,
    filters: Sequence[int] = (16, 32),
    stride: int = 1,
    activation: str = "relu",
    code_activation: str = "relu",
    output_activation: str = "sigmoid",
    batch_norm: bool = False,
    dropout: float = 0.0,
) -> keras.Model:
    """Return an uncompiled Functional model whose output is ``reconstruction``; outside of training it adds no noise.

    Args:
        input_shape: Shape of one row.
        input_name: Name of the input layer.
        pixels: Whether the input is pixels from 0 to 255; they are rebuilt from 0 to 1.
        masked: Whether the last channel says where a series has steps; it is neither spoilt nor rebuilt.
        one_hot: Of a table, for each column the number of its category, from 1, or 0 for a number.
        low: The least value of a spoilt number, behind the scaling of pixels; None for no bound.
        high: The greatest.
        body: ``dense``, ``conv`` or ``unet``.
        noise: ``gaussian``, ``masking`` or ``salt_and_pepper``.
        noise_level: Standard deviation of the noise, or share of the numbers.
        fresh_noise: Whether a layer draws noise in each training step. Otherwise the model has no noise of its own,
            and is trained on rows that were spoilt once.
        hidden_units: Of a dense body: units between the input and the code; the decoder mirrors them.
        latent_dim: Of a dense body: length of the code.
        filters: Of the others: filters of the maps, each half as wide as the one before it.
        stride: Of the others: 2 halves a row before its first map, for a quarter of the arithmetic.
        activation: Of the hidden layers.
        code_activation: Of a dense body's code.
        output_activation: Of numbers in the output.
        batch_norm: Whether BatchNormalization stands before each hidden activation.
        dropout: Share of the hidden units, or of a map's numbers, that a training step drops.

    Raises:
        ValueError: A convolutional body for rows of a table.

    Example:
        >>> model = build_denoising_autoencoder(input_shape=(28, 28, 1), body="unet")
        >>> model.get_layer("code").output.shape, model.output_shape
        ((None, 14, 14, 32), (None, 28, 28, 1))
    """
    inputs, values = begin(input_shape, input_name, pixels=pixels)
    shape = rebuilt_shape(input_shape, masked=masked)
    if fresh_noise:
        values = Corruption(noise, noise_level, low, high, masked, name="noise")(values)
    if body == "dense":
        block = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout}
        x = apply(dense_stack(hidden_units, prefix="encoder", **block), flat(values))
        code = keras.layers.Dense(latent_dim, activation=code_activation, name="code")(x)
        outputs = end(
            decoded(code, shape, hidden_units[::-1], **block), shape, activation=output_activation, one_hot=one_hot
        )
        return keras.Model(inputs, outputs, name="denoising_autoencoder")
    if len(input_shape) < 2:
        raise ValueError(f"body: expected dense for rows of a table. Received: {body!r}")
    outputs = conv_body(values, channels=shape[-1], filters=filters, stride=stride, skips=body == "unet",
                        activation=activation, output_activation=output_activation, batch_norm=batch_norm,
                        dropout=dropout)  # fmt: skip
    return keras.Model(inputs, outputs, name="denoising_autoencoder")
