"""A trained autoencoder -> the core that gives the rebuilt row and the code."""

from typing import Any

import keras
from keras import ops

from nnrecipes.inference.encoder import CODE
from nnrecipes.inference.export.autoencoder_subject import rebuilt_scalers
from nnrecipes.inference.export.core import Core, build_core
from nnrecipes.inference.export.plain import plain_outputs
from nnrecipes.inference.export.scalers import unscale_columns
from nnrecipes.preprocessing.preprocessor import Preprocessor


def autoencoder_core(model: keras.Model, preprocessor: Preprocessor, *, packed: bool = False) -> Core:
    """Return the core.

    Args:
        model: The network, with a layer ``code``.
        preprocessor: Of the run.
        packed: Whether numbers and codes come in a matrix each.
    """
    spec = preprocessor.spec.inputs[0]
    both = keras.Model(model.inputs, [model.outputs[0], model.get_layer(CODE).output])
    scalers = rebuilt_scalers(preprocessor, spec, int(model.outputs[0].shape[-1]))

    def answers(inputs: dict[str, Any]) -> dict[str, Any]:
        made, code = plain_outputs(both, {name: ops.cast(tensor, "float32") for name, tensor in inputs.items()})
        flat = code if len(code.shape) == 2 else keras.layers.Flatten()(code)
        return {"reconstruction": made if scalers is None else unscale_columns(made, scalers), CODE: flat}

    return build_core(preprocessor, answers, {}, packed=packed)
