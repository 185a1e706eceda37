"""``train_recommender(config) -> RecommenderRun``: a recommender's recipe takes the same road, on one page.

    data.interactions -> Interactions, split -> Vocabulary, sparse histories -> keras.Model -> lists -> run folder

The recipe has ``data.interactions`` in place of targets; :func:`nnrecipes.recipe.train` tells the two apart by it.
All that is shared is the same code: sections of the YAML, callbacks, seeds, resume, the run folder and its seal. What
differs has a class of its own, so that no tabular stage knows of users and items. ``refit``, ``predict`` and
``evaluate`` are of recipes with targets and say so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.backend import needs_tensorflow
from nnrecipes.config.load import Overrides, Recipe, resolved, write_yaml
from nnrecipes.config.load_recommender import LoadedRecommender, load_recommender
from nnrecipes.config.problem import Problem
from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.errors import DataError, RunError, did_you_mean
from nnrecipes.runs.clock import Clock
from nnrecipes.runs.trackers import check_trackers, track_finished

if TYPE_CHECKING:
    from nnrecipes.data.interaction_split import InteractionSets
    from nnrecipes.data.interactions import Interactions
    from nnrecipes.inference.recommender import RecommenderRun
    from nnrecipes.runs.layout import RunFolder

Notify = Callable[[str], None]


@dataclass(frozen=True)
class RecommenderData:
    """What a recommender is made of, before anything is fitted."""

    log: "Interactions"
    sets: "InteractionSets"
    titles: dict[str, str]

    @property
    def notices(self) -> list[str]:
        """What the user should know."""
        return [*self.log.notices, *self.sets.notices]


def check_recommender_recipe(recipe: Recipe, overrides: Overrides = None) -> LoadedRecommender:
    """Check a recommender's recipe and the headers of its files; no row is read.

    Raises:
        ConfigError: With every problem, a line each.
    """
    needs_tensorflow("recommenders")
    return load_recommender(recipe, overrides, checks=(_check_headers,))


def load_recommender_data(config: RecommenderConfig, data: Any = None) -> RecommenderData:
    """Read, check and split the interactions.

    Raises:
        DataError: If they do not fit the recipe.
    """
    from nnrecipes.data.interaction_split import split_interactions
    from nnrecipes.data.interactions import load_interactions
    from nnrecipes.data.item_titles import load_titles

    log = load_interactions(config.data.interactions, data)
    sets = split_interactions(config.data.split, log, config.seed)
    return RecommenderData(log, sets, load_titles(config.data.items) if config.data.items else {})


def train_recommender(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    callbacks: Sequence[Any] = (),
    runs_dir: str | Path | None = None,
    notify: Notify | None = None,
) -> "RecommenderRun":
    """Train a recommender's recipe, score the test users once, and return the finished run.

    The arguments are those of :func:`nnrecipes.recipe.train`.

    Raises:
        ConfigError: If the recipe is wrong, before TensorFlow is imported.
        DataError: If the interactions do not fit it, likewise.
        RunError: If the run folder cannot be written.
    """
    say = notify or _silent
    given = {"data.interactions.source": {"kind": "arrays"}} if data is not None else {}
    loaded = check_recommender_recipe(recipe, _merged(given, overrides))
    check_trackers(loaded.config.training.trackers, loaded.config.name, runs_dir)
    found = load_recommender_data(loaded.config, data)
    for notice in found.notices:
        say(notice)
    from nnrecipes.runs.begun import begun_with
    from nnrecipes.runs.unfinished import new_run

    text = write_yaml(resolved(loaded.config))
    needs = [name for name, here in (("data", data is not None), ("callbacks", bool(callbacks))) if here]
    begun = begun_with(text, found.log.origin, found.log.sha256, needs)
    with new_run(loaded.config.name, text, begun, runs_dir) as folder:
        _run(folder, [begun], loaded.config, found, callbacks, say)
    track_finished(folder, loaded.config.training.trackers, say)
    return _hold(folder)


def resume_recommender(
    folder: "RunFolder",
    *,
    data: Any = None,
    callbacks: Sequence[Any] = (),
    progress: bool = True,
    force: bool = False,
    notify: Notify | None = None,
) -> "RecommenderRun":
    """Go on with a recommender's run that was stopped; see :func:`nnrecipes.recipe.resume`.

    Raises:
        RunError: Another process works on it, or data, recipe or versions are not those that it was begun with.
    """
    from nnrecipes.runs.begun import check_begun, check_rows
    from nnrecipes.runs.unfinished import reopened

    with reopened(folder) as lines:
        given = {"data": data is not None, "model": False, "callbacks": bool(callbacks)}
        changed = check_begun(folder, lines[0], given, force=force)
        quiet = None if progress else {"training.callbacks.progress": False}
        config = check_recommender_recipe(folder.config, quiet).config
        check_trackers(config.training.trackers, folder.recipe, folder.root)
        found = load_recommender_data(config, data)
        check_rows(folder, lines[0], found.log.origin, found.log.sha256)
        _run(folder, lines, config, found, callbacks, notify or _silent, changed)
    track_finished(folder, config.training.trackers, notify or _silent)
    return _hold(folder)


def _run(
    folder: "RunFolder",
    lines: list[dict[str, Any]],
    config: RecommenderConfig,
    found: RecommenderData,
    callbacks: Sequence[Any],
    say: Notify,
    changed: Mapping[str, str] | None = None,
) -> None:
    """Fit the vocabulary, train, from the first epoch or the last completed one, score, and write everything."""
    from nnrecipes.preprocessing.histories import fit_histories
    from nnrecipes.runs.integrity import seal
    from nnrecipes.runs.unfinished import note_resumed
    from nnrecipes.training.startup import start_tensorflow

    clock = Clock.start()
    start_tensorflow()
    from nnrecipes.inference.recommender_score import score_recommender, validation_score, write_split
    from nnrecipes.training.ensemble import elapsed, training_states
    from nnrecipes.training.recommender import train_recommender as train_model
    from nnrecipes.training.save import save_model, write_history

    rated = isinstance(config.model, AutoRecConfig)
    prepared = fit_histories(found.log, found.sets, rated=rated, titles=found.titles)
    states = training_states(folder.path, config.training.ensemble)
    if changed is not None:
        lines.append(note_resumed(folder, sum(state["epochs"] for state in states if state), changed))
    score = validation_score(config, prepared)
    rows = _network_rows(config, prepared)
    model, history = train_model(config, rows, score=score, folder=folder.path, callbacks=callbacks, say=say,
                                 states=states)  # fmt: skip
    fitted = clock.times(elapsed(states))
    write_history(history, folder.history)
    prepared.vocabulary.save(folder.preprocessor)
    save_model(_plain(model), folder.path)
    write_split(found.log, found.sets, folder)
    notices = score_recommender(model, config, prepared, history, folder)
    for notice in notices:
        say(notice)
    times = {"started": lines[0]["started"], **clock.times(elapsed(states)), "fit_seconds": fitted["seconds"],
             "fit_cpu_seconds": fitted["cpu_seconds"], "resumed": lines[1:]}  # fmt: skip
    seal(folder, _provenance(config, found, prepared, model, history, times, notices))


def _network_rows(config: RecommenderConfig, prepared: Any) -> Any:
    """The rows of the network's input: users, or, of an item-based AutoRec, items."""
    from nnrecipes.preprocessing.rating_bias import autorec_rows

    if isinstance(config.model, AutoRecConfig):
        return autorec_rows(prepared.vocabulary, config.model)
    return prepared.vocabulary.histories


