"""A recipe, and how to build its network -> networks trained from different seeds, and the one that averages them.

Member 0 has the run's own seed, member ``m`` one that derives from it; it decides the initial weights, the order of the
rows and the random layers, so each member is the network that a run of its seed would train. With ``folds`` the members
also differ in rows: those of training and validation are divided in as many parts, and member ``m`` stops early by part
``m`` and trains on the others (Dietterich 2000). With ``inputs`` each member sees one input alone, and their mean is
the average of separate networks, beside which a joint one can be judged.

They train in one program where that is faster (:mod:`nnrecipes.training.several`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array, Arrays, Blocks, derive_seed
from nnrecipes.models.ensemble import build_ensemble
from nnrecipes.training.build import Trained, compile_for, train_for
from nnrecipes.training.fit import History
from nnrecipes.training.resume import State, load_resume
from nnrecipes.training.save import write_history
from nnrecipes.training.several import Job, train_several
from nnrecipes.training.variables import assign_variables, read_variables
from nnrecipes.training.whiten import fit_whitening

MEMBERS = "members"


@dataclass(frozen=True)
class Ensemble:
    """A network that averages trained members, or the only one, and what their training left."""

    model: keras.Model
    members: tuple[Trained, ...]

    @property
    def history(self) -> History:
        """Name -> the mean over the members that still trained in an epoch."""
        return mean_history([member.history for member in self.members])


def mean_history(histories: Sequence[History]) -> History:
    """Return name -> the mean over the histories that still have the epoch.

    Example:
        >>> mean_history([{"loss": [4.0, 2.0]}, {"loss": [2.0]}])
        {'loss': [3.0, 2.0]}
    """
    epochs = max((len(values) for history in histories for values in history.values()), default=0)
    return {
        name: [float(np.mean([each[name][epoch] for each in histories if epoch < len(each[name])]))
               for epoch in range(epochs)]
        for name in histories[0]
    }  # fmt: skip


def train_members(
    config: RecipeConfig,
    build: Callable[..., keras.Model],
    train: Arrays | Blocks,
    validation: Arrays | None = None,
    *,
    folder: Path,
    callbacks: Sequence[Any] = (),
    say: Callable[[str], None] | None = None,
    states: Sequence[State | None] = (),
) -> Ensemble:
    """Train ``training.ensemble`` networks and join them; one alone is trained in the run folder itself.

    Args:
        config: The recipe.
        build: A seed, and the name of an input or None -> the network with the initial weights of that seed, of all
            inputs or of this one alone.
        train: Training rows, or blocks of them.
        validation: Rows that are scored after each epoch.
        folder: The run folder; each member has a folder in ``members/``.
        callbacks: Keras callbacks that run after the recipe's own, in every member's training.
        say: Called with lines.
        states: Of each member, in a training that was killed (:func:`training_states`).

    Raises:
        RunError: A state does not fit.
        ConfigError: The recipe asks for the compiled trainer, which cannot train this.
    """
    count, states = config.training.ensemble, states or [None] * config.training.ensemble
    if count == 1:
        model = compile_for(build(config.seed), config)
        only = train_for(model, config, train, validation, folder=folder, callbacks=callbacks, say=say,
                         state=states[0])  # fmt: skip
        fit_whitening(model, train)
        return Ensemble(model, (only,))
    seeds = [member_seed(config.seed, place) for place in range(count)]
    folders = [folder / MEMBERS / str(place) for place in range(count)]
    parts = parts_of(config, train, validation)
    jobs = [Job(seed, *part, own, state) for seed, part, own, state in zip(seeds, parts, folders, states, strict=True)]
    asked: list[tuple[Any, ...]] = [(seed,) for seed in seeds]
    if config.training.ensemble_of == "inputs" and isinstance(train, Arrays):
        asked = list(zip(seeds, train.x, strict=True))
    models = [compile_for(build(*each), config) for each in asked]
    trained = train_several(config, models, jobs, callbacks=callbacks, say=say)
    members = []
    for job, each, model, own, left in zip(jobs, asked, models, folders, trained, strict=True):
        member = build(*each)
        assign_variables(member.variables, read_variables(model.variables))
        fit_whitening(member, job.train)
        own.mkdir(parents=True, exist_ok=True)
        write_history(left.history, own / "history.csv")
        members.append(member)
    return Ensemble(joined(config, members), tuple(trained))


def joined(config: RecipeConfig, members: Sequence[keras.Model]) -> keras.Model:
    """The network that gives the mean of its members' outputs."""
    outputs = [target.output or name for name, target in config.targets.items()]
    vectors = [target.output or name for name, target in config.targets.items() if target.task == "identity"]
    return build_ensemble(members=members, output_names=outputs, vectors=vectors)


def member_seed(seed: int, place: int) -> int:
    """The seed of a member; the first one's is the run's own."""
    return derive_seed(seed, f"member {place}") if place else seed


def training_states(folder: Path, members: int) -> list[State | None]:
    """What each network of a training that was killed needs to go on; None where no epoch was completed."""
    if members == 1:
        return [load_resume(folder)]
    return [load_resume(folder / MEMBERS / str(place)) for place in range(members)]


def elapsed(states: Sequence[State | None]) -> dict[str, float]:
    """Seconds that the members' completed epochs took."""
    known = [state for state in states if state]
    return {key: sum(state[key] for state in known) for key in ("seconds", "cpu_seconds")}


def parts_of(
    config: RecipeConfig, train: Arrays | Blocks, validation: Arrays | None
) -> list[tuple[Arrays | Blocks, Arrays | None]]:
    """Of each member, the rows to train on and those to watch."""
    members = config.training.ensemble
    if config.training.ensemble_of == "inputs" and isinstance(train, Arrays):
        return [(_only(train, name), validation and _only(validation, name)) for name in train.x]
    if config.training.ensemble_of == "seeds" or validation is None or not isinstance(train, Arrays):
        return [(train, validation)] * members
    pool = join(train, validation)
    order = np.random.default_rng(derive_seed(config.seed, "ensemble folds")).permutation(len(pool))
    folds = [np.sort(part) for part in np.array_split(order, members)]
    return [(take(pool, np.setdiff1d(order, fold)), take(pool, fold)) for fold in folds]


def _only(arrays: Arrays, name: str) -> Arrays:
    """The same rows with one of their inputs."""
    return replace(arrays, x={name: arrays.x[name]})


def join(first: Arrays, second: Arrays) -> Arrays:
    """The rows of both, one after the other; rows of a set without weights weigh 1."""

    def weights(arrays: Arrays, name: str) -> Array:
        return arrays.weights.get(name, np.ones(len(arrays), dtype="float32"))

    def both(a: Mapping[str, Array], b: Mapping[str, Array]) -> dict[str, Array]:
        return {name: np.concatenate([a[name], b[name]]) for name in a}

    named = {name: np.concatenate([weights(first, name), weights(second, name)])
             for name in {**first.weights, **second.weights}}  # fmt: skip
    return Arrays(both(first.x, second.x), both(first.y, second.y), np.concatenate([first.rows, second.rows]), named)


def take(arrays: Arrays, places: Array) -> Arrays:
    """The rows at these places."""

    def some(named: Mapping[str, Array]) -> dict[str, Array]:
        return {name: values[places] for name, values in named.items()}

    return Arrays(some(arrays.x), some(arrays.y), arrays.rows[places], some(arrays.weights))
