"""``train(config) -> Run``: the whole flow on one page, a line a stage."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.backend import check_backend, needs_tensorflow
from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.check_space import check_space
from nnrecipes.config.consistency import check_outputs, fill
from nnrecipes.config.data import SklearnSource
from nnrecipes.config.distributed import no_callbacks_of_your_own
from nnrecipes.config.load import (
    Loaded,
    Overrides,
    Recipe,
    for_rows,
    is_recommender,
    load_config,
    read,
    resolved,
    write_yaml,
)
from nnrecipes.config.model import MultimodalConfig
from nnrecipes.config.problem import Problem
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.streaming import check_streaming
from nnrecipes.config.targets import Task
from nnrecipes.data.bundled import BUNDLED
from nnrecipes.data.columns import check_columns
from nnrecipes.data.header import read_header
from nnrecipes.data.stream_size import streams
from nnrecipes.errors import DataError, RunError
from nnrecipes.recommending import no_own_model, resume_recommender, train_recommender
from nnrecipes.runs.trackers import check_trackers, track_finished

if TYPE_CHECKING:
    import keras

    from nnrecipes.data.build import Dataset
    from nnrecipes.inference.run import Run
    from nnrecipes.preprocessing.build import Prepared
    from nnrecipes.runs.layout import RunFolder

Notify = Callable[[str], None]


def check(recipe: Recipe, overrides: Overrides = None) -> Loaded:
    """Check a recipe and the headers of its files; no row is read and TensorFlow is not imported.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.

    Raises:
        ConfigError: With every problem, a line each.
    """
    check_backend()
    loaded = load_config(recipe, overrides, checks=(_check_header, _check_bundled, _check_stream))
    if streams(loaded.config):
        needs_tensorflow("rows that are streamed")
    if loaded.config.training.distributed is not None:
        needs_tensorflow("several workers")
    loaded.fail(check_space(loaded))
    return loaded


def check_data(loaded: Loaded, data: Any = None, notify: Notify | None = None) -> "Dataset":
    """Read and check the rows as well; ``notify`` is called with lines where that takes long.

    Raises:
        DataError: If the rows do not fit the recipe.
        ConfigError: If an output does not fit the task that the rows show.
    """
    from nnrecipes.data.build import load_data
    from nnrecipes.data.load_stream import load_streamed
    from nnrecipes.distributed.statistics import read_on_workers

    section = loaded.config.training.distributed
    if data is None and streams(loaded.config):
        read = read_on_workers(section) if section and section.engine == "ray" else None
        dataset = load_streamed(loaded.config, notify, read)
    else:
        dataset = load_data(loaded.config, data)
    loaded.fail(check_outputs(loaded.config, dataset.tasks))
    return dataset


def train(
    recipe: Recipe,
    overrides: Overrides = None,
    *,
    data: Any = None,
    model: "keras.Model | None" = None,
    callbacks: Sequence["keras.callbacks.Callback"] = (),
    runs_dir: str | Path | None = None,
    notify: Notify | None = None,
) -> "Run | Any":
    """Train a recipe, score the test rows once, and return the finished run.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        data: Rows for a recipe whose source is ``arrays``: a DataFrame, a mapping of columns, or ``(X, y)``.
        model: A model of your own, compiled or not, in place of the recipe's ``model`` section.
        callbacks: Keras callbacks beside the recipe's own.
        runs_dir: The folder of all runs, ``runs`` by default.
        notify: Called with each line that a user should read.

    Returns:
        A ``Run``; of a recommender's recipe a ``RecommenderRun``, of an autoencoder's an ``AutoencoderRun``.

    Raises:
        ConfigError: If the recipe is wrong, before TensorFlow is imported.
        DataError: If the rows do not fit it, likewise.
        RunError: If the run folder cannot be written.

    Example:
        >>> import nnrecipes as nn
        >>> run = nn.train("sequential_wine", overrides={"training.epochs": 2})
        >>> sorted(run.metrics["cultivar"]["metrics"])[:2]
        ['accuracy', 'balanced_accuracy']
    """
    say = notify or _silent
    if is_recommender(read(recipe)):
        if model is not None:
            raise no_own_model()
        return train_recommender(recipe, overrides, data=data, callbacks=callbacks, runs_dir=runs_dir, notify=notify)
    loaded = check(recipe, _with_arrays(overrides, data, model))
    check_trackers(loaded.config.training.trackers, loaded.config.name, runs_dir)
    no_callbacks_of_your_own(loaded.config, callbacks)
    dataset = check_data(loaded, data, say)
    for notice in dataset.notices:
        say(notice)
    from nnrecipes.preprocessing.build import fit_preprocessor
    from nnrecipes.runs.begun import begun_with
    from nnrecipes.runs.unfinished import new_run

    config = _with_start(fill(for_rows(loaded, dataset.train_rows), dataset.tasks), runs_dir)
    prepared = fit_preprocessor(config, dataset)
    text = write_yaml(resolved(config))
    needs = [name for name, given in _given(data, model, callbacks).items() if given]
    begun = begun_with(text, dataset.origin, dataset.sha256, needs)
    with new_run(config.name, text, begun, runs_dir) as folder:
        trained = _run(folder, [begun], config, dataset, prepared, model, callbacks, say, data)
    track_finished(folder, config.training.trackers, say)
    return _hold(folder, trained)


def resume(
    run: str | Path,
    *,
    data: Any = None,
    model: "keras.Model | None" = None,
    callbacks: Sequence["keras.callbacks.Callback"] = (),
    runs_dir: str | Path | None = None,
    progress: bool = True,
    force: bool = False,
    notify: Notify | None = None,
) -> "Run | Any":
    """Go on with a run that was killed or interrupted, after its last completed epoch.

    It ends with the weights, history, checkpoints and scores that the run would have had, bit for bit. A run that is
    finished already is returned as it is.

    Args:
        run: A run's folder, the beginning of its id, or ``latest`` for the latest that is not finished.
        data: The same rows again, where they were given as ``data`` to :func:`train`.
        model: The same model again, built and compiled in the same way, where one was given.
        callbacks: The same callbacks again; how one of your own is resumed: :mod:`nnrecipes.training.resume`.
        runs_dir: The folder of all runs, ``runs`` by default.
        progress: Whether progress is shown, if the recipe says so.
        force: Go on although the versions of Python or of libraries are others. The numbers may then differ.
        notify: Called with each line that a user should read.

    Raises:
        RunError: If there is no such run, another process works on it, or the data, the recipe or the versions are not
            those that it was begun with.
    """
    from nnrecipes.runs.find import find_run
    from nnrecipes.runs.unfinished import reopened

    say = notify or _silent
    folder = find_run(run, runs_dir, unfinished=True)
    if folder.finished:
        say(f"{folder.path}: finished already")
        from nnrecipes.inference.any_run import load_run

        return load_run(folder.path)
    if folder.config.is_file() and is_recommender(read(folder.config)):
        if model is not None:
            raise no_own_model()
        return resume_recommender(folder, data=data, callbacks=callbacks, progress=progress, force=force, notify=notify)
    with reopened(folder) as lines:
        from nnrecipes.preprocessing.build import fit_preprocessor
        from nnrecipes.runs.begun import check_begun, check_rows

        changed = check_begun(folder, lines[0], _given(data, model, callbacks), force=force)
        loaded = check(folder.config, None if progress else {"training.callbacks.progress": False})
        check_trackers(loaded.config.training.trackers, folder.recipe, folder.root)
        dataset = check_data(loaded, data, say)
        check_rows(folder, lines[0], dataset.origin, dataset.sha256)
        prepared = fit_preprocessor(loaded.config, dataset)
        trained = _run(folder, lines, loaded.config, dataset, prepared, model, callbacks, say, data, changed)
    track_finished(folder, loaded.config.training.trackers, say)
    return _hold(folder, trained)


def _run(
    folder: "RunFolder",
    lines: list[dict[str, Any]],
    config: RecipeConfig,
    dataset: "Dataset",
    prepared: "Prepared",
    own_model: "keras.Model | None",
    callbacks: Sequence["keras.callbacks.Callback"],
    say: Notify,
    data: Any = None,
    changed: Mapping[str, str] | None = None,
) -> "keras.Model":
    """Train, from the first epoch or the last completed one, score, and write everything; return the network."""
    from nnrecipes.runs.clock import Clock
    from nnrecipes.runs.integrity import seal
    from nnrecipes.runs.provenance import run_provenance
    from nnrecipes.runs.unfinished import note_resumed
    from nnrecipes.training.startup import start_tensorflow

    clock = Clock.start()
    start_tensorflow()
    from nnrecipes.distributed.train import distributed_state, train_distributed
    from nnrecipes.inference.autoencoder_score import score_autoencoder
    from nnrecipes.inference.score import score_run
    from nnrecipes.models.build import build_model, of_input
    from nnrecipes.preprocessing.reconstruction import rebuilt_rows
    from nnrecipes.training.ensemble import elapsed, train_members, training_states
    from nnrecipes.training.own_model import check_own_model
    from nnrecipes.training.save import write_history

    spread = config.training.distributed
    states = training_states(folder.path, config.training.ensemble)
    if spread is not None:
        states = [distributed_state(folder.path, spread)]
    if changed is not None:
        lines.append(note_resumed(folder, sum(state["epochs"] for state in states if state), changed))
    prepared = rebuilt_rows(config, prepared)
    spec = prepared.preprocessor.spec
    if own_model is not None:
        check_own_model(own_model, spec, prepared.train, config.seed)
    warm = say if states[0] is None else None

    def build(seed: int, only: str | None = None) -> "keras.Model":
        if only is not None and isinstance(config.model, MultimodalConfig):
            return _start_warm(build_model(*of_input(config.model, spec, only), seed), config, warm)
        return _start_warm(build_model(config.model, spec, seed) if own_model is None else own_model, config, warm)

    if spread is not None:
        trained = train_distributed(config, build, prepared, folder=folder.path, say=say, state=states[0])
    else:
        trained = train_members(config, build, prepared.training, prepared.validation, folder=folder.path,
                                callbacks=callbacks, say=say, states=states)  # fmt: skip
    model, history = trained.model, trained.history
    write_history(history, folder.history)
    prepared.preprocessor.save(folder.preprocessor)
    _keep_model(model, folder, say)
    score = score_autoencoder if is_autoencoder(config) else score_run
    score(model, config, dataset, prepared, history, folder)
    if config.evaluation.cross_validate:
        from nnrecipes.inference.cross_validation import cross_validated
        from nnrecipes.runs.files import write_json

        found = cross_validated(config, dataset, config.evaluation.cross_validate, data=data, say=say)
        write_json(folder.cross_validation, found)
    how = {"started": lines[0]["started"], **clock.times(elapsed(states)), "resumed": lines[1:],
           "trainer": trained.members[0].trainer}  # fmt: skip
    if len(trained.members) > 1:
        how["members"] = "side by side" if all(member.together for member in trained.members) else "in turns"
    if trained.members[0].workers:
        how["workers"] = list(trained.members[0].workers)
    seal(folder, run_provenance(config, dataset, model, history, how))
    return model


def _with_start(config: RecipeConfig, runs_dir: str | Path | None) -> RecipeConfig:
    """Return the recipe with the folder of the run that it begins from."""
    if config.training.init_from is None:
        return config
    from nnrecipes.runs.find import find_run

    try:
        path = find_run(config.training.init_from, runs_dir).path
    except RunError as error:
        raise RunError(f"training.init_from: {error}") from None
    training = config.training.model_copy(update={"init_from": str(path.absolute())})
    return config.model_copy(update={"training": training})


def _start_warm(model: "keras.Model", config: RecipeConfig, say: Notify | None) -> "keras.Model":
    """Take the weights of the run that the recipe begins from, and freeze the layers that it names.

    Without ``say`` the run is resumed: its weights are its own, and the run that it began from may be gone.
    """
    from nnrecipes.training.warm_start import copy_weights, freeze

    training = config.training
    if training.init_from is not None and say:
        from nnrecipes.inference.run import load_run

        copied, fresh = copy_weights(load_run(training.init_from).model, model)
        rest = f"; new: {', '.join(fresh)}" if fresh else ""
        say(f"begins with the weights of {training.init_from}: {', '.join(copied)}{rest}")
    if training.freeze:
        frozen = freeze(model, training.freeze)
        (say or _silent)(f"frozen layers: {', '.join(frozen)}")
    return model


def _hold(folder: "RunFolder", model: "keras.Model | None") -> "Run | Any":
    from nnrecipes.inference.any_run import hold

    return hold(folder, model)


def _given(data: Any, model: Any, callbacks: Sequence[Any]) -> dict[str, bool]:
    return {"data": data is not None, "model": model is not None, "callbacks": bool(callbacks)}


def _keep_model(model: "keras.Model", folder: "RunFolder", say: Notify) -> None:
    """Keep the whole model; of a class that only its author's code can rebuild, the weights."""
    import keras

    from nnrecipes.training.save import save_model, write_model

    try:
        save_model(model, folder.path)
        keras.saving.load_model(folder.model, safe_mode=True, compile=False)
    except (TypeError, ValueError, NotImplementedError):
        folder.model.unlink(missing_ok=True)
        write_model(model, folder.weights)
        say("The model's class is your own: its weights are kept. Load the run with load_run(..., model=...).")