def _plain(model: Any) -> Any:
    """The model without its optimizer, whose moments would treble the file."""
    import keras

    return keras.Model(model.inputs, model.outputs, name=model.name)


def _provenance(
    config: RecommenderConfig,
    found: RecommenderData,
    prepared: Any,
    model: Any,
    history: Mapping[str, list[float]],
    times: Mapping[str, Any],
    notices: Sequence[str],
) -> dict[str, Any]:
    from nnrecipes.runs.provenance import git_commit, versions
    from nnrecipes.training.fit import updates

    epochs = len(next(iter(history.values()), []))
    columns = config.data.interactions
    named = {columns.user: "identifier", columns.item: "identifier", columns.rating: "numeric", columns.time: "numeric"}
    vocabulary, log, sets = prepared.vocabulary, found.log, found.sets
    return {
        "kind": "recommender",
        "recipe": config.name,
        "seed": config.seed,
        "versions": versions(),
        "git": git_commit(Path.cwd()),
        **times,
        "data": {"origin": log.origin, "sha256": log.sha256, "columns": {n: t for n, t in named.items() if n}},
        "notices": [*found.notices, *notices],
        "parameters": model.count_params(),
        "epochs": epochs,
        "updates": updates(len(vocabulary.users), config.training.batch_size, epochs),
        "users": {"train": len(vocabulary.users), "validation": len(prepared.validation), "test": len(prepared.test)},
        "items": len(vocabulary.items),
        "rows": {"train": len(sets.train), "validation": len(sets.validation.held_out),
                 "test": len(sets.test.held_out)},
    }  # fmt: skip


def _check_headers(config: RecommenderConfig) -> list[Problem]:
    from nnrecipes.data.log_header import log_header

    columns, items = config.data.interactions, config.data.items
    wanted: list[tuple[tuple[str, ...], Any, dict[str, str | None]]] = [
        (("data", "interactions"), columns.source,
         {"user": columns.user, "item": columns.item, "rating": columns.rating, "time": columns.time}),
    ]  # fmt: skip
    if items is not None:
        wanted.append((("data", "items"), items.source, {"item": items.item, "title": items.title}))
    problems = []
    for key, source, names in wanted:
        try:
            header = log_header(source)
        except DataError as error:
            before, _, received = str(error).partition(" Received: ")
            expected = before.partition("expected ")[2].rstrip(".")
            problems.append(Problem((*key, "source"), expected, received.rstrip(".")))
            continue
        problems += [Problem((*key, what), f"a column of the file: {', '.join(header)}", repr(name),
                             did_you_mean(name, header))
                     for what, name in names.items() if header and name is not None and name not in header]  # fmt: skip
    return problems


def _merged(given: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    from nnrecipes.config.overrides import parse_overrides

    return {**given, **dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))}


def _hold(folder: "RunFolder") -> "RecommenderRun":
    from nnrecipes.inference.recommender import RecommenderRun

    return RecommenderRun(folder)


def no_own_model() -> RunError:
    """What is said where a model of the user's own is given for a recommender."""
    return RunError("model: expected none, as a recommender's recipe names its own. Received: a model from Python.")


def _silent(_: str) -> None:
    """Say nothing."""
