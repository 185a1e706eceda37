"""The ``training`` section: epochs, optimizer and callbacks."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import NonNegative, Positive, PositiveInt, Section
from nnrecipes.config.distributed import DistributedConfig
from nnrecipes.config.names import Optimizer, complete
from nnrecipes.config.shorthand import KindAlone

Mode = Literal["auto", "min", "max"]
Count = Annotated[int, Field(ge=0)]
Factor = Annotated[float, Field(gt=0, lt=1)]


class EarlyStoppingConfig(Section):
    """Stop when the monitored value has not improved by ``min_delta`` for ``patience`` epochs."""

    patience: Count = 10
    min_delta: NonNegative = 0.0
    baseline: float | None = None
    start_from_epoch: Count = 0
    restore_best_weights: bool = True


class CheckpointConfig(Section):
    """Keep the best and the last model of a run under ``checkpoints/``."""

    best: bool = True
    last: bool = True
    weights_only: bool = False
    initial_value_threshold: float | None = None


class ReduceOnPlateau(Section):
    """Multiply the learning rate by ``factor`` when the monitored value stalls for ``patience`` epochs."""

    kind: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    factor: Factor = 0.1
    patience: Count = 10
    min_delta: NonNegative = 1e-4
    cooldown: Count = 0
    min_lr: NonNegative = 0.0


class StepSchedule(Section):
    """``base * factor ** (epoch // every)``."""

    kind: Literal["step"] = "step"
    every: PositiveInt = 10
    factor: Factor = 0.5


class ExponentialSchedule(Section):
    """``base * rate ** epoch``."""

    kind: Literal["exponential"] = "exponential"
    rate: Factor = 0.95


class CosineSchedule(Section):
    """Linear warm-up over ``warmup_epochs``, then half a cosine down to ``final`` times the base rate."""

    kind: Literal["cosine"] = "cosine"
    warmup_epochs: Count = 0
    final: Annotated[float, Field(ge=0, le=1)] = 0.0


class OneCycleSchedule(Section):
    """Cosine from ``base / start_divisor`` up to the base rate over ``warmup`` of the epochs, then down.

    It ends at ``base / final_divisor``.
    """

    kind: Literal["one_cycle"] = "one_cycle"
    warmup: Factor = 0.3
    start_divisor: Positive = 25.0
    final_divisor: Positive = 1e4


class MilestonesSchedule(Section):
    """Multiply the base rate by ``factor`` at each of the epochs ``at``."""

    kind: Literal["milestones"] = "milestones"
    at: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    factor: Factor = 0.1


class GivenSchedule(Section):
    """``base * factors[epoch]``: one factor an epoch, the last one for epochs behind them."""

    kind: Literal["given"] = "given"
    factors: Annotated[tuple[Positive, ...], Field(min_length=1)]


class CoslogSchedule(Section):
    """Up and down ``cycles`` times, each cycle twice as long as the one before; ends at 0."""

    kind: Literal["coslog"] = "coslog"
    cycles: PositiveInt = 4


ScheduleConfig = Annotated[
    ReduceOnPlateau
    | StepSchedule
    | ExponentialSchedule
    | CosineSchedule
    | OneCycleSchedule
    | MilestonesSchedule
    | GivenSchedule
    | CoslogSchedule,
    Field(discriminator="kind"),
    KindAlone(),
]


class FadeConfig(Section):
    """Dropout of a ``tabular`` model and AdamW's weight decay stay over ``flat`` of the epochs and then go to 0.

    ``epochs`` are those of the curve, by default of the training.
    """

    flat: Annotated[float, Field(ge=0, lt=1)] = 0.5
    epochs: PositiveInt | None = None


class TensorBoardConfig(Section):
    """Logs for TensorBoard under the run's ``tensorboard/``; the arguments are those of Keras' callback."""

    histogram_freq: Count = 0
    write_graph: bool = True
    write_images: bool = False
    write_steps_per_second: bool = False
    update_freq: Literal["batch", "epoch"] | PositiveInt = "epoch"
    profile_batch: Count | tuple[PositiveInt, PositiveInt] = 0


class CallbacksConfig(Section):
    """``build_callbacks``: what watches the epochs. ``monitor`` and ``mode`` are shared by all of them."""

    monitor: str = "val_loss"
    mode: Mode = "auto"
    early_stopping: EarlyStoppingConfig | None = None
    checkpoint: CheckpointConfig | None = CheckpointConfig()
    schedule: ScheduleConfig | None = None
    fade: FadeConfig | None = None
    tensorboard: TensorBoardConfig | None = None
    terminate_on_nan: bool = True
    progress: bool = True


class TrainingConfig(Section):
    """Epochs, batch size (rows), optimizer and callbacks.

    ``trainer``: ``compiled`` runs an epoch as one program, ``keras`` is ``Model.fit``; both give the same result.
    ``auto`` takes the faster; ``keras`` where rows take more than ``memory_limit`` GiB or a callback acts at batches.
    ``init_from`` is a finished run (folder, beginning of its id, ``latest``) whose weights are taken where layer
    names and shapes are the same; layers that ``freeze`` names (``*`` stands for any characters) are not trained.
    ``ensemble`` networks are trained from different seeds, and the run's model gives their mean; ``ensemble_of: folds``
    divides training and validation rows in as many parts, and each network stops early by a part of its own;
    ``ensemble_of: inputs`` trains a network for each input of a ``multimodal`` recipe, which sees that one alone.
    ``trackers`` get the run when it is finished: its settings, curves, scores and folder.
    ``distributed`` spreads each batch over several processes.
    """

    epochs: PositiveInt = 100
    batch_size: PositiveInt = 32
    shuffle: bool = True
    optimizer: Optimizer = Field(default_factory=lambda: complete("optimizers", "adam"))
    trainer: Literal["auto", "compiled", "keras"] = "auto"
    memory_limit: Positive = 4.0
    ensemble: Annotated[int, Field(ge=1, le=100)] = 1
    ensemble_of: Literal["seeds", "folds", "inputs"] = "seeds"
    init_from: str | None = None
    freeze: tuple[str, ...] = ()
    trackers: tuple[Literal["mlflow"], ...] = ()
    distributed: DistributedConfig | None = None
    callbacks: CallbacksConfig = CallbacksConfig()
