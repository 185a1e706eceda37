"""A recommender's recipe: ``data.interactions`` in place of targets; everything else has the names of other recipes."""

from typing import Annotated

from pydantic import Field

from nnrecipes.config.base import PositiveInt, Rate, Section
from nnrecipes.config.interactions import InteractionDataConfig
from nnrecipes.config.names import Optimizer, complete
from nnrecipes.config.recommender_model import BlendConfig, RecommenderModelConfig
from nnrecipes.config.training import CallbacksConfig, EarlyStoppingConfig, TrainingConfig


class RecommenderCallbacks(CallbacksConfig):
    """The callbacks of other recipes, watching the validation users: NDCG, or of AutoRec the RMSE."""

    monitor: str = "val_ndcg@100"
    early_stopping: EarlyStoppingConfig | None = EarlyStoppingConfig(patience=20)


class RecommenderTraining(TrainingConfig):
    """The training of other recipes; a row is a user (of an item-based AutoRec an item).

    Up to ``full_softmax_items`` items the softmax is over all of them. Beyond, it is over the items of a batch and
    ``sampled_items`` others, and only the rows of wide tables that a batch touches are updated (lazy Adam, Adagrad).
    ``average`` is the momentum of an average of the epochs' weights, which is what is scored and kept; 0 is none.
    """

    epochs: PositiveInt = 100
    batch_size: PositiveInt = 100
    optimizer: Optimizer = Field(default_factory=lambda: complete("optimizers", "adam"))
    callbacks: RecommenderCallbacks = RecommenderCallbacks()
    full_softmax_items: PositiveInt = 20_000
    sampled_items: PositiveInt = 2_000
    average: Rate = 0.0


class RankingConfig(Section):
    """How the test users are scored: cut-offs ``k``, bootstrap over users, rivals, plots.

    With ``baselines`` popularity, item-kNN and EASE are fitted and scored on the same users; EASE's ridge is chosen on
    the validation users.
    """

    k: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (10, 20, 50, 100)
    bootstrap: Annotated[int, Field(ge=100)] = 1000
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    baselines: bool = True
    plots: bool = True


class RecommenderConfig(Section):
    """One recommender's recipe."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    data: InteractionDataConfig
    model: RecommenderModelConfig = BlendConfig()
    training: RecommenderTraining = RecommenderTraining()
    evaluation: RankingConfig = RankingConfig()
