"""The ``model`` section: one class a builder, with the builder's own keyword names and defaults."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import NonNegative, PositiveInt, Rate, Section, Units
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
    """``build_multi_output``: a shared trunk and a head a target, trained by one optimizer."""

    kind: Literal["multi_output"] = "multi_output"
    hidden_units: Units = (16, 32)
    head_units: Units = ()
    activation: Activation = "relu"
    batch_norm: bool = False
    dropout: Rate = 0.0
    l1: NonNegative = 0.0
    l2: NonNegative = 0.0
    kernel_initializer: Initializer = "glorot_uniform"


class OwnConfig(Section):
    """A model that Python gives to ``nn.train(..., model=...)``."""

    kind: Literal["own"] = "own"


ModelConfig = Annotated[
    SequentialConfig | LayersConfig | MultimodalConfig | MultiOutputConfig | OwnConfig,
    Field(discriminator="kind"),
    KindAlone(),
]
