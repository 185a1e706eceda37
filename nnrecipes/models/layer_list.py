"""A plain list of Keras layers by name -> a ``keras.Sequential`` that ends in the target's output layer."""

from collections.abc import Mapping, Sequence

import keras

from nnrecipes.errors import ConfigError
from nnrecipes.models.construct import Named, construct
from nnrecipes.models.heads import Head, output_layer


def build_layers(
    *,
    layers: Sequence[Named],
    input_shape: Sequence[int] = (4,),
    input_dtype: str = "float32",
    input_name: str = "features",
    output_units: int = 1,
    output_activation: str = "linear",
    output_name: str = "output",
) -> keras.Model:
    """Return an uncompiled ``keras.Sequential``: ``(batch, *input_shape)`` -> ``(batch, output_units)``.

    Args:
        layers: Each a name, or ``{"kind": name, argument: value, ...}``, in Keras' own words.
        input_shape: Shape of one row.
        input_dtype: ``float32``, or ``int32`` for category codes.
        input_name: Name of the input layer.
        output_units: Units of the output layer, a Dense layer that is added after the list.
        output_activation: Its activation.
        output_name: Its name, which is the output's name.

    Raises:
        ConfigError: A layer that Keras refuses, or a list that does not give one vector a row.

    Example:
        >>> dense = {"kind": "Dense", "units": 64, "activation": "relu"}
        >>> build_layers(layers=[dense, "BatchNormalization"], input_shape=(11,), output_units=4).count_params()
        1284
    """
    model = keras.Sequential([keras.Input(tuple(input_shape), dtype=input_dtype, name=input_name)], name="layers")
    for place, value in enumerate(layers):
        kind = value if isinstance(value, str) else value["kind"]
        try:
            model.add(construct("layers", value, name=f"{kind.lower()}_{place + 1}"))
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError(_refused(place, value, error)) from error
    if len(model.output_shape) != 2:
        expected = "layers that end in one vector a row, such as Flatten or GlobalAveragePooling2D at the end"
        raise ConfigError(f"model.layers: expected {expected}. Received: a row of shape {model.output_shape[1:]}.")
    model.add(output_layer(Head(output_name, output_units, output_activation)))
    return model


def _refused(place: int, value: Named, error: Exception) -> str:
    kind = value["kind"] if isinstance(value, Mapping) else value
    reason = " ".join(str(error.args[0] if error.args else error).split())
    expected = f"arguments that Keras' {kind} takes after the layers before it"
    return f"model.layers.{place}: expected {expected}. Received: {value!r}: {reason}"
