"""The ``model`` section: one class a builder, with the builder's own keyword names and defaults."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import NonNegative, PositiveInt, Rate, Section, Units
from nnrecipes.config.names import Activation, Constraint, Initializer, Layer


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


class BranchConfig(Section):
    """One input's own way to the join: an embedding for category codes, then Dense blocks.

    ``embedding_dim`` is ``min(50, round(1.6 * categories ** 0.56))`` where it is left out.
    """

    hidden_units: Units = ()
    embedding_dim: PositiveInt | None = None


class FunctionalConfig(Section):
    """``build_functional``: named inputs, a branch each, a join, a trunk, named heads."""

    kind: Literal["functional"] = "functional"
    branches: dict[str, BranchConfig] = Field(default={})
    join: Literal["concatenate", "add"] = "concatenate"
    trunk_units: Units = (64,)
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
    SequentialConfig | LayersConfig | FunctionalConfig | MultiOutputConfig | OwnConfig, Field(discriminator="kind")
]
