"""A trained autoencoder -> its two halves: rows to codes, and codes to rows."""

import keras
import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError
from nnrecipes.preprocessing.reconstruction import OUTPUT
from nnrecipes.training.predict import predict_arrays

CODE = "code"
INPUT = "rows"  # a single input needs no name


def encoder_of(model: keras.Model) -> keras.Model:
    """Return the half up to the layer ``code``."""
    return keras.Model(model.inputs, model.get_layer(CODE).output, name="encoder")


def decoder_of(model: keras.Model) -> keras.Model:
    """Return the half behind the layer ``code``.

    Raises:
        RunError: A U-Net, whose output also sees maps before its code.
    """
    try:
        return keras.Model(model.get_layer(CODE).output, model.outputs[0], name="decoder")
    except ValueError as error:
        raise RunError("decode: expected a network whose output depends on its code alone. Received: one with "
                       "connections around it.") from error  # fmt: skip


def rebuilt(model: keras.Model, inputs: Array) -> Array:
    """Return what the network makes of rows, ``(rows, ...)``."""
    return predict_arrays(model, {INPUT: inputs}, outputs=[OUTPUT])[OUTPUT]


def codes_of(encoder: keras.Model, inputs: Array) -> Array:
    """Return the codes of rows, float32 ``(rows, length)``; maps are flattened."""
    found = next(iter(predict_arrays(encoder, {INPUT: inputs}).values()))
    return np.ascontiguousarray(found.reshape(len(found), -1), dtype=np.float32)