def _silent(_: str) -> None:
    """Say nothing."""


def _with_arrays(overrides: Overrides, data: Any, model: Any) -> Overrides:
    from nnrecipes.config.overrides import parse_overrides

    given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
    if data is not None:
        given = {"data.source": {"kind": "arrays"}, **given}
    if model is not None:
        given = {"model": {"kind": "own"}, **given}
    return given


def _check_header(config: RecipeConfig) -> list[Problem]:
    try:
        header = read_header(config.data.source)
    except DataError as error:
        return [Problem(("data", "source"), *_parts(line)) for line in error.problems]
    return check_columns(config, header) if header else []


def _check_stream(config: RecipeConfig) -> list[Problem]:
    try:
        return check_streaming(config) if config.data.stream == "auto" and streams(config) else []
    except DataError:
        return []  # the header has said it


def _parts(line: str) -> tuple[str, str, str]:
    """What was expected, what was received, and the hint of an error's line."""
    expected, _, rest = line.partition(" Received: ")
    received, mark, name = rest.partition(" Did you mean ")
    return expected.partition("expected ")[2].rstrip(".") or expected, received.rstrip("."), mark + name


def _check_bundled(config: RecipeConfig) -> list[Problem]:
    if not isinstance(config.data.source, SklearnSource):
        return []
    bundled = BUNDLED[config.data.source.name]
    known: dict[str, Task] = {**dict.fromkeys(bundled.columns, "regression"), bundled.target: bundled.task}
    if all(target.task or name in known for name, target in config.targets.items()):
        tasks = {name: target.task or known[name] for name, target in config.targets.items()}
        declared = {name: target.task for name, target in config.targets.items() if target.task}
        return [] if declared == tasks else check_outputs(config, tasks)
    return []
