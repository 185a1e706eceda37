"""The ``training`` and ``targets`` sections of a recipe -> a compiled model, and its training."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from nnrecipes.config.monitor import resolve_mode
from nnrecipes.config.outputs import Output, resolve_output
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import DataSpec
from nnrecipes.errors import ConfigError
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import History, fit_keras, updates

if TYPE_CHECKING:
    from nnrecipes.preprocessing.build import Prepared


def compile_for(model: keras.Model, config: RecipeConfig, spec: DataSpec, *, keep: bool = False) -> keras.Model:
    """Compile ``model`` as the recipe says and return it.

    Args:
        model: The model.
        config: The recipe.
        spec: Its data.
        keep: Leave a model that is compiled as it is.

    Raises:
        ConfigError: An activation, loss or metric that does not fit its target, or that Keras refuses.
    """
    if keep and model.compiled:
        return model
    heads = {target.output: _head(config, target.name, target.task) for target in spec.targets}
    return compile_model(
        model,
        optimizer=config.training.optimizer,
        losses={output: head.loss for output, head in heads.items()},
        loss_weights={target.output: config.targets[target.name].loss_weight for target in spec.targets},
        metrics={output: head.metrics for output, head in heads.items()},
        labels={target.output: target.labels for target in spec.targets},
    )


def fit_for(
    model: keras.Model,
    config: RecipeConfig,
    prepared: "Prepared",
    folder: str | Path,
    callbacks: Sequence[Any] = (),
    say: Callable[[str], None] | None = None,
) -> History:
    """Train ``model`` as the recipe says and return its history.

    Args:
        model: A compiled model.
        config: The recipe.
        prepared: Training and validation rows.
        folder: The run folder, for checkpoints and TensorBoard.
        callbacks: Keras callbacks beside the recipe's own, which run before them.
        say: Called with what the user should read: what is watched, and the number of updates.
    """
    training, rows = config.training, len(prepared.train)
    if say:
        say(_plan(config, rows))
    own = build_callbacks(epochs=training.epochs, folder=folder, **training.callbacks.model_dump())
    return fit_keras(
        model,
        prepared.train,
        prepared.validation if len(prepared.validation) else None,
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=config.seed,
        callbacks=[*own, *callbacks],
    )


def _head(config: RecipeConfig, target: str, task: Any) -> Output:
    head, misfits = resolve_output(task, config.targets[target])
    if head is None:
        wrong = [
            f"targets.{target}.{item.key}: expected {item.expected}. Received: {item.received!r}." for item in misfits
        ]
        raise ConfigError(wrong)
    return head


def _plan(config: RecipeConfig, rows: int) -> str:
    training, watched = config.training, config.training.callbacks
    count = updates(rows, training.batch_size, training.epochs)
    mode = resolve_mode(watched.monitor) if watched.mode == "auto" else watched.mode
    plan = f"{rows:,} rows in batches of {training.batch_size} for {training.epochs} epochs: {count:,} updates"
    return f"{plan}; callbacks watch {watched.monitor} ({mode})"
