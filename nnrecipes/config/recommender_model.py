"""The ``model`` section of a recommender's recipe: one class a builder, with its keyword names and defaults."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import NonNegative, Positive, PositiveInt, Rate, Section, Units, kind_or
from nnrecipes.config.names import Activation

Share = Annotated[float, Field(ge=0, le=1)]


class MultDAEConfig(Section):
    """``build_mult_dae``: a denoising autoencoder of histories with a multinomial likelihood."""

    kind: Literal["mult_dae"] = "mult_dae"
    hidden_units: Annotated[Units, Field(min_length=1)] = (200,)
    activation: Activation = "tanh"
    dropout: Rate = 0.5
    l2: NonNegative = 0.0
    tied: bool = False


class MultVAEConfig(Section):
    """``build_mult_vae``: its variational sister; the divergence weighs ``beta`` after ``anneal_steps`` updates."""

    kind: Literal["mult_vae"] = "mult_vae"
    hidden_units: Annotated[Units, Field(min_length=1)] = (600,)
    latent_dim: PositiveInt = 200
    activation: Activation = "tanh"
    dropout: Rate = 0.5
    l2: NonNegative = 0.0
    beta: NonNegative = 0.2
    anneal_steps: PositiveInt = 1000


class AutoRecConfig(Section):
    """``build_autorec``: ratings of an item by all users (``based: item``), or of a user for all items, rebuilt.

    With ``residuals`` the biases of users and items are fitted first, and the network rebuilds what they leave.
    """

    kind: Literal["autorec"] = "autorec"
    based: Literal["item", "user"] = "item"
    hidden_units: Annotated[Units, Field(min_length=1)] = (200,)
    activation: Activation = "sigmoid"
    dropout: Rate = 0.0
    l2: NonNegative = 8e-4
    residuals: bool = False


class EaseConfig(Section):
    """``fit_ease``: an item-to-item ridge regression with a zero diagonal, in closed form; ``l2`` is its ridge.

    With ``dropout`` it is what a denoising one tends to, and ``user_power`` makes long histories weigh less.
    """

    kind: Literal["ease"] = "ease"
    l2: Positive = 400.0
    dropout: Rate = 0.0
    user_power: Share = 0.0


class ItemKNNConfig(Section):
    """``fit_item_knn``: cosine of items over users, shrunk, the ``neighbours`` nearest of each item."""

    kind: Literal["item_knn"] = "item_knn"
    neighbours: PositiveInt = 100
    shrinkage: NonNegative = 0.0


Network = Annotated[MultDAEConfig | MultVAEConfig, Field(discriminator="kind")]


class BlendConfig(Section):
    """``build_blend``: ``weight`` times EASE's scores plus the rest times the network's, both standardised a user.

    ``weight: null`` chooses it on the validation users, who flatter the network if they stopped its training as well.
    """

    kind: Literal["blend"] = "blend"
    network: Network = MultDAEConfig()
    ease: EaseConfig = EaseConfig()
    weight: Share | None = 0.5


RecommenderModelConfig = Annotated[
    Annotated[BlendConfig, Tag("blend")]
    | Annotated[MultDAEConfig, Tag("mult_dae")]
    | Annotated[MultVAEConfig, Tag("mult_vae")]
    | Annotated[AutoRecConfig, Tag("autorec")]
    | Annotated[EaseConfig, Tag("ease")]
    | Annotated[ItemKNNConfig, Tag("item_knn")],
    kind_or("blend"),
]
