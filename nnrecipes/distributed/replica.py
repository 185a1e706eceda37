"""A recipe and a strategy -> the network, callbacks and training of the replicas of this process."""

from pathlib import Path
from typing import Any, TextIO

import keras

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array, Arrays, DataSpec
from nnrecipes.distributed.fit import Position, fit_on_replicas
from nnrecipes.distributed.rows import Rows
from nnrecipes.distributed.step import Step
from nnrecipes.models.build import build_model
from nnrecipes.training.build import compile_for, settings_of
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.fit import History
from nnrecipes.training.hparams import HParams
from nnrecipes.training.progress import Progress
from nnrecipes.training.variables import assign_variables
from nnrecipes.training.warm_start import freeze


def model_of_replica(config: RecipeConfig, spec: DataSpec, weights: list[Array], strategy: Any, few: Arrays) -> Step:
    """Return the step of the recipe's network with the weights of the beginning.

    Only here variables are made in the strategy's scope; to make others there, on some replicas and not on all, as
    Keras does where it saves a model, would have the replicas wait for each other.
    """
    with strategy.scope():
        model = build_model(config.model, spec, config.seed)
        assign_variables(model.variables, weights)
        if config.training.freeze:
            freeze(model, config.training.freeze)
        return Step(compile_for(model, config), strategy, few)


def callbacks_of_replica(
    config: RecipeConfig, folder: Path, *, first: bool = True, lines: TextIO | None = None
) -> list[Any]:
    """Return the recipe's callbacks; what writes or prints is the first process' alone.

    Args:
        config: The recipe.
        folder: The run folder.
        first: Whether this is the first process.
        lines: Where progress goes, by default to standard error.
    """
    options = config.training.callbacks.model_dump()
    shown = options.pop("progress") and first
    if not first:
        options |= {"checkpoint": None, "tensorboard": None}
    own = build_callbacks(epochs=config.training.epochs, folder=folder, **options, progress=False)
    own += [Progress(config.training.epochs, lines)] if shown else []
    if options["tensorboard"] is not None:
        own.append(HParams(folder / "tensorboard", settings_of(config)))
    return [*own, keras.callbacks.History()]


def fit_model(
    config: RecipeConfig, step: Step, rows: Rows, validation: Arrays | None, position: Position, callbacks: list[Any]
) -> History:
    """Train as the recipe says."""
    training = config.training
    return fit_on_replicas(
        step,
        rows,
        validation if validation else None,
        position,
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=config.seed,
        callbacks=callbacks,
        every=training.distributed.checkpoint_every if training.distributed else 0,
    )
