"""An autoencoder's section and the data's spec -> its model, not compiled."""

from typing import Any, assert_never

import keras

from nnrecipes.config.autoencoder import (
    AutoencoderConfig,
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    VariationalAutoencoderConfig,
)
from nnrecipes.data.spec import DataSpec
from nnrecipes.errors import ConfigError
from nnrecipes.models.denoising_autoencoder import build_denoising_autoencoder
from nnrecipes.models.dense_autoencoder import build_dense_autoencoder
from nnrecipes.models.variational_autoencoder import build_variational_autoencoder
from nnrecipes.preprocessing.reconstruction import bounds


def build_autoencoder(config: AutoencoderConfig, spec: DataSpec) -> keras.Model:
    """Return the model.

    Raises:
        ConfigError: The spec has several inputs, or one that cannot be rebuilt.
    """
    if len(spec.inputs) != 1 or spec.inputs[0].kind not in {"tabular", "image", "series"}:
        received = ", ".join(f"{item.name} ({item.kind})" for item in spec.inputs)
        raise ConfigError(f"inputs: expected one tabular, image or series input. Received: {received}.")
    item = spec.inputs[0]
    rows: dict[str, Any] = {"input_shape": item.shape, "input_name": item.name, "pixels": item.kind == "image",
            "masked": item.kind == "series", "one_hot": item.one_hot}  # fmt: skip
    keywords: dict[str, Any] = {name: getattr(config, name) for name in type(config).model_fields if name != "kind"}
    match config:
        case DenseAutoencoderConfig():
            return build_dense_autoencoder(**rows, **keywords)
        case DenoisingAutoencoderConfig():
            low, high = bounds(item)
            return build_denoising_autoencoder(**rows, low=low, high=high, **keywords)
        case VariationalAutoencoderConfig():
            return build_variational_autoencoder(**rows, **keywords)
        case _:
            assert_never(config)
