"""The ``model`` section and the data's spec -> an uncompiled ``keras.Model`` whose weights depend on the seed alone."""

from typing import Any, assert_never

import keras

from nnrecipes.config.autoencoder import (
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    VariationalAutoencoderConfig,
)
from nnrecipes.config.model import (
    LayersConfig,
    ModelConfig,
    MultimodalConfig,
    MultiOutputConfig,
    OwnConfig,
    SequentialConfig,
    SiameseConfig,
    TabularConfig,
)
from nnrecipes.data.spec import DataSpec, derive_seed
from nnrecipes.errors import ConfigError
from nnrecipes.models.build_autoencoder import build_autoencoder
from nnrecipes.models.heads import head_of
from nnrecipes.models.layer_list import build_layers
from nnrecipes.models.multi_output import build_multi_output
from nnrecipes.models.multimodal import build_multimodal
from nnrecipes.models.seeded import seeded
from nnrecipes.models.sequential import build_sequential
from nnrecipes.models.siamese import build_encoder
from nnrecipes.models.tabular import build_tabular


def build_model(config: ModelConfig, spec: DataSpec, seed: int = 0) -> keras.Model:
    """Return the model that a recipe asks for.

    Args:
        config: The recipe's ``model`` section.
        spec: Inputs and targets.
        seed: Of the run; initial weights and the layers' own generators derive from it.

    Raises:
        ConfigError: A model that does not fit the spec, or that Keras refuses.
    """
    with seeded(derive_seed(seed, "init")):
        try:
            return _build(config, spec)
        except (ValueError, TypeError) as error:
            reason = " ".join(str(error).split())
            expected = f"a {config.kind} model that Keras can build"
            raise ConfigError(f"model: expected {expected}. Received: {reason}") from error


def of_input(config: MultimodalConfig, spec: DataSpec, name: str) -> tuple[MultimodalConfig, DataSpec]:
    """Return the section and the spec of a network that sees one of the inputs alone; it has nothing to lose."""
    branches = {key: branch for key, branch in config.branches.items() if key == name}
    alone = config.model_copy(update={"branches": branches, "modality_dropout": 0.0})
    return alone, DataSpec(tuple(item for item in spec.inputs if item.name == name), spec.targets)


def _build(config: ModelConfig, spec: DataSpec) -> keras.Model:
    keywords = {name: getattr(config, name) for name in type(config).model_fields if name not in ("kind", "preset")}
    match config:
        case SequentialConfig():
            return build_sequential(**_single(config.kind, spec), **keywords)
        case LayersConfig():
            return build_layers(input_dtype=spec.inputs[0].dtype, **_single(config.kind, spec), **keywords)
        case MultimodalConfig():
            keywords["branches"] = {name: branch.model_dump() for name, branch in config.branches.items()}
            return build_multimodal(**_named(spec), **keywords)
        case MultiOutputConfig():
            return build_multi_output(**_named(spec), **keywords)
        case SiameseConfig():
            keywords["branches"] = {name: branch.model_dump() for name, branch in config.branches.items()}
            return build_encoder(inputs=spec.inputs, output_name=spec.targets[0].output, **keywords)
        case TabularConfig():
            return build_tabular(**_named(spec), **keywords)
        case DenseAutoencoderConfig() | DenoisingAutoencoderConfig() | VariationalAutoencoderConfig():
            return build_autoencoder(config, spec)
        case OwnConfig():
            raise ConfigError("model.kind: expected a model given in Python as `model=`. Received: none.")
        case _:
            assert_never(config)


def _named(spec: DataSpec) -> dict[str, Any]:
    return {"inputs": spec.inputs, "outputs": [head_of(target) for target in spec.targets]}


def _single(kind: str, spec: DataSpec) -> dict[str, Any]:
    """The keywords of a model with one input and one output."""
    if len(spec.inputs) != 1 or len(spec.targets) != 1:
        counts = f"{len(spec.inputs)} inputs and {len(spec.targets)} targets"
        raise ConfigError(f"model.kind: expected multimodal or multi_output for {counts}. Received: {kind!r}.")
    item, target = spec.inputs[0], spec.targets[0]
    if kind == "sequential" and item.kind != "tabular":
        expected = "multimodal, which has a branch for it, or a tabular input"
        received = f"{kind!r} with input {item.name!r} ({item.kind})"
        raise ConfigError(f"model.kind: expected {expected}. Received: {received}.")
    return {
        "input_shape": item.shape,
        "input_name": item.name,
        "output_units": target.units,
        "output_activation": target.activation,
        "output_name": target.output,
    }
