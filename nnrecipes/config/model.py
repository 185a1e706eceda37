"""The ``model`` section: one class a builder, with the builder's own keyword names and defaults."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.autoencoder import (
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    VariationalAutoencoderConfig,
)
from nnrecipes.config.base import NonNegative, Positive, PositiveInt, Rate, Section, Units
from nnrecipes.config.branches import BranchConfig
from nnrecipes.config.names import Activation, Constraint, Initializer, Layer
from nnrecipes.config.shorthand import KindAlone


class SequentialConfig(Section):
    """``build_sequential``: Dense blocks one after the other; activation and dropout are shared, or a list."""

    kind: Literal["sequential"] = "sequential"
    hidden_units: Units = (64,)
    activation: Activation | tuple[Activation, ...] = "relu"
    batch_norm: bool = False
    dropout: Rate | tuple[Rate, ...] = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_constraint: Constraint | None = None


class LayersConfig(Section):
    """``build_layers``: a plain list of Keras layers by name; the output layer is added from the target."""

    kind: Literal["layers"] = "layers"
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]


class MultimodalConfig(Section):
    """``build_multimodal``: named inputs of any kind, a branch each, a join, a trunk, named heads.

    An input without a branch has its kind's default: ``dense``, ``conv`` (images), ``mean`` (texts), ``weighted``
    (texts with TF-IDF weights) or ``conv1d`` (series).
    """

    kind: Literal["multimodal"] = "multimodal"
    branches: dict[str, BranchConfig] = Field(default={})
    join: Literal["concatenate", "sum", "gated"] = "concatenate"
    join_units: PositiveInt | None = None
    modality_dropout: Rate = 0.0
    trunk_units: Units = (64,)
    head_units: Units = ()
    activation: Activation = "relu"
    batch_norm: bool = False
    dropout: Rate = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_initializer: Initializer = "glorot_uniform"


class MultiOutputConfig(Section):
    """``build_multi_output``: a shared trunk and a head a target; with ``wide`` heads see the inputs themselves too."""

    kind: Literal["multi_output"] = "multi_output"
    hidden_units: Units = (16, 32)
    head_units: Units = ()
    wide: bool = False
    activation: Activation = "relu"
    batch_norm: bool = False
    dropout: Rate = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_initializer: Initializer = "glorot_uniform"


class SiameseConfig(Section):
    """``build_siamese``: one encoder of all inputs, whose vectors of length 1 are near where the identity is the same.

    Branches and their join are those of ``multimodal``; Dense blocks of ``hidden_units`` follow, then a Dense layer to
    ``embedding_dim`` numbers. With ``mirror`` a vector is the mean of those of the images and of the images mirrored,
    outside of training. ``whitening`` scales the vectors' directions by how rows of one identity spread in them, fitted
    on the training rows after the training; its number, .5 for instance, is the shrinkage.
    """

    kind: Literal["siamese"] = "siamese"
    branches: dict[str, BranchConfig] = Field(default={})
    join: Literal["concatenate", "sum", "gated"] = "concatenate"
    join_units: PositiveInt | None = None
    hidden_units: Units = ()
    embedding_dim: PositiveInt = 64
    activation: Activation = "relu"
    batch_norm: bool = False
    dropout: Rate = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_initializer: Initializer = "glorot_uniform"
    mirror: bool = False
    whitening: Positive | None = None


class TabularConfig(Section):
    """``build_tabular``: embeddings of numbers and categories, a body in the NTP, several members in one network.

    ``preset`` writes values into ``preprocessing``, ``model`` and ``training`` wherever the recipe has none of its own;
    ``none`` leaves them all to the recipe.
    """

    kind: Literal["tabular"] = "tabular"
    preset: Literal["fast", "good", "best", "none"] = "good"
    hidden_units: Units = (256, 256, 256)
    members: Annotated[int, Field(ge=1, le=256)] = 1
    member_spread: NonNegative = 0.5
    numeric_embedding: Literal["none", "piecewise_linear", "periodic", "both"] = "both"
    piecewise_dim: PositiveInt = 8
    periodic_dim: Annotated[int, Field(ge=2)] = 4
    frequencies: PositiveInt = 16
    frequency_scale: NonNegative = 0.1
    category_dim: PositiveInt = 8
    scaling: bool = True
    activation: Activation = "mish"
    parametric: bool = True
    dropout: Rate = 0.15
    clip_predictions: bool = True


class OwnConfig(Section):
    """A model that Python gives to ``nn.train(..., model=...)``."""

    kind: Literal["own"] = "own"


ModelConfig = Annotated[
    SequentialConfig
    | LayersConfig
    | MultimodalConfig
    | MultiOutputConfig
    | SiameseConfig
    | TabularConfig
    | OwnConfig
    | DenseAutoencoderConfig
    | DenoisingAutoencoderConfig
    | VariationalAutoencoderConfig,
    Field(discriminator="kind"),
    KindAlone(),
]
