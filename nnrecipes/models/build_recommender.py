"""A network's section of a recommender's recipe -> an uncompiled ``keras.Model``; EASE and item-kNN are no networks."""

from typing import assert_never

import keras

from nnrecipes.config.recommender_model import AutoRecConfig, MultDAEConfig, MultVAEConfig
from nnrecipes.data.spec import derive_seed
from nnrecipes.errors import ConfigError
from nnrecipes.models.autorec import build_autorec
from nnrecipes.models.mult_dae import build_mult_dae
from nnrecipes.models.mult_vae import build_mult_vae
from nnrecipes.models.seeded import seeded

Network = MultDAEConfig | MultVAEConfig | AutoRecConfig


def build_recommender(config: Network, columns: int, seed: int = 0) -> keras.Model:
    """Return the network that a recipe asks for.

    Args:
        config: The recipe's ``model`` section, or the network of a blend.
        columns: Length of an input row: the number of items; of an item-based AutoRec the number of users.
        seed: Of the run; initial weights and the layers' own generators derive from it.

    Raises:
        ConfigError: Keras refuses an argument.
    """
    left_out = {"kind"} | ({"based", "residuals"} if isinstance(config, AutoRecConfig) else set())
    keywords = {name: getattr(config, name) for name in type(config).model_fields if name not in left_out}
    with seeded(derive_seed(seed, "init")):
        try:
            match config:
                case MultDAEConfig():
                    return build_mult_dae(items=columns, **keywords)
                case MultVAEConfig():
                    return build_mult_vae(items=columns, **keywords)
                case AutoRecConfig():
                    return build_autorec(columns=columns, **keywords)
                case _:
                    assert_never(config)
        except (ValueError, TypeError) as error:
            reason = " ".join(str(error).split())
            expected = f"a {config.kind} model that Keras can build"
            raise ConfigError(f"model: expected {expected}. Received: {reason}") from error
