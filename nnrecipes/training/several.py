"""A recipe, networks and the rows of each -> trained networks: in one program where that is faster, else in turns.

Networks go together where they have one form and equal numbers of rows; folds that differ by a row make two groups.
Each ends as it would alone, within rounding.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.training.build import Trained, callbacks_of, first_epoch, goes_on_from, say_diverged, train_for
from nnrecipes.training.choose import Choice, choose_for_members
from nnrecipes.training.form import form_of
from nnrecipes.training.member_obstacles import member_obstacle
from nnrecipes.training.member_program import UnstackedError
from nnrecipes.training.progress import Progress
from nnrecipes.training.resume import State
from nnrecipes.training.together import Member, fit_together

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """One network of several: its seed, its rows, and the folder of its own that its training may write to.

    ``config`` is its own recipe where networks differ in numbers of the optimizer and of dropout, and ``callbacks``
    are its own.
    """

    seed: int
    train: Arrays | Blocks
    validation: Arrays | None = None
    folder: Path | None = None
    state: State | None = None
    config: RecipeConfig | None = None
    callbacks: Sequence[Any] = ()


def train_several(
    config: RecipeConfig,
    models: Sequence[keras.Model],
    jobs: Sequence[Job],
    *,
    callbacks: Sequence[Any] = (),
    say: Say | None = None,
    in_all: int = 0,
) -> list[Trained]:
    """Train each model in place.

    Args:
        config: The recipe.
        models: Compiled, one a job.
        jobs: What each is trained on.
        callbacks: Keras callbacks of the user's own; where there are some, the networks take turns.
        say: Called with lines.
        in_all: How many of this form are trained in this process, later ones too, where they are more.

    Raises:
        RunError: A state does not fit.
        ConfigError: The recipe asks for the compiled trainer, which cannot train this.
    """
    jobs = [replace(job, validation=job.validation if job.validation else None) for job in jobs]
    trained: dict[int, Trained] = {}
    for places in _groups(models, jobs):
        group, chosen = [jobs[place] for place in places], [models[place] for place in places]
        choice, together = _choose(config, chosen, group, callbacks, in_all)
        found: list[Trained] | None = None
        if together:
            try:
                found = _together(config, choice, chosen, group, say)
            except UnstackedError as error:
                choice = replace(choice, reason=f"{error} has no form for several networks")
        if found is None:
            if say and len(places) > 1:
                say(f"{len(places)} networks take turns: {choice.reason}")
            found = [_alone(config, model, job, place, len(jobs), callbacks, say, in_all)
                     for model, job, place in zip(chosen, group, places, strict=True)]  # fmt: skip
        trained |= dict(zip(places, found, strict=True))
    return [trained[place] for place in range(len(jobs))]


def _groups(models: Sequence[keras.Model], jobs: Sequence[Job]) -> list[list[int]]:
    """Places of the networks that have one form and equal shapes of rows."""
    groups: dict[Hashable, list[int]] = {}
    for place, (model, job) in enumerate(zip(models, jobs, strict=True)):
        form = form_of(model) or ("alone", type(model).__name__)
        key = (form, _shapes(job.train), _shapes(job.validation))
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def _shapes(rows: Arrays | Blocks | None) -> Hashable:
    if rows is None:
        return None
    if not isinstance(rows, Arrays):
        return len(rows)
    named = [("x", rows.x), ("y", rows.y), ("w", rows.weights)]
    return tuple((part, name, values.shape, str(values.dtype)) for part, arrays in named
                 for name, values in arrays.items())  # fmt: skip


def side_by_side(
    config: RecipeConfig, models: Sequence[keras.Model], jobs: Sequence[Job], in_all: int = 0, margin: float = 1.0
) -> tuple[Choice, bool]:
    """Return the trainer of these networks of one form, and whether one program is ``margin`` times as fast for all."""
    return _choose(config, models, jobs, (), in_all, margin)


def _choose(
    config: RecipeConfig,
    models: Sequence[keras.Model],
    jobs: Sequence[Job],
    callbacks: Sequence[Any],
    in_all: int = 0,
    margin: float = 1.0,
) -> tuple[Choice, bool]:
    """The trainer, and whether one program trains them all."""
    own = callbacks_of(config, jobs[0].folder)
    found = "it is one" if len(jobs) == 1 else member_obstacle(models[0], [*own, *callbacks], callbacks)
    if any(not isinstance(job.train, Arrays) for job in jobs):
        found = "rows are streamed"
    training = config.training
    sets = [[rows for rows in (job.train, job.validation) if rows is not None] for job in jobs]
    return choose_for_members(
        models[0],
        sets,
        obstacle=found,
        trainer=training.trainer,
        epochs=training.epochs,
        batch_size=training.batch_size,
        callbacks=[*own, *callbacks, *jobs[0].callbacks],
        memory_limit=training.memory_limit,
        in_all=in_all,
        margin=margin,
    )


def _alone(
    config: RecipeConfig,
    model: keras.Model,
    job: Job,
    place: int,
    count: int,
    callbacks: Sequence[Any],
    say: Say | None,
    in_all: int,
) -> Trained:
    if say:
        say(f"network {place + 1} of {count}")
    own = (job.config or config).model_copy(update={"seed": job.seed})
    return train_for(model, own, job.train, job.validation, folder=job.folder, callbacks=[*callbacks, *job.callbacks],
                     say=say, state=job.state, networks=max(count, in_all))  # fmt: skip


def _together(
    config: RecipeConfig, choice: Choice, models: Sequence[keras.Model], jobs: Sequence[Job], say: Say | None
) -> list[Trained]:
    training, members = config.training, []
    for model, job in zip(models, jobs, strict=True):
        if not isinstance(job.train, Arrays):
            raise TypeError("expected rows in memory for networks in one program")
        listening = callbacks_of(_quiet(job.config or config), job.folder, job.callbacks, job.state, share=len(jobs))
        members.append(Member(model, job.train, job.validation, job.seed, listening,
                              first_epoch(job.state, training.epochs)))  # fmt: skip
    if say:
        say(f"{len(jobs)} networks in one program ({choice.kind}): {choice.reason}")
        for place, job in enumerate(jobs):
            if job.state:
                say(f"network {place + 1} {goes_on_from(job.state, training.epochs, ())}")
    progress = Progress(training.epochs) if training.callbacks.progress else None
    if progress:
        progress.on_train_begin()
    histories = fit_together(members, epochs=training.epochs, batch_size=training.batch_size, shuffle=training.shuffle,
                             xla=choice.kind == "xla", say=say, watch=progress and _mean_logs(progress))  # fmt: skip
    if progress:
        progress.on_train_end()
    for job, history in zip(jobs, histories, strict=True):
        say_diverged(history, (job.config or config).training, say)
    return [Trained(history, choice.kind, together=True) for history in histories]


def _quiet(config: RecipeConfig) -> RecipeConfig:
    """The recipe without a bar of each network's own."""
    callbacks = config.training.callbacks.model_copy(update={"progress": False})
    return config.model_copy(update={"training": config.training.model_copy(update={"callbacks": callbacks})})


def _mean_logs(progress: Progress) -> Callable[[int, list[dict[str, float]]], None]:
    """Show the mean of the members that still train."""

    def watch(epoch: int, logs: list[dict[str, float]]) -> None:
        progress.on_epoch_end(epoch, {name: sum(each[name] for each in logs) / len(logs) for name in logs[0]})

    return watch
