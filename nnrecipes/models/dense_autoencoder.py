"""Rows -> a short code -> the same rows: the classic autoencoder of Dense layers.

By default 784-128-64-32-64-128-784, ReLU everywhere and a sigmoid at the end: 222,384 parameters. A linear code with
BatchNormalization and GELU around it rebuilds digits with half the error and places like digits closer together.

References:
    Hinton and Salakhutdinov (2006), Reducing the dimensionality of data with neural networks.
    https://doi.org/10.1126/science.1127647
"""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.layers.tied_dense import TiedDense
from nnrecipes.models.autoencoder_ends import begin, decoded, end, flat, rebuilt_shape
from nnrecipes.models.blocks import apply, dense_stack


def build_dense_autoencoder(
    *,
    input_shape: Sequence[int] = (784,),
    input_name: str = "features",
    pixels: bool = False,
    masked: bool = False,
    one_hot: Sequence[int] = (),
    hidden_units: Sequence[int] = (128, 64),
    latent_dim: int = 32,
    activation: str = "relu",
    code_activation: str = "relu",
    output_activation: str = "sigmoid",
    batch_norm: bool = False,
    tied_weights: bool = False,
    sparsity: float = 0.0,
    dropout: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Return an uncompiled Functional model whose layer ``code`` is the code and whose output is ``reconstruction``.

    Args:
        input_shape: Shape of one row.
        input_name: Name of the input layer.
        pixels: Whether the input is pixels from 0 to 255; they are rebuilt from 0 to 1.
        masked: Whether the last channel says where a series has steps; it is not rebuilt.
        one_hot: Of a table, for each column the number of its category, from 1, or 0 for a number.
        hidden_units: Units between the input and the code; the decoder mirrors them.
        latent_dim: Length of the code.
        activation: Of the hidden layers.
        code_activation: Of the code.
        output_activation: Of numbers in the output.
        batch_norm: Whether BatchNormalization stands before each hidden activation.
        tied_weights: Whether the decoder's weights are the encoder's, transposed; such layers have no
            BatchNormalization, no dropout and no penalty.
        sparsity: Factor of the code's sum of absolute values, a mean over the batch, in the loss.
        dropout: Share of the hidden units that a training step drops.
        l2: Factor of the hidden kernels' sum of squares in the loss.

    Example:
        >>> model = build_dense_autoencoder()
        >>> model.count_params(), model.get_layer("code").output.shape, model.output_shape
        (222384, (None, 32), (None, 784))
    """
    inputs, values = begin(input_shape, input_name, pixels=pixels)
    shape = rebuilt_shape(input_shape, masked=masked)
    penalty = keras.regularizers.L1(sparsity) if sparsity else None
    if tied_weights:
        if masked:
            raise ValueError("tied_weights: expected rows that are rebuilt whole. Received: series")
        numbers = _tied(flat(values), hidden_units, latent_dim, activation, code_activation, penalty)
    else:
        block = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout, "l2": l2}
        x = apply(dense_stack(hidden_units, prefix="encoder", **block), flat(values))
        code = keras.layers.Dense(latent_dim, activation=code_activation, activity_regularizer=penalty, name="code")(x)
        numbers = decoded(code, shape, hidden_units[::-1], **block)
    outputs = end(numbers, shape, activation=output_activation, one_hot=one_hot)
    return keras.Model(inputs, outputs, name="dense_autoencoder")


def _tied(
    values: Any, hidden_units: Sequence[int], latent_dim: int, activation: str, code_activation: str, penalty: Any
) -> Any:
    layers = [TiedDense(units, name=f"tied_{i}") for i, units in enumerate((*hidden_units, latent_dim), start=1)]
    for number, layer in enumerate(layers[:-1], start=1):
        values = keras.layers.Activation(activation, name=f"encoder_{number}")(layer(values))
    code = keras.layers.Activation(code_activation, activity_regularizer=penalty, name="code")
    values = code(layers[-1](values))
    for number, layer in enumerate(layers[:0:-1], start=1):
        values = keras.layers.Activation(activation, name=f"decoder_{number}")(layer(values, up=True))
    return layers[0](values, up=True)
