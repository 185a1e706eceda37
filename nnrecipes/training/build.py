"""The ``targets`` and ``training`` sections of a recipe -> a compiled model, and its training."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from nnrecipes.config.autoencoder import ReconstructionConfig
from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.flat import flat_settings
from nnrecipes.config.monitor import resolve_mode
from nnrecipes.config.outputs import Output, resolve_output
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.training import TrainingConfig
from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.errors import ConfigError
from nnrecipes.preprocessing.reconstruction import OUTPUT
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.choose import choose
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import History, updates
from nnrecipes.training.hparams import HParams
from nnrecipes.training.resume import Resume, State, forgetful
from nnrecipes.training.trainers import fit_by


@dataclass(frozen=True)
class Trained:
    """What a training left beside the weights: what each epoch logged, by which trainer, and whether with others.

    ``workers`` is what processes that trained together say of themselves.
    """

    history: History
    trainer: str
    together: bool = False
    workers: tuple[dict[str, Any], ...] = ()


def compile_for(model: keras.Model, config: RecipeConfig) -> keras.Model:
    """Compile ``model`` as the recipe says and return it; one that is compiled stays as it is.

    Args:
        model: A model with an output for each target.
        config: The recipe, with the task of each target.

    Raises:
        ConfigError: A task is missing, an activation, loss or metric does not fit it, or Keras refuses an argument.
    """
    if model.compiled:
        return model
    if is_autoencoder(config):
        return compile_model(model, optimizer=config.training.optimizer, losses={OUTPUT: _rebuilding(model, config)})
    heads = {target.output or name: _head(config, name) for name, target in config.targets.items()}
    return compile_model(
        model,
        optimizer=config.training.optimizer,
        losses={output: head.loss for output, head in heads.items()},
        loss_weights={target.output or name: target.loss_weight for name, target in config.targets.items()},
        metrics={output: head.metrics for output, head in heads.items()},
        labels={output: head.labels for output, head in heads.items()},
        fading=config.training.callbacks.fade is not None,
    )


def train_for(
    model: keras.Model,
    config: RecipeConfig,
    train: Arrays | Blocks,
    validation: Arrays | None = None,
    *,
    folder: str | Path | None = None,
    callbacks: Sequence[Any] = (),
    say: Callable[[str], None] | None = None,
    state: State | None = None,
    networks: int = 1,
) -> Trained:
    """Train ``model`` in place as the recipe says.

    Args:
        model: A compiled model.
        config: The recipe.
        train: Training rows, or blocks of them.
        validation: Rows that are scored after each epoch.
        folder: The run folder, for checkpoints, TensorBoard, and what a killed training needs to go on.
        callbacks: Keras callbacks that run after the recipe's own.
        say: Called with lines: the number of updates and what the callbacks watch, and where the loss diverged.
        state: Of a training that was killed (:func:`~nnrecipes.training.resume.load_resume`), to go on from there.
        networks: How many of this form are trained one after the other, which share what XLA compiles.

    Raises:
        RunError: The state does not fit the model or the callbacks.
        ConfigError: The recipe asks for the compiled trainer, which cannot train this.
    """
    training = config.training
    if say:
        say(plan(config, len(train)))
        if state:
            say(goes_on_from(state, training.epochs, forgetful(callbacks)))
    watched = callbacks_of(config, folder, callbacks, state)
    choice = choose(
        model,
        [train, validation] if validation else [train],
        trainer=training.trainer,
        epochs=training.epochs,
        networks=networks,
        batch_size=training.batch_size,
        callbacks=watched,
        memory_limit=training.memory_limit,
    )
    history = fit_by(
        choice,
        model,
        train,
        validation if validation else None,
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=config.seed,
        callbacks=watched,
        initial_epoch=first_epoch(state, training.epochs),
        say=say,
    )
    say_diverged(history, training, say)
    return Trained(history, choice.kind)


def callbacks_of(
    config: RecipeConfig,
    folder: str | Path | None,
    callbacks: Sequence[Any] = (),
    state: State | None = None,
    *,
    share: int = 1,
) -> list[Any]:
    """Return the recipe's callbacks, those of a user's own, the history, and what a killed training needs to go on.

    Args:
        config: The recipe.
        folder: The run folder.
        callbacks: Of a user's own.
        state: Of a training that was killed.
        share: How many networks train at once, so that the time that each notes is its own.
    """
    options = config.training.callbacks.model_dump()
    own = build_callbacks(epochs=config.training.epochs, folder=folder, **options)
    if folder is not None and options["tensorboard"] is not None:
        own.append(HParams(Path(folder) / "tensorboard", settings_of(config)))
    watched = [*own, *callbacks, keras.callbacks.History()]
    return watched if folder is None else [*watched, Resume(folder, watched, state, share=share)]


def say_diverged(history: History, training: TrainingConfig, say: Callable[[str], None] | None) -> None:
    """Say in which epoch the loss ceased to be a finite number, if it did."""
    if say and (line := _diverged(history, training.optimizer.get("learning_rate", 0.01))):
        say(line)


def settings_of(config: RecipeConfig) -> dict[str, Any]:
    """The settings by which runs differ, for TensorBoard's table of them."""
    sections = config.model_dump(include={"seed", "model", "training"}, exclude={"training": {"callbacks"}})
    return flat_settings(sections)


def _diverged(history: History, learning_rate: float) -> str:
    """One line that says in which epoch the loss ceased to be a finite number, if it did, and what to try."""
    for epoch, loss in enumerate(history.get("loss", ()), start=1):
        if not math.isfinite(loss):
            remedies = f"training.optimizer.learning_rate={learning_rate / 10:g} or training.optimizer.clipnorm=1.0"
            return f"diverged: the training loss of epoch {epoch} is {loss:g}, no finite number. Try {remedies}"
    return ""


def first_epoch(state: State | None, epochs: int) -> int:
    """The epoch to begin with; behind the last one where a callback had stopped the training."""
    if state is None:
        return 0
    return epochs if state["stopped"] else int(state["epochs"])


def goes_on_from(state: State, epochs: int, anew: Sequence[str]) -> str:
    """One line about a training that was killed and goes on."""
    line = f"goes on after epoch {state['epochs']} of {epochs}"
    return f"{line}; without what they knew: {', '.join(anew)} (no get_state and set_state)" if anew else line


def _rebuilding(model: keras.Model, config: RecipeConfig) -> dict[str, Any]:
    """The loss of an autoencoder: of its numbers as the recipe says, of its categories the cross-entropy."""
    number = (config.reconstruction or ReconstructionConfig()).loss or "mean_squared_error"
    return {"kind": OUTPUT, "number": number, "one_hot": getattr(model.get_layer(OUTPUT), "one_hot", ())}


def _head(config: RecipeConfig, name: str) -> Output:
    target = config.targets[name]
    if target.task is None:
        raise ConfigError(f"targets.{name}.task: expected the target's task. Received: None.")
    head, misfits = resolve_output(target.task, target)
    if head is None:
        raise ConfigError(
            [f"targets.{name}.{item.key}: expected {item.expected}. Received: {item.received!r}." for item in misfits]
        )
    return head


def plan(config: RecipeConfig, rows: int) -> str:
    """One line: how many updates, and what the callbacks watch."""
    training, watched = config.training, config.training.callbacks
    count = updates(rows, training.batch_size, training.epochs)
    mode = resolve_mode(watched.monitor) if watched.mode == "auto" else watched.mode
    plan = f"{rows:,} rows in batches of {training.batch_size} for {training.epochs} epochs: {count:,} updates"
    return f"{plan}; callbacks watch {watched.monitor} ({mode})"
