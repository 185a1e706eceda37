"""The ``targets`` and ``training`` sections -> a compiled model and a training."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras

from nnrecipes.config.consistency import outputs
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.training import CallbacksConfig
from nnrecipes.data.spec import Arrays
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import History, fit_keras


def compile_for(model: keras.Model, config: RecipeConfig) -> keras.Model:
    """Compile ``model`` with the recipe's optimizer, losses and metrics; a model that is compiled already is kept.

    Args:
        model: Any model with the recipe's outputs.
        config: A recipe whose targets have their tasks.
    """
    if model.compiled:
        return model
    tasks = {name: target.task for name, target in config.targets.items() if target.task}
    heads = outputs(config, tasks)
    return compile_model(
        model,
        optimizer=config.training.optimizer,
        losses={name: head.loss for name, head in heads.items()},
        loss_weights={target.output or name: target.loss_weight for name, target in config.targets.items()},
        metrics={name: head.metrics for name, head in heads.items()},
        labels={name: head.labels for name, head in heads.items()},
    )


def train_for(
    model: keras.Model,
    config: RecipeConfig,
    train: Arrays,
    validation: Arrays,
    *,
    folder: Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    say: Callable[[str], None],
) -> History:
    """Train a compiled model as the recipe says and return its history.

    Args:
        model: The model.
        config: The recipe.
        train: Training rows.
        validation: Validation rows.
        folder: The run's folder, for checkpoints and TensorBoard.
        callbacks: More callbacks, which act before the recipe's own progress.
        say: Called with each line that a user should read.
    """
    training = config.training
    monitor = training.callbacks.monitor
    say(f"training: {len(train):,} rows, {training.epochs} epochs, batches of {training.batch_size}; "
        f"watching {monitor} ({training.callbacks.mode})")  # fmt: skip
    own = build_callbacks(epochs=training.epochs, folder=folder, **callback_keywords(training.callbacks))
    return fit_keras(
        model,
        train,
        validation,
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=config.seed,
        callbacks=[*callbacks, *own],
    )


def callback_keywords(config: CallbacksConfig) -> dict[str, Any]:
    """The section as keywords of :func:`~nnrecipes.training.callbacks.build_callbacks`."""
    return config.model_dump()
